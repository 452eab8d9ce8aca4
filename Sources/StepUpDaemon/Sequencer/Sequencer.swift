import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import StepUpCore
import StepUpLedger

/// Where everything that writes happens, one after the other (S18, S19).
///
/// What has arrived while a transaction was being flushed goes together into the next one (group commit). No completion is
/// called before the events of its job are durable; when a transaction fails, none of its jobs is answered.
///
/// While few are connected, the event loop that read a job does it, so that a lone login waits for no other thread to wake. In a
/// crowd the writer's thread does, and the loop reads on (Docs/adr/0009-where-a-batch-runs.md). One batch is under way at any time.
public final class Sequencer: Sendable {
    /// A step to be taken in a transaction.
    public struct Job: Sendable {
        /// Reads and writes; returns what is to be done once it is durable.
        var run: @Sendable (inout Engine, Step) throws -> @Sendable () -> Void
        /// Called instead when nothing of it is durable.
        var failed: @Sendable (any Error) -> Void
    }

    /// Touched under its lock alone. That is NIO's and not Synchronization's, which ThreadSanitizer does not see (`make e2e-tsan`).
    private struct State: @unchecked Sendable {
        var engine: Engine
        let ledger: any Ledger
        var reserve: DiskReserve
        var stepDetector = ClockStepDetector()
        /// The log could not be read after a failed write; nothing is answered until it can be.
        var needsRecovery = false
        /// What rests beside the log was found to be unreadable.
        var isRestTrusted = true
        /// Sweeps since what rests was last brought up to date.
        var sweepsSinceRest = 0
        /// Tokens may rest under an older key; a new key comes with a new start.
        var hasStaleTokens = true
    }

    private struct Queue {
        var jobs: [Job] = []
        var isScheduled = false
        var isClosed = false
    }

    /// Jobs that may wait; what comes beyond is failed at once, so that memory stays bounded.
    static let queueLimit = 16_384
    /// Jobs a transaction may hold.
    static let batchLimit = 256
    /// More connections than these are a crowd.
    static let crowd = 4

    private let state: NIOLockedValueBox<State>
    private let queue = NIOLockedValueBox(Queue())
    private let loop: any EventLoop
    private let thread: NIOThreadPool
    /// Connections of the module socket.
    private let connections: Connections
    /// Held as long as we may write (S18).
    private let lock: LedgerLock?
    private let clock: any WallClock
    private let logger: Logger

    /// - Parameters:
    ///   - loop: the one that the sockets are read on; completions are called there.
    ///   - thread: of one thread; it writes while there is a crowd.
    ///   - connections: how many there are just now.
    init(
        engine: Engine, ledger: sending any Ledger, reserve: DiskReserve, lock: LedgerLock? = nil, clock: any WallClock,
        loop: any EventLoop, thread: NIOThreadPool, connections: Connections, logger: Logger
    ) {
        state = NIOLockedValueBox(State(engine: engine, ledger: ledger, reserve: reserve))
        (self.lock, self.clock, self.logger) = (lock, clock, logger)
        (self.loop, self.thread, self.connections) = (loop, thread, connections)
    }

    /// Queues a job. `completion` of the job or its `failed` is called exactly once, on the loop.
    public func submit(_ job: Job) {
        let (refused, schedule) = queue.withLockedValue { queue -> (Bool, Bool) in
            guard !queue.isClosed, queue.jobs.count < Self.queueLimit else { return (true, false) }
            queue.jobs.append(job)
            defer { queue.isScheduled = true }
            return (false, !queue.isScheduled)
        }
        if refused { return job.failed(SequencerError.refused) }
        if schedule { loop.execute { [self] in drainOnLoop() } }
    }

    /// Runs a job and waits for it.
    func perform<Value: Sendable>(_ body: @escaping @Sendable (inout Engine, Step) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Job(
                    run: { engine, step in
                        let value = try body(&engine, step)
                        return { continuation.resume(returning: value) }
                    },
                    failed: { continuation.resume(throwing: $0) }))
        }
    }

    /// Sweeps, of about a second each, after which a quiet host puts its history to rest.
    static let restSweeps = 10

    /// Ends what is overdue, if anything is; reseals tokens that rest under an older key; puts the history to rest.
    func sweep(at clock: any WallClock) async throws {
        renewReserve()
        let (isNeeded, mayRest) = state.withLockedValue { state -> (Bool, Bool) in
            state.sweepsSinceRest += 1
            let mayRest = state.engine.hasUnrested && state.sweepsSinceRest >= Self.restSweeps
            if mayRest { state.sweepsSinceRest = 0 }
            return (state.engine.needsSweep(at: clock.read()) || state.hasStaleTokens || mayRest, mayRest)
        }
        guard isNeeded else { return }
        let resealed = try await perform { engine, step in
            try engine.sweep(in: step)
            if mayRest { try engine.rest(after: 1, in: step) }
            return try engine.resealTokens(in: step)
        }
        if resealed == 0 { state.withLockedValue { $0.hasStaleTokens = false } }
    }

    /// Makes the reserve anew as soon as the disk has room for it (S24).
    func renewReserve() {
        state.withLockedValue { state in
            guard state.reserve.isShort, state.reserve.hold() == nil else { return }
            state.engine.isSparing = false
            logger.notice("the disk has room again; \(state.reserve.path) is held in reserve")
        }
    }

    /// Takes no further jobs, finishes those that are queued, and closes the ledger.
    func close(finally last: @escaping @Sendable (inout Engine, Step) throws -> Void) async {
        do { try await perform { engine, step in try last(&engine, step) } } catch {
            logger.error("the last event could not be written: \(error)")
        }
        queue.withLockedValue { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            thread.submit { [self] _ in
                state.withLockedValue { state in
                    do { try state.ledger.close() } catch { logger.error("\(error)") }
                }
                continuation.resume()
            }
        }
    }

    private func drainOnLoop() {
        guard let batch = nextBatch() else { return }
        if connections.count > Self.crowd { return thread.submit { [self] _ in drainOnThread(batch) } }
        state.withLockedValue { state in run(batch, &state) }.forEach { $0() }
        // What came meanwhile has its turn when the loop has looked at the sockets again.
        loop.execute { [self] in drainOnLoop() }
    }

    private func drainOnThread(_ first: [Job]) {
        var next: [Job]? = first
        while let batch = next {
            let completions = state.withLockedValue { state in run(batch, &state) }
            loop.execute { completions.forEach { $0() } }
            next = nextBatch()
        }
    }

    /// What has come in; nil if nothing has, and whoever submits next schedules anew.
    private func nextBatch() -> [Job]? {
        queue.withLockedValue { queue in
            queue.isScheduled = !queue.jobs.isEmpty
            guard queue.isScheduled else { return nil }
            let batch = Array(queue.jobs.prefix(Self.batchLimit))
            queue.jobs.removeFirst(batch.count)
            return batch
        }
    }

    /// What is to be called for the jobs of a batch, once the state is free again.
    private func run(_ batch: [Job], _ state: inout State) -> [@Sendable () -> Void] {
        func failed(_ error: any Error) -> [@Sendable () -> Void] { batch.map { job in { job.failed(error) } } }
        if state.needsRecovery {
            do {
                try state.engine.recover(from: state.ledger, isRestTrusted: state.isRestTrusted)
                (state.needsRecovery, state.isRestTrusted) = (false, true)
                logger.notice("the ledger can be read again; the history was folded anew")
            } catch let error as LedgerError where error.code == .full && releaseReserve(&state) {
                // A history at rest that cannot be used has to go, and that takes room as well.
                return run(batch, &state)
            } catch {
                return failed(error)
            }
        }
        do {
            return try commit(batch, &state)
        } catch let error as LedgerError where error.code == .full && giveUpReserve(&state) {
            return run(batch, &state)
        } catch let error as LedgerError where error.code == .rest {
            logger.error("\(error)")
            (state.needsRecovery, state.isRestTrusted) = (true, false)
            return run(batch, &state)
        } catch let error as LedgerError where error.code == .write || error.code == .full {
            logger.error("\(error); nothing of this batch is answered")
            state.needsRecovery = true
            return failed(error)
        } catch {
            guard batch.count > 1 else {
                logger.error("a request could not be handled: \(error)")
                return failed(error)
            }
            // One of them cannot be done; the others are not to suffer for it.
            return batch.flatMap { run([$0], &state) }
        }
    }

    /// Whether the batch, of which nothing was written, may be tried again with a portion of the reserve (S24).
    private func giveUpReserve(_ state: inout State) -> Bool {
        (try? state.ledger.size()) == state.engine.history.size && releaseReserve(&state)
    }

    private func releaseReserve(_ state: inout State) -> Bool {
        guard state.reserve.release() else { return false }
        if !state.engine.isSparing {
            logger.error(
                """
                the disk is full: from here on \(state.reserve.path) is given up bit by bit, and is all the room that is left. Make \
                room, or logins will fail because they cannot be recorded; until then failed first factors are only counted
                """)
        }
        state.engine.isSparing = true
        return true
    }

    private func commit(_ batch: [Job], _ state: inout State) throws -> [@Sendable () -> Void] {
        let reading = clock.read()
        var detector = state.stepDetector
        let stepped = detector.step(reading)
        state.engine.beginBatch()
        do {
            let completions = try state.ledger.transaction { transaction in
                let step = Step(transaction: transaction, clock: reading)
                try state.engine.rest(in: step)
                if let stepped { try state.engine.clockStepped(by: stepped, in: step) }
                return try batch.map { try $0.run(&state.engine, step) }
            }
            state.engine.commitBatch()
            state.stepDetector = detector
            return completions
        } catch {
            state.engine.rollbackBatch()
            throw error
        }
    }
}

public enum SequencerError: Error, CustomStringConvertible {
    case refused

    public var description: String { "the daemon is stopping, or more is waiting than it can hold" }
}
