import Glibc
import StepUpCore
import StepUpSources

/// The key file: one key a line, `id hex`, 32 bytes each; `#` begins a comment. The first is current.
public enum KeyFile {
    public struct Key: Sendable {
        /// 1 … 32 of `[A-Za-z0-9._-]`
        public var id: String
        public var secret: Secret

        public init(id: String, secret: Secret) { (self.id, self.secret) = (id, secret) }
    }

    /// Reads the file at `path`. It must belong to root (or to whom we are) and be closed to everybody else.
    public static func read(_ path: String) throws -> [Key] {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw KeyError(
                "\(path): \(String(cString: strerror(errno))); put your copy of it back, or on a new host: stepupctl init")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == 0 || status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else { throw KeyError("\(path) must be a plain file of root, closed to others: chown root: and chmod 600 it") }
        do { return try parse(try SmallFile.read(path, limit: 65_536), path) } catch let error as SourceError {
            throw KeyError(error.reason)
        }
    }

    static func parse(_ bytes: [UInt8], _ path: String) throws -> [Key] {
        var keys: [Key] = []
        for (number, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            let words = line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
            if words.isEmpty { continue }
            let id = String(decoding: words[0], as: UTF8.self)
            guard words.count == 2, (1...32).contains(id.utf8.count), id.utf8.allSatisfy(\.isNameCharacter),
                let secret = Hex.decode(words[1]), secret.count == 32
            else { throw KeyError("\(path):\(number + 1): expected an id and 64 hex digits") }
            guard !keys.contains(where: { $0.id == id }) else {
                throw KeyError("\(path):\(number + 1): the id \(id) stands twice")
            }
            keys.append(Key(id: id, secret: Secret(secret)))
        }
        guard !keys.isEmpty else { throw KeyError("\(path) holds no key; put your copy of it back") }
        return keys
    }
}

extension UInt8 {
    /// One of `[A-Za-z0-9._-]`: what keys and PAM services are called by.
    var isNameCharacter: Bool {
        (self >= 48 && self <= 57) || (self | 0x20 >= 97 && self | 0x20 <= 122) || [0x2d, 0x2e, 0x5f].contains(self)
    }
}

/// The keys cannot be used.
public struct KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { "keys: \(reason)" }
}
