import CZlib
import Glibc
import StepUpCore

/// The bytes of a log, chunk by chunk, unpacked if they are gzip. A file, a pipe, or standard input (`-`).
final class LogBytes {
    static let chunkSize = 1 << 18

    private let descriptor: Int32
    private let isStandardInput: Bool
    /// As they lie on disk.
    private(set) var bytesRead = 0
    /// nil: a pipe does not say.
    let size: Int?
    /// When the file was written last; nil: a pipe.
    let changed: Timestamp?
    private var raw: [UInt8] = []
    private var inflate: Inflate?
    private var isStarted = false
    private var isAtEnd = false
    /// What went wrong on the way, in words; what was read before it is good.
    private(set) var problem: String?

    /// - Throws: `SourceError` that says what to do.
    init(_ path: String) throws(SourceError) {
        isStandardInput = path == "-"
        descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            let reason = String(cString: strerror(code))
            throw SourceError(
                code == EACCES ? "\(path): \(reason); read it as root, or as a member of the group adm" : "\(path): \(reason)")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            if !isStandardInput { close(descriptor) }
            throw SourceError("\(path): \(reason)")
        }
        do throws(SourceError) {
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                size = Int(status.st_size)
                changed = Timestamp(seconds: Int64(status.st_mtim.tv_sec))
            case S_IFIFO, S_IFSOCK:
                (size, changed) = (nil, nil)
                try Self.waitForWriter(
                    descriptor, path, isNamed: !isStandardInput && !path.hasPrefix("/dev/fd/") && !path.hasPrefix("/proc/"))
            case S_IFDIR: throw SourceError("\(path) is a folder; name the logs in it, such as \(path)/auth.log*")
            case S_IFCHR where isStandardInput: (size, changed) = (nil, nil)
            default: throw SourceError("\(path) is a device, and no log")
            }
        } catch {
            if !isStandardInput { close(descriptor) }
            throw error
        }
    }

    deinit { if !isStandardInput { close(descriptor) } }

    /// A FIFO that nobody writes to would wait for ever.
    private static func waitForWriter(_ descriptor: Int32, _ path: String, isNamed: Bool) throws(SourceError) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
        guard isNamed else { return }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, 10_000) > 0 else {
            throw SourceError("\(path) is a FIFO, and nobody has written to it in 10 seconds")
        }
    }

    /// The next bytes, at most `chunkSize` of them; empty at the end, or where it cannot go on (`problem`).
    func next() -> [UInt8] {
        while !isAtEnd {
            if let inflate, inflate.hasOutput || !raw.isEmpty {
                let out = inflate.unpack(&raw)
                if let failure = inflate.failure {
                    problem = "\(failure); what stands before that was read"
                    isAtEnd = true
                }
                if !out.isEmpty { return out }
                if isAtEnd { break }
                continue
            }
            let chunk = readChunk()
            guard !chunk.isEmpty else {
                isAtEnd = true
                if let inflate, !inflate.isWhole, problem == nil {
                    problem = "the gzip data ends before its end: the file is cut off; what stands before that was read"
                }
                break
            }
            if !isStarted {
                isStarted = true
                if chunk.starts(with: [0x1f, 0x8b]) { inflate = Inflate() }
            }
            guard inflate != nil else { return chunk }
            raw = chunk
        }
        return []
    }

    private func readChunk() -> [UInt8] {
        while true {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { buffer, used in
                count = read(descriptor, buffer.baseAddress, Self.chunkSize)
                used = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { problem = "reading stopped: \(String(cString: strerror(errno))); what stands before that was read" }
            bytesRead += max(0, count)
            return chunk
        }
    }
}

/// Unpacks gzip (RFC 1952), several members one behind the other too.
private final class Inflate {
    private var stream = z_stream()
    private(set) var failure: String?
    /// The last member came to its end.
    private(set) var isWhole = false
    private(set) var hasOutput = false

    init() { if czlib_inflate_init(&stream) != Z_OK { failure = "no memory to unpack it" } }

    deinit { inflateEnd(&stream) }

    /// - Parameter input: what of it was used is taken away.
    func unpack(_ input: inout [UInt8]) -> [UInt8] {
        guard failure == nil else { return [] }
        var used = 0
        let out = [UInt8](unsafeUninitializedCapacity: LogBytes.chunkSize) { buffer, count in
            input.withUnsafeMutableBufferPointer { source in
                if isWhole, !source.isEmpty {
                    // Behind a member comes another one, or zeros that fill a block.
                    guard source[0] == 0x1f else {
                        used = source.count
                        if source.contains(where: { $0 != 0 }) { failure = "behind the gzip data stands something else" }
                        return
                    }
                    inflateReset(&stream)
                    isWhole = false
                }
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                let result = inflate(&stream, Z_NO_FLUSH)
                used = source.count - Int(stream.avail_in)
                count = buffer.count - Int(stream.avail_out)
                hasOutput = stream.avail_out == 0
                switch result {
                case Z_STREAM_END: (isWhole, hasOutput) = (true, false)
                case Z_OK, Z_BUF_ERROR: if count == 0, used == 0 { hasOutput = false }
                default: failure = "the gzip data is damaged (\(stream.msg.map { String(cString: $0) } ?? "error \(result)"))"
                }
            }
        }
        input.removeFirst(used)
        return out
    }
}
