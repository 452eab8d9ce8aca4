/// What `decide` made of an attempt, with everything that explains it.
public struct Decision: Hashable, Sendable {
    /// The version of `decide` and of the signals' definitions. When a meaning changes, a new version is added and the old one
    /// stays in the binary, so that old decisions can be derived again (S22).
    public static let currentVersion = 1

    public enum Verdict: String, CaseIterable, Hashable, Sendable {
        case allow, deny, challenge
        /// The account phase of a service that only records.
        case ignore
    }

    /// Why it came out so.
    public enum Basis: String, CaseIterable, Hashable, Sendable {
        /// No rule that fired asks for anything.
        case notRequired = "not_required"
        /// An exemption lifts what the rules ask for.
        case exemption
        /// A factor was proved a moment ago, from the same client.
        case grace
        /// A rule or a floor asks for a factor.
        case required
        /// A rule says `deny`.
        case policy
        /// No first factor was proved (S01).
        case firstFactor = "first_factor"
        /// The name resolves to no account (S10).
        case unknownUser = "unknown_user"
        /// A factor is required and the login skipped the phase in which it would be asked for (S03).
        case stepUpSkipped = "step_up_skipped"
        /// The account phase of a service that only records.
        case recorded
    }

    public var version: Int
    public var verdict: Verdict
    public var basis: Basis
    /// What rules and floors ask for, before exemption and grace.
    public var required: Requirement
    /// The part of it that is a floor.
    public var floor: Requirement
    /// What would be required if shadow rules counted.
    public var shadowRequired: Requirement
    /// The exemption's id or the grace's attempt, if that is the basis.
    public var reference: String?
    /// Every rule of the policy, in its order.
    public var rules: [RuleOutcome]

    public init(
        version: Int = currentVersion, verdict: Verdict, basis: Basis, required: Requirement, floor: Requirement,
        shadowRequired: Requirement, reference: String?, rules: [RuleOutcome]
    ) {
        (self.version, self.verdict, self.basis) = (version, verdict, basis)
        (self.required, self.floor, self.shadowRequired) = (required, floor, shadowRequired)
        (self.reference, self.rules) = (reference, rules)
    }
}

/// What one rule said, with its operands.
public struct RuleOutcome: Hashable, Sendable {
    public enum Result: String, CaseIterable, Hashable, Sendable {
        case fired, quiet
        /// The signal was unknown and the rule says `on_unknown = "fire"`.
        case firedUnknown = "fired_unknown"
        /// The signal was unknown and the rule says `on_unknown = "skip"`.
        case skippedUnknown = "skipped_unknown"
        case notApplicable = "not_applicable"
        case outOfScope = "out_of_scope"

        public var hasFired: Bool { self == .fired || self == .firedUnknown }
    }

    public var name: String
    public var mode: RuleMode
    /// The signal's name; of a rule with several how they are joined: `all`, `any` or `not`.
    public var signal: String
    public var requirement: Requirement
    public var result: Result
    /// Name and value, in the signal's order: what was looked at and against what. Of a rule with one signal.
    public var operands: [Operand]
    /// Why it is unknown.
    public var reason: String?
    /// Of a rule with several: what each said, in the order in which they stand.
    public var signals: [SignalOutcome]

    public init(
        name: String, mode: RuleMode, signal: String, requirement: Requirement, result: Result, operands: [Operand],
        reason: String?, signals: [SignalOutcome] = []
    ) {
        (self.name, self.mode, self.signal, self.requirement) = (name, mode, signal, requirement)
        (self.result, self.operands, self.reason, self.signals) = (result, operands, reason, signals)
    }

    /// - Parameter signals: all that the rule looked at; none where it is not about the login.
    init(_ rule: Rule, _ result: Result, _ signals: [SignalOutcome] = [], reason: String? = nil) {
        let isOne = if case .signal = rule.condition { true } else { false }
        self.init(
            name: rule.name, mode: rule.mode, signal: rule.condition.name, requirement: rule.requirement, result: result,
            operands: isOne ? signals.first?.operands ?? [] : [], reason: reason, signals: isOne ? [] : signals)
    }
}

/// One operand of a rule: an integer with its unit in the name (`within_s`), or a word.
public struct Operand: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        case integer(Int64)
        case text(String)
    }
    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Int64) { (self.name, self.value) = (name, .integer(value)) }
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, .text(value)) }

    public var text: String {
        switch value {
        case .integer(let number): String(number)
        case .text(let text): text
        }
    }
}
