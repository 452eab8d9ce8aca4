import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import StepUpConfig
import StepUpCore
import StepUpLedger
import StepUpSources
import StepUpWire

/// stepupd, from its command line to its end.
public enum Daemon {
    static let usage = """
        usage: stepupd [--config FILE]          run (in the foreground)
               stepupd [--config FILE] --check  read configuration, keys and policy, say what is wrong, and end
               stepupd [--config FILE] --init   make a new ledger and end (stepupctl init calls this)
               stepupd --version

        SIGHUP reads the policy again, SIGTERM answers what has come in and ends. FILE: \(DaemonConfig.defaultPath)
        exit codes: 0 done, 64 wrong usage, 70 it failed while running, 78 configuration, keys, policy or ledger are not usable

        """

    /// Runs and returns the exit code.
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - environment: of this process.
    public static func main(arguments: [String], environment: [String: String]) async -> Int32 {
        var config = DaemonConfig.defaultPath
        var action = "run"
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--config":
                guard let path = rest.popFirst() else { return fail(64, "--config needs a file\n\(usage)") }
                config = path
            case "--check", "--init", "--version", "--help": action = argument
            default: return fail(64, "unknown argument '\(EvidenceText.printable(argument))'\n\(usage)")
            }
        }
        switch action {
        case "--version": print("stepupd \(StepUpVersion.current)")
        case "--help": print(usage, terminator: "")
        default: return await start(action, config, environment)
        }
        return 0
    }

    private static func start(_ action: String, _ config: String, _ environment: [String: String]) async -> Int32 {
        let logger = Logger(label: "stepupd") { _ in StreamLogHandler.standardError(label: "stepupd") }
        let service: DaemonService
        do {
            // What we make is nobody else's to read.
            umask(0o077)
            let setup = try DaemonSetup(configPath: config, environment: environment, logger: logger)
            switch action {
            case "--check":
                _ = try (setup.keyring(), setup.policyFile.read(missingZone: .isError))
                print("configuration, keys and policy are good")
                return 0
            case "--init":
                try setup.initialise()
                return 0
            default: service = try make(setup)
            }
        } catch {
            return fail(78, "\(error)")
        }
        do {
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
            try await group.run()
            return 0
        } catch {
            return fail(70, "\(error)")
        }
    }

    /// The lifecycle's own chatter is of no use to an admin.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = .error
        return logger
    }

    private static func fail(_ code: Int32, _ reason: String) -> Int32 {
        Array("stepupd: \(reason)\n".utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
        return code
    }

    private static func make(_ setup: DaemonSetup) throws -> DaemonService {
        let lock = try LedgerLock(ledger: setup.config.paths.ledger)
        var reserve = DiskReserve(ledger: setup.config.paths.ledger, size: setup.config.reserve)
        reserve.adopt()
        let ledger = try SQLiteLedger(path: setup.config.paths.ledger)
        let lookups = setup.lookups()
        var engine = try setup.start(ledger, lookups)
        if let reason = reserve.hold() { setup.logger.error("\(reason); failed first factors are only counted until it has") }
        engine.isSparing = reserve.isShort

        let writer = NIOThreadPool(numberOfThreads: 1)
        let logins = NIOThreadPool(numberOfThreads: 4)
        let reports = NIOThreadPool(numberOfThreads: 1)
        let admin = NIOThreadPool(numberOfThreads: 2)
        let files = NIOThreadPool(numberOfThreads: 1)
        for pool in [writer, logins, reports, admin, files] { pool.start() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = Connections()
        let sequencer = Sequencer(
            engine: engine, ledger: ledger, reserve: reserve, lock: lock, clock: setup.clock, loop: group.next(),
            thread: writer, connections: connections, logger: setup.logger)
        let accounts = NSSAccounts()
        let names = NameResolver(accounts, logins: logins, reports: reports)
        if let reason = SpoolFolder.prepare(setup.config.paths.spool, radius: setup.owners.radius) {
            setup.logger.error("\(reason); while stepupd is away, nothing but a denial can be recorded")
        }
        return DaemonService(
            setup: setup, sequencer: sequencer, lookups: lookups, names: names,
            module: ModuleService(
                sequencer: sequencer, names: names, clock: setup.clock, timers: group.next(),
                nameDeadline: .milliseconds(setup.config.nameDeadline.milliseconds), radiusUID: setup.owners.radius?.uid,
                radius: setup.config.radius),
            control: AdminService(
                sequencer: sequencer, accounts: accounts, threads: admin, policyFile: setup.policyFile,
                shadowFile: setup.shadowFile,
                group: setup.config.adminGroup, clock: setup.clock, logger: setup.logger),
            group: group, connections: connections, accounts: accounts, files: files)
    }
}
