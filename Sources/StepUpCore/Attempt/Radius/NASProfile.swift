/// What is believed of a kind of RADIUS client: which of its attributes say where a person is and which device it is, and how
/// it can ask for a code. Docs/Radius.md.
public struct NASProfile: Hashable, Sendable {
    /// Where the person's address stands.
    public enum AddressSource: String, CaseIterable, Hashable, Sendable {
        case none
        case callingStation = "Calling-Station-Id"
        case tunnelEndpoint = "Tunnel-Client-Endpoint"
        case paloAlto = "PaloAlto-Client-Source-IP"
    }

    /// What tells one device from another.
    public enum DeviceSource: String, CaseIterable, Hashable, Sendable {
        case none
        /// Calling-Station-Id as a MAC address: Wi-Fi and wired 802.1X.
        case mac
        /// The certificate of the TLS client, by issuer and serial number.
        case certificate
        /// `mdm-tlv=device-uid=…` of Cisco AnyConnect.
        case cisco
    }

    public var name: String
    /// The addresses that its packets come from.
    public var clients: [CIDR]
    /// What policies call it, such as `office-vpn`.
    public var tags: [String] = []
    public var address: AddressSource = .none
    public var device: DeviceSource = .none
    public var codes = CodeEntry()
    /// What an accept carries for what the person has proved beyond the first factor, the strongest that applies: Filter-Id, a group.
    public var accept: [Requirement: [ReplyAttribute]] = [:]

    public init(name: String, clients: [CIDR]) { (self.name, self.clients) = (name, clients) }

    /// What an accept carries for this proof.
    public func attributes(for proved: Requirement) -> [ReplyAttribute] {
        accept.filter { $0.key <= proved }.max { $0.key < $1.key }?.value ?? []
    }
}

/// An attribute of type string that goes back to the NAS.
public struct ReplyAttribute: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) { (self.name, self.value) = (name, value) }

    /// `NAME=VALUE`; `nil` unless the name is one of FreeRADIUS's dictionaries by its form, and the value 1 to 253 bytes of printable ASCII.
    public init?(_ text: String) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let (name, value) = (text[..<equals], text[text.utf8.index(after: equals)...])
        let isName = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
        }
        guard isName, (1...64).contains(name.utf8.count), (1...253).contains(value.utf8.count),
            value.utf8.allSatisfy({ (0x20..<0x7f).contains($0) })
        else { return nil }
        self.init(name: String(name), value: String(value))
    }
}

/// `[radius]` of stepup.toml.
public struct RadiusSettings: Hashable, Sendable {
    /// Of a client that more than one would fit, the first counts.
    public var profiles: [NASProfile] = []
    /// Realms that are ours: `alice@corp.example` and `CORP\alice` are the account `alice` (S09). Other realms are nobody's.
    public var realms: [String] = []
    /// Of those that have their own way, folded: what stands here goes before what the client's profile says.
    public var realmCodes: [String: CodeEntry.Changes] = [:]
    public var prompt = "Enter code: "
    public var retryPrompt = "Wrong code. Enter code: "
    /// What a person reads who has to append a code and did not.
    public var appendMessage = "Log in again with the code behind your password"

    public init() {}

    /// The profile of the client at this address.
    public func profile(of client: IPAddress?) -> NASProfile? {
        guard let client else { return nil }
        return profiles.first { $0.clients.contains { $0.contains(client) } }
    }

    /// How somebody can be asked for a code.
    /// - Parameter realm: as `ownRealm` has it.
    public func codes(ofRealm realm: String?, at profile: NASProfile?) -> CodeEntry {
        let codes = profile?.codes ?? CodeEntry()
        return realm.flatMap { realmCodes[$0] }.map(codes.with) ?? codes
    }

    /// The realm of a User-Name, folded, if it has an entry of its own.
    public func ownRealm(of user: [UInt8]) -> String? {
        guard !realmCodes.isEmpty, let realm = Self.parts(of: user).realm.map(Self.folded) else { return nil }
        return realmCodes[realm] == nil ? nil : realm
    }

    /// The name that the name service is asked about: of a RADIUS User-Name without its realm; nil if that is not ours (S09).
    public func localName(_ user: [UInt8], of channel: Channel) -> [UInt8]? {
        guard channel == .radius else { return user }
        let (name, realm) = Self.parts(of: user)
        guard let realm else { return Array(name) }
        let folded = Self.folded(realm)
        return realms.contains { Self.folded($0.utf8) == folded } ? Array(name) : nil
    }

    private static func parts(of user: [UInt8]) -> (name: ArraySlice<UInt8>, realm: ArraySlice<UInt8>?) {
        if let at = user.lastIndex(of: UInt8(ascii: "@")) { return (user[..<at], user[user.index(after: at)...]) }
        if let slash = user.firstIndex(of: UInt8(ascii: "\\")) { return (user[user.index(after: slash)...], user[..<slash]) }
        return (user[...], nil)
    }

    /// Realms are domain names: their case does not matter.
    public static func folded(_ realm: some Sequence<UInt8>) -> String {
        String(decoding: realm.map(\.lowercasedASCII), as: UTF8.self)
    }
}
