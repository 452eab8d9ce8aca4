import Glibc
import Logging
import NIOPosix
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpSources
import StepUpWire

/// Everything that a daemon needs before it listens: configuration, keys, the lock, the ledger and its fold, the policy.
struct DaemonSetup {
    let config: DaemonConfig
    let settings: EngineSettings
    let manager: ServiceManager
    let clock: any WallClock
    let logger: Logger
    let owners: SocketOwners

    static let keyPath = "/etc/stepup/keys"

    init(configPath: String, environment: [String: String], logger: Logger) throws {
        config = try DaemonSetup.readConfig(configPath)
        owners = try SocketOwners(config, file: configPath)
        manager = ServiceManager(environment: environment)
        self.logger = logger
        let boot = try SmallFile.read("/proc/sys/kernel/random/boot_id", limit: 128)
        clock = SystemClock(bootID: String(decoding: boot.filter { $0 > 0x20 }, as: UTF8.self))
        settings = EngineSettings(
            host: try config.host ?? HostName.read(), prompt: config.challenge.prompt,
            retryPrompt: config.challenge.retryPrompt, challengeLifetime: config.challenge.expires,
            tries: config.challenge.tries, totpWindow: config.totpWindow, hotpLookAhead: config.hotpLookAhead,
            issuer: config.issuer, radius: config.radius, tags: config.tags)
    }

    /// The file at `path`; where the default one is missing, the defaults.
    private static func readConfig(_ path: String) throws -> DaemonConfig {
        if path == DaemonConfig.defaultPath, access(path, F_OK) != 0 { return DaemonConfig() }
        try SmallFile.requireClosedToWriters(path)
        let bytes = try SmallFile.read(path, limit: 65_536)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SourceError("\(path) is not UTF-8") }
        return try DaemonConfig(text, file: path)
    }

    var policyFile: PolicyFile {
        PolicyFile(path: config.paths.policy, zones: ZoneFiles(directory: config.paths.zoneinfo), lookups: config.lookups)
    }

    /// Of the policy that runs in shadow.
    var shadowFile: PolicyFile {
        var file = policyFile
        file.path = config.paths.shadowPolicy
        return file
    }

    /// The files that decisions look things up in, read; nil where none is set up.
    func lookups() -> FileLookups {
        var lookups = FileLookups(config.lookups)
        for note in lookups.refresh(quickly: true) { log(note) }
        return lookups
    }

    func log(_ note: FileLookups.Note) {
        let text = EvidenceText.printable(note.text)
        if note.isProblem { logger.error("\(text)") } else { logger.notice("\(text)") }
    }

    func keyring() throws -> Keyring {
        let path = config.paths.keys ?? manager.credentialKeys ?? Self.keyPath
        return try Keyring(try KeyFile.read(path), host: settings.host)
    }

    /// Makes a new ledger with its first event; refuses where one is.
    func initialise() throws {
        guard access(config.paths.ledger, F_OK) != 0 else {
            throw LedgerError(.conflict, "\(config.paths.ledger) is there already; nothing was changed")
        }
        let keys = try keyring()
        let lock = try LedgerLock(ledger: config.paths.ledger)
        defer { withExtendedLifetime(lock) {} }
        let policy = try policyFile.read(missingZone: .isError)
        let ledger = try SQLiteLedger(path: config.paths.ledger, create: true)
        var engine = Engine(
            history: History(), settings: settings, active: policy, keys: keys, entropy: SystemEntropy())
        try ledger.transaction { transaction in
            let step = Step(transaction: transaction, clock: clock.read())
            try engine.record(
                .ledgerInitialised(origin: "\(config.fleet)/\(settings.host)", keyID: keys.currentID), in: step)
            try engine.activate(policy, from: config.paths.policy, nil, in: step)
        }
        try ledger.close()
    }

    /// The engine at the state of the log, with the policy in force, and the first events of this run.
    /// - Parameter lookups: as they were read.
    func start(_ ledger: any Ledger, _ lookups: FileLookups) throws -> Engine {
        let keys = try keyring()
        if let ahead = try Engine.restAhead(of: ledger) {
            logger.error("\(ahead)")
        }
        let history = try Engine.restore(ledger)
        guard try history.size == ledger.size() else {
            throw LedgerError(
                .corrupt, "\(config.paths.ledger) lacks events that it once had; see what with: stepupctl audit verify")
        }
        let (policy, refused) = try startingPolicy(ledger, history.policy)
        var engine = Engine(
            history: history, settings: settings, active: policy, keys: keys, entropy: SystemEntropy())
        try engine.recallReplies(from: ledger)
        engine.lookups = lookups
        try ledger.transaction { transaction in
            let reading = clock.read()
            engine.started = reading
            let step = Step(transaction: transaction, clock: reading)
            try engine.record(
                .daemonStarted(
                    DaemonRecord(version: StepUpVersion.current, bootID: reading.bootID, note: "events \(history.size)")),
                in: step)
            try engine.checkKeys(in: step)
            if let refused {
                try engine.refusePolicy(refused, from: config.paths.policy, nil, in: step)
            } else if policy.policy.hash != history.policy {
                try engine.activate(policy, from: config.paths.policy, nil, in: step)
            }
        }
        try startShadow(&engine, ledger)
        for beside in [engine.active, engine.shadow].compactMap({ $0?.policy }) {
            for problem in config.lookups.problems(of: beside) { logger.error("\(problem); its rules are unknown") }
        }
        for problem in engine.unusableKeys { logger.error("\(problem)") }
        if policy.policy.asksNobody { logger.warning("\(PolicyFile.nobodyIsAsked)") }
        for zone in policy.policy.needs.zones where policy.zones[zone] == nil {
            logger.error("the zone \(zone) of the policy cannot be read; its rules are unknown")
        }
        return engine
    }

    /// The policy in shadow, if there is one. It keeps nobody from starting.
    private func startShadow(_ engine: inout Engine, _ ledger: any Ledger) throws {
        var (policy, refused): (ActivePolicy?, String?) = (nil, nil)
        do {
            policy = try shadowFile.readIfThere(missingZone: .isUnknown)
            refused = policy?.policy.problem(beside: engine.active.policy)
        } catch {
            refused = "\(error)"
        }
        if let refused {
            logger.error("\(EvidenceText.printable(refused)); no policy runs in shadow")
            policy = nil
        }
        guard policy?.policy.hash != engine.history.shadow || refused != nil else { return engine.shadow = policy }
        try ledger.transaction { transaction in
            let step = Step(transaction: transaction, clock: clock.read())
            if let refused { try engine.refusePolicy(refused, from: shadowFile.path, nil, in: step) }
            if policy?.policy.hash != engine.history.shadow {
                try engine.watch(policy, from: policy == nil ? "" : shadowFile.path, nil, in: step)
            }
        }
    }

    /// The policy file's; or, if that cannot be read, the last good one, and why (nothing else may change what is enforced).
    private func startingPolicy(_ ledger: any Ledger, _ last: String?) throws -> (ActivePolicy, refused: String?) {
        do { return (try policyFile.read(missingZone: .isUnknown), nil) } catch {
            guard let last, let text = try ledger.policy(hash: last) else { throw error }
            logger.error("\(error); the last good policy \(last.prefix(12)) stays in force")
            return (try policyFile.parse(text, source: "archive", missingZone: .isUnknown), "\(error)")
        }
    }
}
