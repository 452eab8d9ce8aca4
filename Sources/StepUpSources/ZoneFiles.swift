import Glibc
import StepUpCore

/// Time zones from a zoneinfo directory. The files are read here, parsed and computed with in Core.
public struct ZoneFiles: Sendable {
    public let directory: String

    public init(directory: String) { self.directory = directory }

    /// This host's zone, as /etc/localtime names it; nil: it does not.
    public var localName: String? {
        var target = [CChar](repeating: 0, count: 512)
        let count = readlink("/etc/localtime", &target, target.count)
        guard count > 0 else { return nil }
        let path = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let folder = path.firstRange(of: "/zoneinfo/") else { return nil }
        return String(path[folder.upperBound...])
    }

    /// What is wrong with a zone, in words for whoever named it; nil if it can be read.
    public func problem(_ zone: String) -> String? {
        do {
            _ = try rules(of: zone)
            return nil
        } catch {
            return "the time zone '\(EvidenceText.printable(zone))' cannot be read; name one of this host's, such as Europe/Zurich "
                + "(\(EvidenceText.printable(error.reason)))"
        }
    }

    /// The rules of those zones that can be read.
    public func readable(_ zones: [String]) -> [String: ZoneRules] {
        var found: [String: ZoneRules] = [:]
        for zone in zones { found[zone] = try? rules(of: zone) }
        return found
    }

    /// - Throws: `SourceError` naming the file and what is wrong with it.
    public func rules(of zone: String) throws(SourceError) -> ZoneRules {
        let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
        guard !zone.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !zone.utf8.contains(0) else {
            throw SourceError("'\(zone)' is not the name of a time zone, such as Europe/Zurich")
        }
        let path = "\(directory)/\(zone)"
        let bytes = try SmallFile.read(path, limit: 1 << 20)
        do { return try ZoneRules(tzif: bytes) } catch { throw SourceError("\(path): \(error)") }
    }
}

/// Reading and writing whole, bounded files.
public enum SmallFile {
    /// - Throws: `SourceError` if somebody else than root and its owner (root or ourselves) may write to the file.
    public static func requireClosedToWriters(_ path: String) throws(SourceError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SourceError("\(path): \(String(cString: strerror(errno)))") }
        try requireClosedToWriters(path, status)
    }

    private static func requireClosedToWriters(_ path: String, _ status: stat) throws(SourceError) {
        guard status.st_uid == 0 || status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw SourceError("\(path) can be written to by others: chown root and chmod go-w it")
        }
    }

    /// - Throws: `SourceError` with the path and the system's reason; also when the file is larger than `limit` bytes.
    /// - Parameter isFit: looks at the file that was opened, no link followed: for folders in which others may put one in its place.
    public static func read(
        _ path: String, limit: Int, ifFit isFit: ((stat) -> Bool)? = nil
    ) throws(SourceError) -> [UInt8] {
        try read(path, limit: limit, ifFit: isFit, unchanged: nil)
    }

    /// A file that others may be writing just now, of which nobody but its owner (root or ourselves) may.
    /// - Throws: as `read`, and if it is not, or not any more, what `signature` tells from all others.
    public static func readWhole(_ path: String, limit: Int, _ signature: FileSignature) throws(SourceError) -> [UInt8] {
        try read(path, limit: limit, ifFit: nil, unchanged: signature)
    }

    private static func read(
        _ path: String, limit: Int, ifFit isFit: ((stat) -> Bool)?, unchanged: FileSignature?
    ) throws(SourceError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (isFit == nil ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { throw SourceError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        if let isFit, fstat(descriptor, &status) != 0 || !isFit(status) { throw SourceError("\(path) is not such a file") }
        // Of the file that is open: a link could name another one by now.
        if unchanged != nil, fstat(descriptor, &status) == 0 { try requireClosedToWriters(path, status) }
        var out: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SourceError("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 {
                guard let unchanged else { return out }
                guard fstat(descriptor, &status) == 0, FileSignature(status) == unchanged else {
                    throw SourceError("\(path) is being written")
                }
                return out
            }
            out += chunk.prefix(count)
            guard out.count <= limit else { throw SourceError("\(path): larger than \(limit) bytes") }
        }
    }

    /// Writes all of `bytes`.
    /// - Returns: false with errno: not all of them were.
    public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}
