import StepUpCore
import StepUpCrypto

/// One or more files that were read together, or why they could not be.
struct ReadFile<Content: Sendable>: Sendable {
    var content: Content?
    /// In words, with the path.
    var problem: String?
    /// The first 128 bits of SHA-256 over all bytes, in hex.
    var hash: String?
    /// The latest change of any of them.
    var changed: Timestamp
    private var signatures: [FileSignature?]

    /// - Parameter last: nil is returned if the files are as they were then.
    init?(_ paths: [String], limit: Int, unlessAs last: ReadFile?, _ parse: ([[UInt8]]) throws -> Content) {
        signatures = paths.map { try? FileSignature(of: $0) }
        changed = signatures.compactMap { $0?.changed }.max() ?? Timestamp(milliseconds: 0)
        if let last, last.signatures == signatures, !signatures.contains(nil) || last.content == nil { return nil }
        do {
            var all: [[UInt8]] = []
            for path in paths {
                try SmallFile.requireClosedToWriters(path)
                let (bytes, signature) = try SmallFile.readWhole(path, limit: limit)
                // What is read while it changes is looked at again next time.
                guard signatures.contains(signature) else { throw SourceError("\(path) is being written") }
                all.append(bytes)
            }
            do { content = try parse(all) } catch { throw SourceError("\(paths.joined(separator: ", ")): \(error)") }
            hash = String(try sha256(Array(all.joined())).description.prefix(32))
        } catch {
            (content, problem) = (nil, "\(error)")
        }
    }
}
