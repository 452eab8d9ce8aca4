extension Rule {
    /// What it asks of whom and when, under its name.
    public var words: Paragraph {
        let asked = "\(Words.capitalised(scope.whom)) \(requirement.words(mode))"
        var lines: [String]
        switch condition {
        case .signal(.always): lines = ["\(asked) at every login."]
        case .signal(let signal): lines = ["\(asked) when \(signal.words)."]
        default:
            let parts = condition.lines
            lines = ["\(asked) when \(parts[0])"] + parts.dropFirst()
            if parts.count == 1 { lines[0] += "." }
        }
        if let exception {
            let unknown = exception.sources.isEmpty ? "" : " An unknown address is none of these."
            lines.append("It is not about \(exception.whom).\(unknown)")
        }
        if let unknown { lines.append(unknown) }
        if mode == .shadow {
            lines.append("In shadow: this is only recorded, and \(requirement == .deny ? "refuses" : "asks") nobody.")
        }
        if let why { lines.append("The reason that it gives: \"\(why)\"") }
        return Paragraph(name, lines)
    }

    /// What a missing fact means; nil: none can be missing.
    ///
    /// To let the whole fire where it is unknown comes to the same as taking each unknown part for true: no part that can be unknown
    /// stands under `not`.
    private var unknown: String? {
        let facts = (condition.signals.flatMap(\.uncertain) + (scope.sources.isEmpty ? [] : ["the address"]))
        var distinct: [String] = []
        for fact in facts where !distinct.contains(fact) { distinct.append(fact) }
        guard !distinct.isEmpty else { return nil }
        let start = "If \(Words.list(distinct)) is unknown,"
        if hangsOnEachFact { return "\(start) the rule \(onUnknown == .fire ? "fires as well" : "does not fire")." }
        return "\(start) what is said of it here counts as \(onUnknown == .fire ? "true" : "false")."
    }

    /// Whether it is unknown wherever one of its facts is.
    private var hangsOnEachFact: Bool {
        guard case .signal(let signal) = condition else { return false }
        return signal.hangsOnEachFact && (scope.sources.isEmpty || signal == .always)
    }
}

extension Requirement {
    /// What happens to whoever it is required of.
    func words(_ mode: RuleMode) -> String {
        let verb = mode == .enforce ? "is" : "would be"
        return self == .deny ? "\(verb) refused" : "\(verb) asked for \(Headline.proof(self))"
    }
}

extension Condition {
    /// What has to hold: a clause, and below it what it is made of.
    fileprivate var lines: [String] {
        switch self {
        case .signal(let signal): [signal.words]
        case .all(let parts): ["all of these hold:"] + Self.below(parts)
        case .any(let parts): ["at least one of these holds:"] + Self.below(parts)
        case .not(.signal(.target(let tags))): ["\(Signal.target) is not tagged \(Words.list(tags))"]
        case .not(.signal(let signal)): ["it is not so that \(signal.words)"]
        case .not(.all(let parts)): ["not all of these hold:"] + Self.below(parts)
        case .not(.any(let parts)): ["none of these holds:"] + Self.below(parts)
        case .not(.not(let part)): part.lines
        }
    }

    private static func below(_ parts: [Condition]) -> [String] {
        parts.flatMap { part in
            let lines = part.lines
            return ["  - \(lines[0])"] + lines.dropFirst().map { "  \($0)" }
        }
    }
}

extension Scope {
    /// `everyone`, or `whoever is named alice and logs in through sshd from 10.0.0.0/8`.
    var whom: String {
        var parts: [String] = []
        if !users.isEmpty { parts.append("is named \(Words.names(users))") }
        if !groups.isEmpty { parts.append("is in the group \(Words.names(groups))") }
        var way: [String] = []
        if !services.isEmpty { way.append("through \(Words.names(services))") }
        if !channels.isEmpty { way.append(Words.list(channels.map(\.words))) }
        if !hosts.isEmpty { way.append("on the host \(Words.names(hosts))") }
        if !tags.isEmpty { way.append("to a host or VPN gateway tagged \(Words.list(tags))") }
        if !sources.isEmpty { way.append("from \(Words.networks(sources))") }
        if !way.isEmpty { parts.append("logs in \(way.joined(separator: " "))") }
        return parts.isEmpty ? "everyone" : "whoever \(Words.list(parts, "and"))"
    }
}

extension Channel {
    fileprivate var words: String {
        switch self {
        case .pam: "over PAM (on the host itself)"
        case .radius: "over RADIUS (a VPN)"
        }
    }
}
