/// Who changed something: the credentials of the control socket's peer (S18).
public struct Actor: Hashable, Sendable {
    public var uid: UInt32
    /// The login uid of the audit subsystem, if it is set: who root was before.
    public var loginUID: UInt32?
    public var name: String

    public init(uid: UInt32, loginUID: UInt32?, name: String) { (self.uid, self.loginUID, self.name) = (uid, loginUID, name) }
}

public struct TokenChanged: Hashable, Sendable {
    public enum Action: String, CaseIterable, Hashable, Sendable {
        case enrolled, confirmed, disabled, enabled, removed
        /// Disabled by too many failures in a row.
        case exhausted
        /// HOTP: the counter was found again by two codes in a row.
        case resynchronised
    }

    public var action: Action
    public var token: TokenID
    public var kind: TokenKind
    public var label: String
    /// Of the code that confirmed it (S27).
    public var counter: Int64?
    /// nil when the daemon did it.
    public var actor: Actor?

    public init(action: Action, token: TokenID, kind: TokenKind, label: String, counter: Int64?, actor: Actor?) {
        (self.action, self.token, self.kind, self.label) = (action, token, kind, label)
        (self.counter, self.actor) = (counter, actor)
    }
}

/// What of an account's history an admin had forgotten.
public enum ResetScope: String, CaseIterable, Hashable, Sendable {
    /// Failure counters of the tokens; disabled tokens are enabled again.
    case failures
    /// Known addresses, networks and devices.
    case profile
    case all
}

/// The daemon's own life.
public struct DaemonRecord: Hashable, Sendable {
    public var version: String
    public var bootID: String
    public var note: String

    public init(version: String, bootID: String, note: String) {
        (self.version, self.bootID, self.note) = (version, bootID, note)
    }
}
