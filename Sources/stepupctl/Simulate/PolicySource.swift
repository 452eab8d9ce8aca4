import ArgumentParser
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpSources

/// For commands that need a policy: which.
struct PolicyOption: ParsableArguments {
    @Option(help: ArgumentHelp("The policy; default: the one that the configuration names.", valueName: "file")) var policy: String?
}

/// A policy with the zones that its rules name.
struct LoadedPolicy {
    let policy: Policy
    var zones: [String: ZoneRules]
    var file: String
    /// Found once: a ledger has many decisions.
    let needs: Needs

    init(policy: Policy, zones files: ZoneFiles, file: String) {
        (self.policy, self.file, needs) = (policy, file, policy.needs)
        zones = files.readable(needs.zones)
    }
}

extension Common {
    /// The lists, calendars and databases of the configuration, as far as they can be read.
    func lookups() throws -> FileLookups {
        var lookups = FileLookups(try readConfig().lookups)
        for note in lookups.refresh() where note.isProblem { Terminal.complain(note.text) }
        return lookups
    }

    /// Reads a policy. Its own tests are not run.
    func policy(_ file: String?) throws -> LoadedPolicy {
        let config = try readConfig()
        let file = file ?? config.paths.policy
        return try policy(text: try TextFile.read(file), file: file, ZoneFiles(directory: config.paths.zoneinfo))
    }

    /// Says what of a policy this host cannot look up.
    func warn(of policy: Policy) throws {
        for problem in try readConfig().lookups.problems(of: policy) { Terminal.complain("warning: \(problem)") }
    }

    func policy(text: String, file: String, _ files: ZoneFiles) throws -> LoadedPolicy {
        do {
            let hash = try sha256(Array(text.utf8)).description
            let policy = try PolicyLoader.load(text, file: file, hash: hash, zoneProblem: files.problem)
            return LoadedPolicy(policy: policy, zones: files, file: file)
        } catch let error as ConfigError {
            throw Failure("\(error)")
        }
    }
}

extension LedgerReader {
    /// A policy of the archive, as it was in force; nil if it is not there.
    func archivedPolicy(_ hash: String) throws -> Policy? {
        try policy(hash: hash).map { try PolicyLoader.load($0, file: "archive/\(hash)", hash: hash, isArchived: true) }
    }
}

extension LoadedPolicy {
    /// What is to be looked up about an attempt under it.
    func facts(of attempt: Attempt, _ lookups: any Lookups) -> Facts {
        Facts(for: attempt.source, at: attempt.time, needs, listed: policy.holidays, zones: zones, lookups)
    }

    /// - Throws: `Failure` with every test that fails, a line each.
    func runTests() throws {
        let failures = policy.failures(zones: zones, file: file)
        if !failures.isEmpty { throw Failure(failures.map(EvidenceText.printable).joined(separator: "\n")) }
    }
}
