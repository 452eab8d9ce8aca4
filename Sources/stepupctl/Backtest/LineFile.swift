import Glibc
import StepUpCore
import StepUpSources

/// A file that is written from its beginning on; what was there before is lost.
final class LineFile {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Throws: `Failure`
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func write(_ line: String) throws {
        buffer += line.utf8
        buffer.append(0x0a)
        if buffer.count >= 65_536 { try flush() }
    }

    func finish() throws { try flush() }

    private func flush() throws {
        guard SmallFile.write(buffer, to: descriptor) else {
            throw Failure("\(path) could not be written whole: \(String(cString: strerror(errno)))")
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
