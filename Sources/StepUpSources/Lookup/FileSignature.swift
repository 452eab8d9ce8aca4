import Glibc
import StepUpCore

/// What tells whether a file is still the one that was read.
public struct FileSignature: Hashable, Sendable {
    private var device: UInt64
    private var node: UInt64
    private var size: Int64
    private var status: Timestamp
    /// When its content was last changed.
    public var changed: Timestamp

    init(_ status: stat) {
        (device, node, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
        (self.status, changed) = (Self.time(status.st_ctim), Self.time(status.st_mtim))
    }

    /// - Throws: `SourceError` with the path and the system's reason.
    public init(of path: String) throws(SourceError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SourceError("\(path): \(String(cString: strerror(errno)))") }
        self.init(status)
    }

    private static func time(_ time: timespec) -> Timestamp {
        Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
