/// A ULID (26 characters of Crockford's base 32): sorts by time and is short enough to read out on the phone.
public struct AttemptID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameter random: 10 bytes.
    public init(time: Timestamp, random: [UInt8]) {
        precondition(random.count == 10, "80 random bits")
        var bits = UInt128(UInt64(bitPattern: max(0, time.milliseconds))) << 80
        for (index, byte) in random.enumerated() { bits |= UInt128(byte) << (72 - 8 * index) }
        let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        description = String(decoding: (0..<26).map { digits[Int(truncatingIfNeeded: bits >> (125 - 5 * $0)) & 31] }, as: UTF8.self)
    }

    /// `nil` unless `text` is 26 characters of the alphabet, in either case.
    public init?(_ text: String) {
        let upper = text.uppercased()
        guard upper.utf8.count == 26, upper.utf8.allSatisfy({ "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.contains($0) })
        else { return nil }
        description = upper
    }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// The road by which an attempt came; fixed by the peer's uid, never by what it says (S08).
public enum Channel: String, CaseIterable, Hashable, Sendable { case pam, radius }

/// What a login asks for: the factors' turn, or the account check of a login that skipped them (S03).
public enum Phase: String, CaseIterable, Hashable, Sendable { case auth, account }

/// Whether the account phase may refuse: sshd enforces; sudo, su and cron, which skip auth legitimately, record (S03).
public enum AccountMode: String, CaseIterable, Hashable, Sendable { case enforce, record }

/// What stood before us (S01).
public enum FirstFactor: Hashable, Sendable {
    /// Proved, by these methods: `publickey`, or `stack` for a stack whose requisite first factor stands before us.
    case proved([String])
    /// Not proved, and why.
    case missing(String)
}

/// A key by which the first factor was proved.
public struct KeyFact: Hashable, Sendable {
    /// `ssh-ed25519`, `ssh-ed25519-cert-v01@openssh.com`, …
    public var type: String
    /// `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it; for a certificate, `certificate ` and that of its
    /// authority (SHA-256 of its public key) and key id.
    public var fingerprint: String

    public init(type: String, fingerprint: String) { (self.type, self.fingerprint) = (type, fingerprint) }
}

/// One login attempt with every fact that arrived. A value: what `decide` sees, what the ledger keeps, what replay reads.
public struct Attempt: Hashable, Sendable {
    public var id: AttemptID
    /// The module's own random id of the exchange; joins a late reply with the fallback that overrode it (S02).
    public var request: String
    public var time: Timestamp
    /// Name of this host.
    public var host: String
    public var channel: Channel
    public var phase: Phase
    /// Only in the account phase.
    public var accountMode: AccountMode?
    public var service: String
    public var subject: Subject
    public var source: Observed<IPAddress>
    public var key: Observed<KeyFact>
    public var firstFactor: FirstFactor
    /// What the admin calls the host, or the NAS, that is logged in to, such as `trading`; sorted.
    public var tags: [String]
    /// Evidence for a reader, not for a rule: `tty`, `ruser`, `rhost`, `uid`, `command` (S09, S12), escaped (`EvidenceText`).
    public var evidence: [String: String]

    /// What is logged in to: this host, or the NAS (`fanout`).
    public var target: String {
        if channel == .radius, let client = evidence["client"] { return "nas \(client)" }
        return host
    }

    public init(
        id: AttemptID, request: String, time: Timestamp, host: String, channel: Channel, phase: Phase,
        accountMode: AccountMode?, service: String, subject: Subject, source: Observed<IPAddress>, key: Observed<KeyFact>,
        firstFactor: FirstFactor, tags: [String] = [], evidence: [String: String]
    ) {
        (self.id, self.request, self.time, self.host) = (id, request, time, host)
        (self.channel, self.phase, self.accountMode, self.service) = (channel, phase, accountMode, service)
        (self.subject, self.source, self.key) = (subject, source, key)
        (self.firstFactor, self.tags, self.evidence) = (firstFactor, tags.sorted(), evidence)
    }
}
