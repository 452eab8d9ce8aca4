/// One thing that happened, as the ledger keeps it.
public struct Event: Hashable, Sendable {
    public var time: Timestamp
    public var host: String
    /// Joins the events of one attempt.
    public var attempt: AttemptID?
    /// Canonical account it is about.
    public var account: String?
    /// 128 random bits, so that a leaf's hash does not betray a guessable leaf after its bytes are purged (S26).
    public var salt: [UInt8]
    public var body: Body

    public init(
        time: Timestamp, host: String, attempt: AttemptID? = nil, account: String? = nil, salt: [UInt8], body: Body
    ) {
        (self.time, self.host, self.attempt, self.account) = (time, host, attempt, account)
        (self.salt, self.body) = (salt, body)
    }

    public enum Body: Hashable, Sendable {
        case decided(Decided)
        case challenged(Challenged)
        case factorChecked(FactorChecked)
        case concluded(Concluded)
        case sessionOpened(Reported)
        case sessionClosed(Reported)
        case notCompleted
        case firstFactorFailed(Reported)
        /// `count` failures of first factors from `source` in one minute, none of which has an event of its own (S24); the event's
        /// account is whose they were, if the names were one account's.
        case failuresAggregated(source: Observed<IPAddress>, count: Int64)
        case fellBack(FellBack)
        case overridden(request: String)
        case callerRefused(uid: UInt32, reason: String)
        case tokenChanged(TokenChanged)
        case userReset(ResetScope, Actor)
        /// `source` is the file it came from.
        case policyLoaded(hash: String, source: String, actor: Actor?)
        case policyRejected(reason: String, source: String, actor: Actor?)
        /// A policy runs beside the one in force from here on; a hash of nil: none does.
        case shadowPolicy(hash: String?, source: String, actor: Actor?)
        case exemptionGranted(Exemption, Actor)
        case exemptionRevoked(id: String, Actor)
        case daemonStarted(DaemonRecord)
        case daemonStopped(DaemonRecord)
        /// The wall clock moved by `byMilliseconds` against CLOCK_BOOTTIME (S16).
        case clockStepped(byMilliseconds: Int64)
        case ledgerInitialised(origin: String, keyID: String)
    }

    public var code: EventCode {
        switch body {
        case .decided: .attemptDecided
        case .challenged: .challengeIssued
        case .factorChecked: .factorChecked
        case .concluded: .attemptConcluded
        case .sessionOpened: .sessionOpened
        case .sessionClosed: .sessionClosed
        case .notCompleted: .loginNotCompleted
        case .firstFactorFailed: .firstFactorFailed
        case .failuresAggregated: .failuresAggregated
        case .fellBack: .fellBack
        case .overridden: .overriddenByFallback
        case .callerRefused: .callerRefused
        case .tokenChanged: .tokenChanged
        case .userReset: .userReset
        case .policyLoaded: .policyLoaded
        case .policyRejected: .policyRejected
        case .shadowPolicy: .shadowPolicy
        case .exemptionGranted: .exemptionGranted
        case .exemptionRevoked: .exemptionRevoked
        case .daemonStarted: .daemonStarted
        case .daemonStopped: .daemonStopped
        case .clockStepped: .clockStepped
        case .ledgerInitialised: .ledgerInitialised
        }
    }

    /// The largest leaf (S24).
    public static let sizeLimit = 8192
}
