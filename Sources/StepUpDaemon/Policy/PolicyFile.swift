import Glibc
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpSources

/// Policies from files and texts, with what is read for them.
struct PolicyFile: Sendable {
    var path: String
    let zones: ZoneFiles
    let lookups: LookupSources

    static let nobodyIsAsked = "the policy in force enforces no rule: nobody is asked for anything"

    /// What an unreadable zone means: at `policy load` it is an error; at a start the policy stands and its rules are unknown.
    enum MissingZone { case isError, isUnknown }

    /// - Throws: `ConfigError` or `SourceError`, for an admin to read.
    func parse(_ text: String, source: String, missingZone: MissingZone) throws -> ActivePolicy {
        let hash = try sha256(Array(text.utf8)).description
        let policy = try PolicyLoader.load(text, file: source, hash: hash) { zone in
            missingZone == .isError ? zones.problem(zone) : nil
        }
        if missingZone == .isError, let problem = lookups.problems(of: policy).first {
            throw SourceError("\(source): \(problem), and stepupd reads that at its start alone: systemctl restart stepupd")
        }
        let needs = policy.needs
        let rules = zones.readable(needs.zones)
        // At a start with a zone that cannot be read, its rules are unknown, and tests of them must not keep the policy out.
        if missingZone == .isError || rules.count == needs.zones.count {
            if let failure = policy.failures(zones: rules, file: source).first { throw SourceError(failure) }
        }
        return ActivePolicy(policy: policy, text: text, zones: rules)
    }

    /// Reads the file at `path`; one that others may write to is refused: who may change what is asked for is no detail.
    func read(missingZone: MissingZone) throws -> ActivePolicy {
        try SmallFile.requireClosedToWriters(path)
        let bytes = try SmallFile.read(path, limit: PolicyLoader.sizeLimit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SourceError("\(path) is not UTF-8") }
        return try parse(text, source: path, missingZone: missingZone)
    }

    /// The same; nil if there is no file.
    func readIfThere(missingZone: MissingZone) throws -> ActivePolicy? {
        access(path, F_OK) != 0 && errno == ENOENT ? nil : try read(missingZone: missingZone)
    }

    func remove() throws(SourceError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
    }

    /// Replaces the file, whole or not at all.
    func write(_ text: String) throws(SourceError) {
        let temporary = "\(path).new"
        _ = unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw failure(temporary) }
        guard SmallFile.write(Array(text.utf8), to: descriptor) else {
            let error = failure(temporary)
            _ = (close(descriptor), unlink(temporary))
            throw error
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else { throw failure(path) }
        // The name is durable with the directory.
        let directory = open(
            path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 { _ = (fsync(directory), close(directory)) }
    }

    private func failure(_ path: String) -> SourceError { SourceError("\(path): \(String(cString: strerror(errno)))") }
}
