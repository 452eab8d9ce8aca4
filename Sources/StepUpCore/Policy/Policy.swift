/// Whether a rule asks, or only records that it would have.
public enum RuleMode: String, CaseIterable, Hashable, Sendable { case enforce, shadow }

/// What a rule does when its signal is unknown.
public enum OnUnknown: String, CaseIterable, Hashable, Sendable { case fire, skip }

/// One rule: in this scope, when this condition fires, at least this is required.
public struct Rule: Hashable, Sendable {
    /// Unique in the policy; what an examiner reads.
    public var name: String
    public var mode: RuleMode
    public var scope: Scope
    /// Logins to which the rule does not apply although `scope` matches; nil: none.
    public var exception: Scope?
    public var condition: Condition
    public var requirement: Requirement
    public var onUnknown: OnUnknown
    /// What an examiner reads when it fires, with operands in braces; nil: what the signal says of itself (`Why`).
    public var why: String?

    public init(
        name: String, mode: RuleMode = .enforce, scope: Scope = Scope(), exception: Scope? = nil, condition: Condition,
        requirement: Requirement, onUnknown: OnUnknown = .fire, why: String? = nil
    ) {
        (self.name, self.mode, self.scope, self.exception) = (name, mode, scope, exception)
        (self.condition, self.requirement, self.onUnknown, self.why) = (condition, requirement, onUnknown, why)
    }
}

/// A requirement that holds whatever the risk is; no exemption lowers it (S05).
public struct Floor: Hashable, Sendable {
    public var scope: Scope
    public var requirement: Requirement

    public init(scope: Scope, requirement: Requirement) { (self.scope, self.requirement) = (scope, requirement) }
}

/// A whole policy: loaded whole or not at all.
public struct Policy: Hashable, Sendable {
    /// SHA-256 of the file's bytes, in hex: the name under which the ledger keeps the text.
    public var hash: String
    public var rules: [Rule]
    public var floors: [Floor]
    /// How long a success spares the same source and key on the same service and host from being asked again (S06); zero: never.
    public var grace: Span
    /// Jump hosts, NAT, VPN pools: many people behind one address. A source in here is unknown, never known (S13).
    public var sharedSources: [CIDR]
    /// Days off, by the calendar's name, that the policy itself lists.
    public var holidays: [String: Holidays] = [:]
    /// What must come out of it, or it is not loaded.
    public var tests: [Scenario]

    public init(
        hash: String, rules: [Rule], floors: [Floor] = [], grace: Span = .seconds(0), sharedSources: [CIDR] = [],
        tests: [Scenario] = []
    ) {
        (self.hash, self.rules, self.floors) = (hash, rules, floors)
        (self.grace, self.sharedSources, self.tests) = (grace, sharedSources, tests)
    }

    /// An address that many share says nothing about one of them (S13).
    public func unshared(_ source: Observed<IPAddress>) -> Observed<IPAddress> {
        guard let address = source.value, sharedSources.contains(where: { $0.contains(address) }) else { return source }
        return .unknown("shared address")
    }

    /// Why a rule of it fired, in words.
    public func why(_ outcome: RuleOutcome) -> String { Why.text(outcome, rules.first { $0.name == outcome.name }?.why) }

    /// What its tests found, a line each with its place in `file`; empty: all is as they expect.
    public func failures(zones: [String: ZoneRules], file: String) -> [String] {
        tests.flatMap { test in
            test.run(self, zones: zones).compactMap(\.problem).map { "\(file):\(test.lineNumber): test '\(test.name)': \($0)" }
        }
    }

    /// Until when the same client is not asked again after this end. Only a factor proved just now begins a grace: one never extends
    /// itself (S06).
    public func grace(after outcome: Concluded.Outcome, _ proved: Requirement, at time: Timestamp) -> Timestamp? {
        outcome == .allowed && proved >= .otp && grace.milliseconds > 0 ? time + grace : nil
    }

    public static let ruleLimit = 32
    public static let ruleNameLimit = 48
    public static let graceLimit = Span.seconds(300)
    /// Bytes that the rules' outcomes, with the facts they need, may take in an event of `Event.sizeLimit` (S24).
    public static let outcomesLimit = 4096

    /// Rules that ask; those in shadow only watch.
    public var enforcedRules: Int { rules.count { $0.mode == .enforce } }

    /// Whether nobody is ever asked under it; worth a warning, because a file that was cut off looks like that.
    public var asksNobody: Bool { floors.isEmpty && enforcedRules == 0 }

    /// What has to be looked up for it.
    public var needs: Needs { Needs([self]) }

    /// The most bytes that a decision under this policy adds to its event: every rule and operand at its longest, every group a member's.
    /// A loader refuses a policy for which it is above `outcomesLimit`.
    public var largestOutcomes: Int {
        let parts: [any CanonicalJSON] = [Facts(longestFor: needs), groups]
        return parts.reduce(rules.map { $0.largestOutcome + 1 }.reduce(2, +)) { $0 + $1.canonicalBytes.count }
    }

    /// What keeps it from running beside `policy`; nil: nothing does.
    public func problem(beside policy: Policy) -> String? {
        // One list of days goes into the event, whoever names it.
        for name in Set((needs.holidays + policy.needs.holidays).map(\.calendar)).sorted()
        where holidays[name] != policy.holidays[name] {
            let isOwn = !policy.needs.holidays.contains { $0.calendar == name } && policy.holidays[name] == nil
            let isTheirs = !needs.holidays.contains { $0.calendar == name } && holidays[name] == nil
            if !isOwn && !isTheirs {
                return "the two policies mean different days by the calendar '\(name)'; give it another name in one of them"
            }
        }
        let both: [any CanonicalJSON] = [
            Facts(longestFor: Needs([policy, self])), Set(policy.groups + groups).sorted(),
        ]
        let alone: [any CanonicalJSON] = [Facts(longestFor: policy.needs), policy.groups]
        func size(_ parts: [any CanonicalJSON]) -> Int { parts.reduce(0) { $0 + $1.canonicalBytes.count } }
        let largest = policy.largestOutcomes - size(alone) + size(both)
        guard largest <= Self.outcomesLimit else {
            return
                "a decision under the policy in force, with what this one needs to know, may take \(largest) bytes, more than the "
                + "\(Self.outcomesLimit) that its event has; use fewer zones, lists or groups in one of them"
        }
        return nil
    }

    /// The groups that some rule asks about, sorted.
    public var groups: [String] {
        let scopes = rules.map(\.scope) + rules.compactMap(\.exception) + floors.map(\.scope)
        return Set(scopes.flatMap(\.groups)).sorted()
    }
}
