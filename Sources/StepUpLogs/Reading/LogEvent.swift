import StepUpCore

/// What a log says of one login: that it was let in, that it failed, that its name was nobody's, or that its session ended.
public struct LogEvent: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Let in: the first factor was right.
        case accepted
        /// A first factor was wrong.
        case failed
        /// A name was tried that is nobody's. The failure that follows, if the log has one, is an event of its own.
        case invalidUser = "invalid_user"
        /// The session of a login ended.
        case closed
    }

    /// What labelled data says of a login, beyond what a server could know.
    public enum Label: String, CaseIterable, Hashable, Sendable {
        case legitimate
        /// An attacker's, with the right password.
        case takeover
    }

    public var kind: Kind
    public var time: Timestamp
    /// Where, as the log calls it; empty: it does not say.
    public var host: String
    public var channel: Channel
    /// As PAM calls it: `sshd`, `sudo`, `su`, `login`; over RADIUS the NAS, as far as it is named.
    public var service: String
    /// As it was given; may be anything if it is nobody's.
    public var user: String
    /// The log does not say that the name is nobody's.
    public var isAccount = true
    public var source: Observed<IPAddress> = .notApplicable
    public var key: Observed<KeyFact> = .notApplicable
    /// How: `password`, `publickey`, `keyboard-interactive/pam`, …; empty: the log does not say.
    public var method = ""
    /// The command of a sudo.
    public var command: String?
    /// What joins the end of a session to its login, within its source; nil: nothing can.
    public var session: String?
    /// What the log itself says of its address.
    public var locality: Locality?
    public var label: Label?

    public init(
        _ kind: Kind, at time: Timestamp, host: String, channel: Channel = .pam, service: String, user: String
    ) {
        (self.kind, self.time, self.host, self.channel) = (kind, time, host, channel)
        (self.service, self.user) = (service, user)
    }
}
