/// An OpenSSH certificate (PROTOCOL.certkeys), as far as it says whose it is. sshd has verified it; nothing here does.
public struct SSHCertificate: Hashable, Sendable {
    /// What the authority calls it.
    public var keyID: [UInt8]
    /// The authority's public key.
    public var authority: [UInt8]
    /// The public key that was certified, as it would stand in `authorized_keys`.
    public var publicKey: [UInt8]

    /// nil: it is no certificate, or not whole.
    public init?(blob: [UInt8]) {
        var reader = Reader(bytes: blob)
        guard let typeBytes = reader.string(), let type = String(validating: typeBytes, as: UTF8.self),
            let mark = Self.fields.keys.first(where: { type == "\($0)-cert-v01@openssh.com" || type == Self.certified($0) }),
            let count = Self.fields[mark], reader.string() != nil
        else { return nil }
        var key = Self.framed(Array(mark.utf8))
        for _ in 0..<count {
            guard let field = reader.string() else { return nil }
            key += Self.framed(field)
        }
        // Serial and type; then, between the two that matter, principals, times, options, extensions and what is reserved.
        guard reader.skip(12), let keyID = reader.string(), reader.string() != nil, reader.skip(16), reader.string() != nil,
            reader.string() != nil, reader.string() != nil, let authority = reader.string(), reader.string() != nil, reader.isAtEnd
        else { return nil }
        (self.keyID, self.authority, publicKey) = (keyID, authority, key)
    }

    /// The key id for a reader: what of it prints and needs no escape.
    public var shownID: String { EvidenceText.plain(keyID, limit: 20) }

    /// By type of the key, how many fields its public part has.
    private static let fields = [
        "ssh-ed25519": 1, "ssh-rsa": 2, "ecdsa-sha2-nistp256": 2, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 2,
        "sk-ssh-ed25519@openssh.com": 2, "sk-ecdsa-sha2-nistp256@openssh.com": 3,
    ]

    /// `sk-ssh-ed25519@openssh.com` is certified as `sk-ssh-ed25519-cert-v01@openssh.com`.
    private static func certified(_ type: String) -> String? {
        type.hasSuffix("@openssh.com") ? type.split(separator: "@")[0] + "-cert-v01@openssh.com" : nil
    }

    private static func framed(_ bytes: [UInt8]) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
    }

    private struct Reader {
        var bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        /// RFC 4251, 5.
        mutating func string() -> [UInt8]? {
            guard bytes.count - position >= 4 else { return nil }
            let length = bytes[position..<position + 4].bigEndian(as: Int.self)
            guard length <= bytes.count - position - 4 else { return nil }
            position += 4 + length
            return Array(bytes[position - length..<position])
        }

        mutating func skip(_ count: Int) -> Bool {
            guard bytes.count - position >= count else { return false }
            position += count
            return true
        }
    }
}
