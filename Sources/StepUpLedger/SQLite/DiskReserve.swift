import Glibc

/// Room beside the ledger that is given up when the disk is full, so that admin, deny and allow events still find some (S24).
///
/// A file of real blocks, not a sparse one: what is cut off it is what the database then gets. It is given up in portions, so that
/// whatever fills the disk cannot take all of it at once.
public struct DiskReserve: Sendable {
    /// Bytes that are given up at a time.
    static let portion: Int64 = 256 << 10
    /// Less free space than this at a start is taken for a full disk: opening the database needs some.
    static let leastFree: Int64 = 1 << 20

    public let path: String
    /// Bytes; 0: no reserve is wanted.
    public let size: Int64
    /// Bytes that are there to be given up.
    public private(set) var held: Int64 = 0

    public init(ledger: String, size: Int64) { (path, self.size) = ("\(ledger).reserve", size) }

    /// Whether there is less than there should be: then only what must be recorded is.
    public var isShort: Bool { held < size }

    /// Takes what an earlier run left. Before the database is opened; on a full disk some of it is given up at once.
    public mutating func adopt() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        held = min(Int64(status.st_size), Int64(status.st_blocks) * 512)
        if held > size { cut(to: size) }
        while freeSpace < Self.leastFree, release() {}
    }

    /// Makes the file whole where the disk has room for it and for as much again.
    /// - Returns: nil if it is whole (or not wanted), else why not.
    public mutating func hold() -> String? {
        guard isShort else { return nil }
        guard freeSpace >= size - held + size else {
            return "\(path): the disk has not \(size >> 20) MiB for the reserve and as much again"
        }
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return "\(path): \(String(cString: strerror(errno)))" }
        defer { close(file) }
        let failure = posix_fallocate(file, 0, off_t(size))
        guard failure == 0 else {
            cut(to: held)
            return "\(path): \(String(cString: strerror(failure)))"
        }
        held = size
        return nil
    }

    /// Gives up a portion; false if there was none left.
    @discardableResult public mutating func release() -> Bool {
        guard held > 0 else { return false }
        return cut(to: max(0, held - Self.portion))
    }

    @discardableResult private mutating func cut(to length: Int64) -> Bool {
        held = length
        if length == 0 { return unlink(path) == 0 }
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return false }
        defer { close(file) }
        return ftruncate(file, off_t(length)) == 0
    }

    /// Bytes that the file system has free, for anybody.
    private var freeSpace: Int64 {
        var status = statvfs()
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
        guard statvfs(folder.isEmpty ? "/" : folder, &status) == 0 else { return 0 }
        let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return free.overflow ? .max : Int64(clamping: free.partialValue)
    }
}
