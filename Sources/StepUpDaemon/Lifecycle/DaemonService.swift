import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import StepUpCore
import StepUpLedger
import StepUpSources
import StepUpWire
import UnixSignals

/// The running daemon: listens, sweeps once a second, reloads the policy on SIGHUP, and drains on SIGTERM.
struct DaemonService: Service {
    let setup: DaemonSetup
    let sequencer: Sequencer
    /// As they were read at the start.
    let lookups: FileLookups
    let names: NameResolver
    let module: ModuleService
    let control: AdminService
    let group: MultiThreadedEventLoopGroup
    /// Of the module socket.
    let connections: Connections
    let accounts: any AccountSource
    /// Where files are read that may be large.
    let files: NIOThreadPool

    private var logger: Logger { setup.logger }

    func run() async throws {
        // Before anybody is told that we are ready: an untrapped SIGHUP ends a process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let listeners = try await listen()
        setup.manager.notify("READY=1\nSTATUS=Ready\n")
        logger.notice("stepupd \(StepUpVersion.current) is ready: \(listeners.map(\.path).joined(separator: ", "))")
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await cancelWhenGracefulShutdown { await sweep() } }
            tasks.addTask { await cancelWhenGracefulShutdown { await reload(on: hangups) } }
            tasks.addTask { await cancelWhenGracefulShutdown { await watchLookups() } }
            await tasks.waitForAll()
        }
        setup.manager.notify("STOPPING=1\n")
        await drain(listeners)
        logger.notice("stepupd has stopped")
    }

    private func listen() async throws -> [Listener] {
        let inherited = try setup.manager.inheritedSockets(pid: getpid())
        let paths = setup.config.paths
        func origin(_ name: String, _ path: String, _ owner: gid_t?) -> Listener.Origin {
            inherited[name].map { .inherited($0, path) } ?? .path(path, mode: 0o660, group: owner)
        }
        return [
            try await Listener.start(
                origin("module", paths.socket, setup.owners.radius?.gid), service: module, connections: connections, group: group),
            try await Listener.start(
                origin("control", paths.controlSocket, setup.owners.adminGroup), service: control,
                connections: Connections(), group: group),
        ]
    }

    /// Ends what is overdue and takes in what the modules left, about once a second.
    private func sweep() async {
        var isReadable = true
        while !Task.isCancelled {
            do {
                try await sequencer.sweep(at: setup.clock)
                try await ingestSpool()
                if !isReadable { logger.notice("the ledger takes events again") }
                isReadable = true
            } catch {
                if isReadable { logger.error("the sweep could not be done: \(error)") }
                isReadable = false
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Lists, calendars and databases are read again when they change; a decision sees all of one moment.
    private func watchLookups() async {
        guard setup.config.lookups != LookupSources() else { return }
        var lookups = lookups
        while !Task.isCancelled {
            let before = lookups
            if let (next, notes) = try? await files.runIfActive({ before.refreshed() }) {
                lookups = next
                notes.forEach(setup.log)
                if !notes.isEmpty { try? await sequencer.perform { engine, _ in engine.lookups = next } }
            }
            try? await Task.sleep(for: .seconds(2))
        }
    }

    private func ingestSpool() async throws {
        for folder in spoolFolders {
            let contents = folder.read()
            for reason in contents.refused { logger.error("spool: \(EvidenceText.printable(reason))") }
            for record in contents.records {
                let user = record.frame[.user] ?? []
                let name = await resolve(module.radius.localName(user, of: folder.channel) ?? [])
                // Whose it is must not be lost: the file stays until the name service answers.
                if case .failed = name { return }
                try await sequencer.perform { engine, step in try engine.ingest(record.frame, name, in: step) }
                unlink(record.file)
            }
        }
    }

    private var spoolFolders: [SpoolFolder] {
        let root = SpoolFolder(path: "\(setup.config.paths.spool)/pam", channel: .pam, owner: 0)
        guard let uid = module.radiusUID else { return [root] }
        return [root, SpoolFolder(path: "\(setup.config.paths.spool)/radius", channel: .radius, owner: uid)]
    }

    private func resolve(_ user: [UInt8]) async -> NameResolver.Answer {
        await withCheckedContinuation { continuation in
            module.resolve(user, for: .login) { continuation.resume(returning: $0) }
        }
    }

    /// SIGHUP: the policy file is read again; if it is not good, the one in force stays.
    private func reload(on hangups: UnixSignalsSequence) async {
        for await _ in hangups {
            names.forget()
            let file = setup.policyFile
            do {
                let policy = try file.read(missingZone: .isError)
                try await sequencer.perform { engine, step in
                    try engine.activate(policy, from: file.path, nil, in: step)
                }
                logger.notice("policy \(policy.policy.hash.prefix(12)) is in force")
                if policy.policy.asksNobody { logger.warning("\(PolicyFile.nobodyIsAsked)") }
            } catch {
                logger.error("\(error); the policy in force stays")
                let reason = "\(error)"
                try? await sequencer.perform { engine, step in
                    try engine.refusePolicy(reason, from: file.path, nil, in: step)
                }
            }
            await reloadShadow()
        }
    }

    private func reloadShadow() async {
        let file = setup.shadowFile
        do {
            let policy = try file.readIfThere(missingZone: .isError)
            try await sequencer.perform { engine, step in
                guard policy?.policy.hash != engine.shadow?.policy.hash else { return }
                if let policy {
                    _ = try engine.loadShadow(policy, from: file.path, nil, in: step)
                } else {
                    try engine.watch(nil, from: "", nil, in: step)
                }
            }
        } catch {
            let reason = "\(error)"
            let stays = try? await sequencer.perform { engine, step in
                try engine.refusePolicy(reason, from: file.path, nil, in: step)
                return engine.shadow != nil
            }
            logger.error("\(reason); \(stays == true ? "the policy in shadow stays" : "no policy runs in shadow")")
        }
    }

    /// Stops accepting, answers what has come in, and closes the ledger.
    private func drain(_ listeners: [Listener]) async {
        for listener in listeners { await listener.close() }
        let deadline = ContinuousClock.now + .seconds(5)
        // A request that was in a socket's buffer when we stopped accepting is read within this time.
        try? await Task.sleep(for: .milliseconds(50))
        while listeners.contains(where: { $0.isBusy }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
        let bootID = setup.clock.read().bootID
        await sequencer.close { engine, step in
            try engine.flushFailures(in: step)
            try engine.record(
                .daemonStopped(DaemonRecord(version: StepUpVersion.current, bootID: bootID, note: "asked to stop")), in: step)
            try engine.rest(after: 1, in: step)
        }
    }
}
