import StepUpCore
import StepUpCrypto

/// One or more files that were read together, or why they could not be.
struct ReadFile<Content: Sendable>: Sendable {
    private(set) var content: Content?
    /// In words, with the path.
    private(set) var problem: String?
    /// The first 128 bits of SHA-256 over all bytes, in hex.
    private(set) var hash: String?
    /// The latest change of any of them.
    private(set) var changed: Timestamp
    private var signatures: [FileSignature?]
    /// Another look would find the same.
    private var isFinal = false
    /// What took the place of the good files a moment ago, and may still be being written.
    private var pending: [FileSignature?]?

    /// Reads the files if they are not what they were.
    /// - Returns: nil if there is nothing new.
    static func next(
        after last: ReadFile?, _ paths: [String], limit: Int, _ parse: ([[UInt8]]) throws -> Content
    ) -> ReadFile? {
        let signatures = paths.map { try? FileSignature(of: $0) }
        guard var last else { return ReadFile(paths, signatures, limit, parse) }
        if last.signatures == signatures {
            if last.isFinal { return nil }
        } else if last.content != nil, !signatures.contains(nil), last.pending != signatures {
            // A list that is being written looks whole at the end of each line: it has until the next look.
            last.pending = signatures
            return last
        }
        return ReadFile(paths, signatures, limit, parse)
    }

    private init(_ paths: [String], _ signatures: [FileSignature?], _ limit: Int, _ parse: ([[UInt8]]) throws -> Content) {
        self.signatures = signatures
        changed = signatures.compactMap { $0?.changed }.max() ?? Timestamp(milliseconds: 0)
        isFinal = signatures.contains(nil)
        do {
            var all: [[UInt8]] = []
            for (path, signature) in zip(paths, signatures) {
                guard let signature else { throw SourceError(FileSignature.problem(of: path)) }
                all.append(try SmallFile.readWhole(path, limit: limit, signature))
            }
            isFinal = true
            do { content = try parse(all) } catch { throw SourceError("\(paths.joined(separator: ", ")): \(error)") }
            hash = String(try sha256(Array(all.joined())).description.prefix(32))
        } catch {
            (content, problem) = (nil, "\(error)")
        }
    }

    /// Whether something is to be said of it, given what was before it.
    func isNews(after last: ReadFile?) -> Bool { pending == nil && (problem == nil || problem != last?.problem) }
}
