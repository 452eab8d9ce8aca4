import Glibc

/// The questions about the file system that opening asks.
enum SQLiteFile {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// nil if it can be read, else what to do about it.
    static func whyNotReadable(_ path: String) -> String? {
        if access(path, R_OK) == 0 { return nil }
        switch errno {
        case EACCES, EPERM: return "\(path) may not be read by this user; use sudo"
        case ENOENT: return "there is no ledger at \(path); on a new host, make one with: stepupctl init"
        default: return "\(path): \(String(cString: strerror(errno)))"
        }
    }

    /// How SQLite is to open it for reading. In a folder that nobody can write to, such as a mounted backup, it cannot make its
    /// index of the write-ahead log, and need not: nobody writes there.
    static func location(_ path: String) -> String {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
        var log = stat()
        let hasLog = stat("\(path)-wal", &log) == 0 && log.st_size > 0
        guard access(folder.isEmpty ? "/" : folder, W_OK) != 0, errno == EROFS, !hasLog else { return path }
        let escaped = path.utf8.map { byte in
            byte >= 0x80 || [0x25, 0x3f, 0x23].contains(byte) ? "%" + String(byte, radix: 16) : String(UnicodeScalar(byte))
        }.joined()
        // Two slashes would begin a host's name.
        let name = escaped.hasPrefix("/") ? "/" + escaped.drop { $0 == "/" } : escaped
        return "file:\(name)?immutable=1"
    }
}
