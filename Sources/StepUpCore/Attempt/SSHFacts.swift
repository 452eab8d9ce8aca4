/// What sshd puts into the PAM environment. Parsed strictly: a value that does not have the form is `unknown`, never guessed.
public enum SSHFacts {
    /// The client's address from `SSH_CONNECTION`, `addr port addr port`.
    public static func source(connection: [UInt8]) -> Observed<IPAddress> {
        let parts = connection.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 4, let address = IPAddress(String(decoding: parts[0], as: UTF8.self)) else {
            return .unknown("malformed")
        }
        return .known(address)
    }

    /// One line of `SSH_AUTH_INFO_0`: a method that has succeeded, and its key if it had one.
    public struct Method: Hashable, Sendable {
        public var name: String
        public var keyType: String?
        /// Base64 of the key's blob, as sshd wrote it.
        public var keyBlob: String?
    }

    /// The methods of `SSH_AUTH_INFO_0`; at most 8 lines of at most 4096 bytes are looked at.
    public static func methods(authInfo: [UInt8]) -> [Method] {
        authInfo.split(separator: 0x0a).prefix(8).compactMap { line in
            guard line.count <= 4096, line.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return nil }
            let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard let name = words.first, !name.isEmpty else { return nil }
            guard words.count == 3, !words[1].isEmpty, !words[2].isEmpty else { return Method(name: name) }
            return Method(name: name, keyType: words[1], keyBlob: words[2])
        }
    }
}
