/// Finds rules that cannot do anything: nobody writes one on purpose, and an examiner who reads it is misled.
public enum RuleCheck {
    /// What is wrong with a rule; nil: nothing.
    /// - Parameter others: those that stand before it.
    public static func problem(of rule: Rule, after others: [Rule]) -> String? {
        if let exception = rule.exception, exception.covers(rule.scope) {
            return "rule '\(rule.name)' can never fire: 'except' covers all that 'match' does"
        }
        for other in others where other.mode == .enforce && rule.mode == .enforce {
            if rule.isWithin(other) {
                return "rule '\(rule.name)' never changes anything: whenever it fires, '\(other.name)' asks for as much"
            }
            if other.isWithin(rule) {
                return "rule '\(other.name)' never changes anything: whenever it fires, '\(rule.name)' asks for as much"
            }
        }
        return nil
    }
}

extension Rule {
    /// Whether the other one asks for as much or more whenever this one fires.
    fileprivate func isWithin(_ other: Rule) -> Bool {
        requirement <= other.requirement && condition.implies(other.condition) && other.scope.covers(scope)
            && (other.exception == nil || other.exception == exception)
            && (other.onUnknown == .fire || onUnknown == .skip)
    }
}

extension Condition {
    /// Whether the other one surely fires, or is unknown, whenever this one is.
    fileprivate func implies(_ other: Condition) -> Bool {
        if self == other { return true }
        return switch (self, other) {
        case (.any(let parts), _): parts.allSatisfy { $0.implies(other) }
        case (_, .any(let others)): others.contains { implies($0) }
        case (.signal(let one), .signal(let two)): one.implies(two)
        default: false
        }
    }
}

extension Signal {
    fileprivate func implies(_ other: Signal) -> Bool {
        switch (self, other) {
        case (.velUser(let limit, let window, let own), .velUser(let lower, let wider, let other)),
            (.velIP(let limit, let window, let own), .velIP(let lower, let wider, let other)),
            (.velHost(let limit, let window, let own), .velHost(let lower, let wider, let other)),
            (.fanout(let limit, let window, let own), .fanout(let lower, let wider, let other)):
            limit >= lower && (other == nil ? window <= wider : window == wider && (own ?? 0) >= (other ?? 0))
        case (.spray(let limit, let window), .spray(let lower, let wider)),
            (.failsRecent(let limit, let window), .failsRecent(let lower, let wider)):
            limit >= lower && window <= wider
        case (.travel(let speed, let distance), .travel(let slower, let nearer)): speed >= slower && distance >= nearer
        case (.listed(let lists), .listed(let more)): lists.allSatisfy(more.contains)
        case (.countryListed(let countries, let isOutside), .countryListed(let others, let areOutside)):
            isOutside == areOutside
                && (isOutside ? others.allSatisfy(countries.contains) : countries.allSatisfy(others.contains))
        case (.score(let least), .score(let lower)): least >= lower
        case (.coldStart(let limit), .coldStart(let higher)): limit <= higher
        case (.netNew, .ipNew): true
        case (_, .always): true
        default: self == other
        }
    }
}

extension Scope {
    /// Whether whatever matches the other one surely matches this one.
    fileprivate func covers(_ other: Scope) -> Bool {
        func cover(_ own: [String], _ others: [String]) -> Bool {
            own.isEmpty || (!others.isEmpty && others.allSatisfy { one in own.contains { Pattern.matches($0, one) } })
        }
        func contain<Element: Equatable>(_ own: [Element], _ others: [Element]) -> Bool {
            own.isEmpty || (!others.isEmpty && others.allSatisfy { own.contains($0) })
        }
        return cover(services, other.services) && cover(users, other.users) && cover(hosts, other.hosts)
            && contain(groups, other.groups) && contain(channels, other.channels) && contain(tags, other.tags)
            && (sources.isEmpty
                || (!other.sources.isEmpty && other.sources.allSatisfy { one in sources.contains { $0.covers(one) } }))
    }
}
