extension Policy {
    /// Whom it asks for what and when, in English, for people who do not read its file: a summary, floors, each rule under its name,
    /// and what holds for all of them.
    public var words: [Paragraph] {
        var paragraphs = [Paragraph(nil, [summary])]
        if !floors.isEmpty { paragraphs.append(Paragraph("Always, whatever the risk", floors.map(\.words))) }
        paragraphs += rules.map(\.words)
        paragraphs.append(Paragraph("In general", closing))
        return paragraphs
    }

    private var summary: String {
        let shadowed = rules.count - enforcedRules
        let parts =
            switch (enforcedRules, shadowed) {
            case (0, 0): "No rules"
            case (1, 0): "1 rule, enforced"
            case (0, 1): "1 rule, in shadow"
            case (let enforced, 0): "\(Words.count(enforced, "rule")), all of them enforced"
            case (0, let shadowed): "\(Words.count(shadowed, "rule")), all of them in shadow"
            case (let enforced, let shadowed): "\(enforced + shadowed) rules, \(enforced) of them enforced, \(shadowed) in shadow"
            }
        let asked =
            switch (floors.isEmpty, enforcedRules == 0) {
            case (true, true): "Nobody is asked for anything."
            case (true, false): "Nobody is asked unless a rule fires."
            case (false, true): "Nobody is asked for more than what is always required."
            case (false, false): "Nobody is asked for more than what is always required, unless a rule fires."
            }
        let strongest = enforcedRules > 1 ? " Of several that fire the strongest counts, and a refusal outweighs all others." : ""
        return "\(parts). \(asked)\(strongest)"
    }

    private var closing: [String] {
        var lines: [String] = []
        let signals = rules.flatMap(\.condition.signals)
        if signals.contains(where: \.isOfKnownValues) {
            lines.append(
                "An address, network, device, country or provider is new to an account until a login with it has proved a code, or "
                    + "until logins with it have gone without a failure on \(KnownValues.probationDays) days, the last at least "
                    + "\(KnownValues.probationSpan) days after the first. It is new again once it has not been seen for "
                    + "\(KnownValues.lifetime.words).")
        }
        let scopes = rules.map(\.scope) + floors.map(\.scope)
        if signals.contains(where: \.isOfOrigin) || scopes.contains(where: { !$0.sources.isEmpty }) {
            lines.append("What is said of an address or a device never holds for a login that has none, such as sudo.")
        }
        if !asksNobody {
            lines.append(
                grace.milliseconds > 0
                    ? "Who proved as much is not asked again for \(grace.words) with the same key, from the same address, on the same service "
                        + "and host."
                    : "Nobody is spared for having proved as much a moment before.")
            lines.append(
                floors.isEmpty
                    ? "An exemption spares whom it names, but from no refusal."
                    : "An exemption spares whom it names, but from no refusal, and not where something is always required.")
        }
        if !sharedSources.isEmpty {
            lines.append(
                "Many people share the addresses of \(Words.networks(sharedSources, "and")): one of these counts as unknown.")
        }
        for (name, days) in holidays.sorted(by: { $0.key < $1.key }) {
            guard let first = days.first, let last = days.last else { continue }
            lines.append(
                "The calendar \(name) has \(Words.count(days.count, "holiday")): "
                    + (days.count == 1 ? "\(first)." : "the first is \(first), the last \(last)."))
        }
        if !tests.isEmpty {
            lines.append("It is loaded only if its own \(Words.count(tests.count, "test")) pass\(tests.count == 1 ? "es" : "").")
        }
        return lines
    }
}

extension Floor {
    fileprivate var words: String {
        let unknown = scope.sources.isEmpty ? "" : " An unknown address counts as one of these."
        return "\(Words.capitalised(scope.whom)) \(requirement.words(.enforce)).\(unknown)"
    }
}
