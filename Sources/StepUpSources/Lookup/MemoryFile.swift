import CLinux
import Glibc

/// A copy of a file in memory: nobody can change it while a library has it mapped.
enum MemoryFile {
    /// - Returns: a descriptor at the start of it; the caller closes it.
    static func make(_ bytes: [UInt8]) throws(SourceError) -> Int32 {
        let descriptor = clinux_memory_file()
        var written = 0
        while descriptor >= 0, written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        guard descriptor >= 0, written == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw SourceError("no memory for the database: \(reason)")
        }
        return descriptor
    }
}
