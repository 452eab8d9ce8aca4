/// Stable codes of events; never reused. Documented in Docs/AuditFormat.md.
public enum EventCode: Int64, CaseIterable, Hashable, Sendable {
    case attemptDecided = 1001
    case challengeIssued = 1002
    case factorChecked = 1003
    case attemptConcluded = 1004
    case sessionOpened = 1005
    case sessionClosed = 1006
    case loginNotCompleted = 1007
    case firstFactorFailed = 1008
    case failuresAggregated = 1009
    case fellBack = 1010
    case overriddenByFallback = 1011
    case callerRefused = 1012
    case tokenChanged = 2001
    case userReset = 2002
    case policyLoaded = 3001
    case policyRejected = 3002
    case exemptionGranted = 3003
    case exemptionRevoked = 3004
    case shadowPolicy = 3005
    case daemonStarted = 4001
    case daemonStopped = 4002
    case clockStepped = 4003
    case ledgerInitialised = 4004

    /// `SU1001`
    public var text: String { "SU\(rawValue)" }

    public init?(text: String) {
        guard text.hasPrefix("SU"), let number = Int64(text.dropFirst(2)), let code = Self(rawValue: number) else {
            return nil
        }
        self = code
    }

    /// A few words for a reader.
    public var title: String {
        switch self {
        case .attemptDecided: "attempt decided"
        case .challengeIssued: "code asked for"
        case .factorChecked: "code checked"
        case .attemptConcluded: "attempt concluded"
        case .sessionOpened: "session opened"
        case .sessionClosed: "session closed"
        case .loginNotCompleted: "login not completed"
        case .firstFactorFailed: "first factor failed"
        case .failuresAggregated: "failures, aggregated"
        case .fellBack: "fallback without the daemon (unverified)"
        case .overriddenByFallback: "verdict came too late, overridden by fallback"
        case .callerRefused: "caller refused"
        case .tokenChanged: "token changed"
        case .userReset: "user reset"
        case .policyLoaded: "policy loaded"
        case .policyRejected: "policy rejected"
        case .exemptionGranted: "exemption granted"
        case .exemptionRevoked: "exemption revoked"
        case .shadowPolicy: "policy in shadow"
        case .daemonStarted: "daemon started"
        case .daemonStopped: "daemon stopped"
        case .clockStepped: "clock stepped"
        case .ledgerInitialised: "ledger initialised"
        }
    }
}
