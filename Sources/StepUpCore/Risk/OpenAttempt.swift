/// An attempt that has begun and whose story is not over: no verdict yet, or allowed and its session not opened yet (S20).
public struct OpenAttempt: Hashable, Sendable {
    public enum Stage: Hashable, Sendable {
        case deciding
        /// Released to the module; the session should open within `sessionDeadline`.
        case released(at: Timestamp)
    }

    /// How long an allowed login may take to open its session before it counts as not completed.
    public static let sessionDeadline = Span.minutes(2)

    public var account: String
    /// A report joins an attempt of its own channel alone (S08).
    public var channel: Channel
    public var service: String
    public var request: String
    public var began: Timestamp
    public var source: Observed<IPAddress>
    public var key: Observed<KeyFact>
    public var basis: Decision.Basis
    public var required: Requirement
    public var proved: Requirement = .none
    public var stage: Stage = .deciding
    /// Hour of the week, by each zone that the policy named.
    public var hours: [String: Int] = [:]
    /// What the databases said of its address.
    public var locality: Locality?
    /// How many there were lately, when it was decided.
    public var paces: Paces?
    /// What is logged in to.
    public var target = ""
}
