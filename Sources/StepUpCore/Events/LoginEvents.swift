/// A decision with every input (S22).
public struct Decided: Hashable, Sendable {
    public var attempt: Attempt
    public var facts: Facts
    public var decision: Decision
    /// Hash of the policy in force.
    public var policy: String
    /// How many events the history was folded from: the index of the decision's own leaf (S19).
    public var historySize: Int64
    /// What the policy in shadow would have decided; nil: there was none.
    public var shadow: ShadowDecision?

    public init(
        attempt: Attempt, facts: Facts, decision: Decision, policy: String, historySize: Int64, shadow: ShadowDecision? = nil
    ) {
        (self.attempt, self.facts, self.decision) = (attempt, facts, decision)
        (self.policy, self.historySize, self.shadow) = (policy, historySize, shadow)
    }
}

/// A prompt that was put to the person.
public struct Challenged: Hashable, Sendable {
    public var required: Requirement
    /// 1 for the first prompt of the attempt.
    public var round: Int64
    public var expires: Timestamp

    public init(required: Requirement, round: Int64, expires: Timestamp) {
        (self.required, self.round, self.expires) = (required, round, expires)
    }
}

/// An answer that was looked at, and what became of it.
public struct FactorChecked: Hashable, Sendable {
    public enum Result: String, CaseIterable, Hashable, Sendable {
        case accepted, wrong, malformed
        /// The right code of a step or counter that was used before.
        case replayed
        /// The very answer that was wrong a moment ago: refused without being verified (S23).
        case repeated
        /// The budget of failures is spent, for this client or altogether (S23).
        case throttled
        /// There is no token that could meet the requirement (S10).
        case noToken = "no_token"

        /// Whether it counts against the account: what is not a code, or was not looked at, is no guess.
        public var countsAsFailure: Bool { self == .wrong || self == .replayed }
    }

    public var result: Result
    public var round: Int64
    /// Of a right answer, or of a wrong one that only one token could have been meant by.
    public var token: TokenID?
    public var kind: TokenKind?
    /// TOTP time step or HOTP counter of an accepted code (S27).
    public var counter: Int64?
    /// Tokens that the answer was counted against as a failure.
    public var failed: [TokenID]
    /// Whether the client is one that the account is known by (S23).
    public var knownClient: Bool

    public init(
        result: Result, round: Int64, token: TokenID?, kind: TokenKind?, counter: Int64?, failed: [TokenID],
        knownClient: Bool
    ) {
        (self.result, self.round, self.token, self.kind) = (result, round, token, kind)
        (self.counter, self.failed, self.knownClient) = (counter, failed, knownClient)
    }
}

/// The end of an attempt: the verdict that was released. A login is what opened its session (S20).
public struct Concluded: Hashable, Sendable {
    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        case allowed, denied, ignored
        /// The person cancelled, or the conversation broke.
        case cancelled
        /// Nobody answered in time.
        case abandoned
    }

    public var outcome: Outcome
    /// One word or two: the decision's basis, `max_tries`, `state_reused`, `expired`, …
    public var reason: String
    /// What was really proved in this attempt.
    public var proved: Requirement
    /// Until when the same client is not asked again (S06).
    public var graceUntil: Timestamp?

    public init(outcome: Outcome, reason: String, proved: Requirement, graceUntil: Timestamp?) {
        (self.outcome, self.reason, self.proved, self.graceUntil) = (outcome, reason, proved, graceUntil)
    }
}

/// Something that a module reported: a session, or a first factor that failed.
public struct Reported: Hashable, Sendable {
    public var service: String
    public var subject: Subject
    public var source: Observed<IPAddress>
    public var evidence: [String: String]

    public init(service: String, subject: Subject, source: Observed<IPAddress>, evidence: [String: String]) {
        (self.service, self.subject, self.source, self.evidence) = (service, subject, source, evidence)
    }
}

/// What a module did while the daemon was away, as its spool file says; nobody else saw it (S28).
public struct FellBack: Hashable, Sendable {
    public var report: Reported
    public var request: String
    public var phase: Phase
    /// `ignore`: the first factor alone let the person in; `deny`.
    public var fallback: String
    public var reason: String
    /// When, by the module's clock.
    public var time: Timestamp
    public var bootID: String
    /// CLOCK_BOOTTIME in milliseconds.
    public var bootTime: Int64

    public init(
        report: Reported, request: String, phase: Phase, fallback: String, reason: String, time: Timestamp, bootID: String,
        bootTime: Int64
    ) {
        (self.report, self.request, self.phase, self.fallback) = (report, request, phase, fallback)
        (self.reason, self.time, self.bootID, self.bootTime) = (reason, time, bootID, bootTime)
    }
}
