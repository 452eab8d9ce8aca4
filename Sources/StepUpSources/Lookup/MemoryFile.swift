import CLinux
import Glibc

/// A copy of a file in memory: nobody can change it while a library has it mapped.
enum MemoryFile {
    /// - Returns: a descriptor at the start of it; the caller closes it.
    static func make(_ bytes: [UInt8]) throws(SourceError) -> Int32 {
        let descriptor = clinux_memory_file()
        guard descriptor >= 0, SmallFile.write(bytes, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw SourceError("no memory for the database: \(reason)")
        }
        return descriptor
    }
}
