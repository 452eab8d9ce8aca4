import Glibc

/// The one question about the file system that opening asks.
enum SQLiteFile {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
