import StepUpCore
import StepUpCrypto
import StepUpWire

/// Facts as they came over the wire, made into the attempt's. Whatever does not have its form is unknown, never guessed.
enum AttemptFacts {
    /// Where the login comes from. sshd's `SSH_CONNECTION` first, for PAM_RHOST may be a name; a local service has no source.
    static func source(_ facts: RequestFacts, _ firstFactor: BeginRequest.FirstFactorSource?) -> Observed<IPAddress> {
        if let radius = facts.radius { return radius.source }
        if let connection = facts.sshConnection { return SSHFacts.source(connection: connection) }
        if let host = facts.rhost, !host.isEmpty {
            return IPAddress(String(decoding: host, as: UTF8.self)).map(Observed.known) ?? .unknown("host name")
        }
        return firstFactor == .ssh ? .unknown("missing") : .notApplicable
    }

    /// The key of the last method that had one.
    static func key(_ facts: RequestFacts, _ firstFactor: BeginRequest.FirstFactorSource) throws -> Observed<KeyFact> {
        guard firstFactor == .ssh else { return .notApplicable }
        guard let info = facts.sshAuthInfo, !info.isEmpty else { return .unknown("not visible") }
        let keyed = SSHFacts.methods(authInfo: info).last { $0.keyBlob != nil }
        guard let type = keyed?.keyType, let blob = keyed?.keyBlob.flatMap({ Base64.decode($0) }) else {
            return .unknown("no key")
        }
        guard type.contains("-cert-v01@"), let certificate = SSHCertificate(blob: blob) else {
            return .known(KeyFact(type: EvidenceText.escape(Array(type.utf8), limit: 64), fingerprint: try fingerprint(blob)))
        }
        return .known(
            KeyFact(
                type: EvidenceText.escape(Array("\(type) \(certificate.shownID)".utf8), limit: 64),
                fingerprint: try fingerprint(certificate)))
    }

    /// A certificate is renewed every day or hour; its key id and its authority are what stays. One without a key id is known by the key
    /// that it certifies.
    private static func fingerprint(_ certificate: SSHCertificate) throws -> String {
        if certificate.keyID.isEmpty { return try fingerprint(certificate.publicKey) }
        let authority = try sha256(certificate.authority).bytes
        return "certificate " + (try fingerprint(authority + certificate.keyID))
    }

    /// As `ssh-keygen -l` prints it.
    static func fingerprint(_ blob: [UInt8]) throws -> String { "SHA256:" + Base64.encodeUnpadded(try sha256(blob).bytes) }

    /// Whether a first factor stands before us (S01).
    static func firstFactor(_ request: BeginRequest) -> FirstFactor {
        switch (request.firstFactor, request.facts.channel) {
        case (.radius, .radius): return .proved(["radius"])
        case (.radius, .pam), (_, .radius): return .missing("first_factor=\(request.firstFactor.rawValue) is not this channel's")
        case (.stack, .pam): return .proved(["stack"])
        case (.ssh, .pam): break
        }
        let methods = Set(SSHFacts.methods(authInfo: request.facts.sshAuthInfo ?? []).map(\.name))
        let counting = methods.intersection(request.sshMethods).sorted()
        return counting.isEmpty
            ? .missing("sshd names none of \(request.sshMethods.joined(separator: ", "))") : .proved(counting)
    }

    /// What is kept for a reader, escaped and bounded: with everything escaped six times over it still fits its event (S24).
    static func evidence(_ facts: RequestFacts, command: [UInt8]? = nil) -> [String: String] {
        if let radius = facts.radius { return radius.evidence }
        var evidence: [String: String] = [:]
        let all = [
            ("ruser", facts.ruser, 24), ("rhost", facts.rhost, 48), ("tty", facts.tty, 24), ("uid", facts.uid, 10),
            ("command", command, 72),
        ]
        for case (let name, let value?, let limit) in all where !value.isEmpty {
            evidence[name] = EvidenceText.escape(value, limit: limit)
        }
        return evidence
    }

    /// A service's name: PAM's are file names.
    static func service(_ facts: RequestFacts) -> String { EvidenceText.escape(facts.service, limit: 32) }
}
