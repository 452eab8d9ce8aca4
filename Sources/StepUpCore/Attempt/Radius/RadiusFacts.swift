/// Facts of a RADIUS request, as far as the profile of its client believes them; whatever does not have its form is unknown,
/// never guessed.
public struct RadiusFacts: Hashable, Sendable {
    /// Where the packet came from.
    public var client: IPAddress?
    public var attributes: RadiusAttributes
    public var profile: NASProfile?
    /// The realm that has a say in how this person can be asked for a code; nil: none has.
    public var realm: String?
    /// How this person can be asked for a code.
    public var codes: CodeEntry

    /// - Parameters:
    ///   - client: address as text.
    ///   - attributes: as they stand in a frame.
    ///   - user: the User-Name.
    public init(client: [UInt8]?, attributes: [UInt8]?, user: [UInt8], settings: RadiusSettings) {
        self.client = client.flatMap { IPAddress(String(decoding: $0, as: UTF8.self)) }
        self.attributes = RadiusAttributes(attributes ?? [])
        profile = settings.profile(of: self.client)
        realm = settings.ownRealm(of: user)
        codes = settings.codes(ofRealm: realm, at: profile)
    }

    public var source: Observed<IPAddress> {
        guard let profile else { return .unknown("no NAS profile") }
        guard profile.address != .none else { return .unknown("not trusted") }
        guard attributes.has(profile.address.rawValue) else { return .unknown("missing") }
        let address = attributes.address(profile.address.rawValue) ?? Self.beforePort(attributes.single(profile.address.rawValue))
        return address.map(Observed.known) ?? .unknown("malformed")
    }

    /// `192.0.2.1[4500]`, as strongSwan writes an address with its port.
    public static func beforePort(_ text: [UInt8]?) -> IPAddress? {
        guard let text, text.last == UInt8(ascii: "]"), let bracket = text.firstIndex(of: UInt8(ascii: "[")),
            (1...5).contains(text.count - bracket - 2),
            text[(bracket + 1)..<(text.count - 1)].allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return IPAddress(String(decoding: text[..<bracket], as: UTF8.self))
    }

    /// The device, in the place of a key: rules on `device_new` look at it.
    /// - Parameter digest: SHA-256 as OpenSSH writes it, `SHA256:…`. A word stands before it: no device is ever an SSH key (S08).
    public func device(_ digest: ([UInt8]) throws -> String) rethrows -> Observed<KeyFact> {
        guard let profile else { return .unknown("no NAS profile") }
        switch profile.device {
        // The admin says that there is nothing to see: the address alone tells a known client from another (S23).
        case .none: return .notApplicable
        case .mac:
            guard let text = attributes.single("Calling-Station-Id") else { return .unknown("missing") }
            return Self.mac(text).map { .known(KeyFact(type: "mac", fingerprint: "mac \($0)")) } ?? .unknown("malformed")
        case .certificate:
            guard let issuer = attributes.single("TLS-Client-Cert-Issuer"),
                let serial = attributes.single("TLS-Client-Cert-Serial"),
                !issuer.isEmpty, !serial.isEmpty
            else { return .unknown("missing") }
            return .known(KeyFact(type: "tls-client-certificate", fingerprint: "certificate \(try digest(issuer + [0] + serial))"))
        case .cisco:
            let prefix = Array("mdm-tlv=device-uid=".utf8)
            let found = attributes.all("Cisco-AVPair").filter { $0.starts(with: prefix) }.map { $0.dropFirst(prefix.count) }
            guard found.count == 1, !found[0].isEmpty else { return .unknown("missing") }
            return .known(KeyFact(type: "anyconnect-device", fingerprint: "anyconnect \(try digest(Array(found[0])))"))
        }
    }

    /// Six bytes in hex, whatever stands between them: `aa-bb-cc-dd-ee-ff`.
    public static func mac(_ text: [UInt8]) -> String? {
        guard text.count <= 17 else { return nil }
        var out: [UInt8] = []
        for byte in text where !"-:.".utf8.contains(byte) {
            guard hexValue(byte) != nil else { return nil }
            if out.count % 3 == 2 { out.append(UInt8(ascii: "-")) }
            out.append(byte.lowercasedASCII)
        }
        return out.count == 17 ? String(decoding: out, as: UTF8.self) : nil
    }

    /// A request from within the tunnel of EAP: there is no second round there (FreeRADIUS 3.2).
    public var isInner: Bool { attributes.has("FreeRADIUS-Proxied-To") }

    public var canChallenge: Bool { !isInner && codes.canChallenge }

    /// What stays the same in all packets of one conversation, and differs between two (S15): client and caller.
    public var binding: String {
        "\(client?.description ?? "?") \(Hex.encode(attributes.single("Calling-Station-Id") ?? []))"
    }

    /// What proves that a request without a State is one that came before (S15): nil unless all of it is there.
    public var conversation: String? {
        let parts = ["NAS-Port", "Calling-Station-Id", "Acct-Session-Id"].map { attributes.single($0) ?? [] }
        guard client != nil, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return "\(binding) " + parts.map(Hex.encode).joined(separator: " ")
    }

    /// What is kept for a reader, escaped and bounded (S24).
    public var evidence: [String: String] {
        var evidence = ["client": client?.description ?? "unknown"]
        if let profile { evidence["nas_profile"] = EvidenceText.escape(Array(profile.name.utf8), limit: 32) }
        if let realm { evidence["realm"] = EvidenceText.escape(Array(realm.utf8), limit: 32) }
        let texts = [
            ("Calling-Station-Id", 40), ("Called-Station-Id", 32), ("NAS-Identifier", 32), ("Connect-Info", 24),
            ("Acct-Session-Id", 32), ("NAS-Port-Id", 16),
        ]
        for case (let name, let limit) in texts {
            guard let value = attributes.single(name), !value.isEmpty else { continue }
            evidence[Self.key(name)] = EvidenceText.escape(value, limit: limit)
        }
        for name in ["NAS-Port", "NAS-Port-Type", "Service-Type", "EAP-Type", "Acct-Session-Time", "Acct-Terminate-Cause"] {
            if let value = attributes.integer(name) { evidence[Self.key(name)] = String(value) }
        }
        for name in ["NAS-IP-Address", "NAS-IPv6-Address", "Framed-IP-Address"] {
            if let value = attributes.address(name) { evidence[Self.key(name)] = value.description }
        }
        return evidence
    }

    private static func key(_ name: String) -> String {
        String(
            decoding: name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0.lowercasedASCII }, as: UTF8.self)
    }

    /// The Class (RFC 2865, 5.25) that accounting brings back, so that a session is joined to its attempt.
    public static func classValue(_ attempt: AttemptID) -> String { "stepup:\(attempt)" }
}
