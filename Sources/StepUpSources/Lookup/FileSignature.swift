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

    /// Why there is none, in words.
    static func problem(of path: String) -> String {
        do {
            _ = try FileSignature(of: path)
            return "\(path) is being written"
        } catch { return "\(error)" }
    }

    /// A file may claim any time; those of the years 1 to 9999 are told apart.
    private static func time(_ time: timespec) -> Timestamp {
        let seconds = min(max(Int64(time.tv_sec), -62_135_596_800), 253_402_300_799)
        return Timestamp(milliseconds: seconds * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
