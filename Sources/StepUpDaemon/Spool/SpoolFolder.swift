import Glibc
import StepUpCore
import StepUpSources
import StepUpWire

/// One directory of records that a module left while the daemon was away (S28). Only files of `owner` are believed, and even
/// those are unverified: the module says what it did, nobody else saw it.
struct SpoolFolder: Sendable {
    let path: String
    let channel: Channel
    let owner: UInt32

    /// Files that one sweep takes.
    static let batch = 256

    /// A record and the file it came in.
    struct Record: Sendable {
        var file: String
        var frame: Frame
    }

    struct Contents: Sendable {
        var records: [Record] = []
        /// Files that are no records: what is wrong with each. They were set aside as `NAME.bad`.
        var refused: [String] = []
    }

    /// Makes the spool's folders where they are missing: without them a module cannot record what it did without us.
    /// - Parameter radius: who speaks `radius`, and owns its folder (S28); nil: nobody does.
    /// - Returns: nil, or why not.
    static func prepare(_ spool: String, radius: (uid: uid_t, gid: gid_t)?) -> String? {
        func failure(_ path: String) -> String { "\(path): \(String(cString: strerror(errno)))" }
        var folders: [(path: String, mode: mode_t, owner: (uid: uid_t, gid: gid_t)?)] = [
            (spool, 0o711, nil), ("\(spool)/pam", 0o700, nil),
        ]
        if let radius { folders.append(("\(spool)/radius", 0o700, radius)) }
        for folder in folders {
            guard mkdir(folder.path, folder.mode) == 0 else {
                if errno == EEXIST { continue }
                return failure(folder.path)
            }
            // Just made, by root, in a folder of root's: nobody can have put anything else there.
            if let owner = folder.owner, lchown(folder.path, owner.uid, owner.gid) != 0 { return failure(folder.path) }
        }
        return chmod(spool, 0o711) == 0 ? nil : failure(spool)
    }

    /// Reads the oldest records. A folder that is not there is empty.
    func read() -> Contents {
        var contents = Contents()
        guard let folder = opendir(path) else { return contents }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder), names.count < 20_000 {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".frame"), !name.hasPrefix(".") { names.append(name) }
        }
        for name in names.sorted().prefix(Self.batch) {
            let file = "\(path)/\(name)"
            do throws(SourceError) {
                contents.records.append(Record(file: file, frame: try frame(file)))
            } catch {
                contents.refused.append(error.reason)
                rename(file, "\(file).bad")
            }
        }
        return contents
    }

    private func frame(_ file: String) throws(SourceError) -> Frame {
        var status = stat()
        guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == owner,
            status.st_mode & 0o022 == 0, status.st_nlink == 1
        else { throw SourceError("\(file) is not a plain file of uid \(owner), closed to writers; set aside") }
        let bytes = try SmallFile.read(file, limit: FrameCodec.headerLength + FrameCodec.maxPayload)
        var reader = FrameReader()
        do {
            let payloads = try reader.feed(bytes)
            guard payloads.count == 1, !reader.isInsideFrame else {
                throw SourceError("\(file) does not hold one frame; set aside")
            }
            let frame = try FrameCodec.decode(payload: payloads[0])
            guard frame.op == .spool, frame.text(.channel) == channel.rawValue else {
                throw SourceError("\(file) is no record of this spool; set aside")
            }
            return frame
        } catch let error as FrameError {
            throw SourceError("\(file): \(error); set aside")
        } catch let error as SourceError {
            throw error
        } catch {
            throw SourceError("\(file): \(error); set aside")
        }
    }
}
