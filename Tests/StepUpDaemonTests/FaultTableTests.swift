import Logging
import NIOPosix
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpTestKit

import Testing

@testable import StepUpDaemon
@testable import StepUpWire

/// What the ledger is in the middle of.
enum Operation: CaseIterable { case begin, answer, report, admin }

/// A sequencer on a ledger in a file, which can fail and can be left as a killed process leaves it.
private final class FaultRig {
    private let folder: TemporaryFolder
    private let lab: Lab
    let control = FaultyLedger.Control()
    private let sequencer: Sequencer
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let thread = NIOThreadPool(numberOfThreads: 1)
    let token: TokenID
    private static let policy = "version = 1\n[[rule]]\nname = 'rule'\nsignal = 'always'\nrequire = 'otp'\n"

    /// A host with alice, her token confirmed, asked always.
    convenience init() throws {
        let folder = try TemporaryFolder()
        let file = try SQLiteLedger(path: "\(folder.path)/l.db", create: true)
        let lab = try Lab(ledger: file)
        let policy = try PolicyLoader.load(Self.policy, file: "p", hash: try sha256(Array(Self.policy.utf8)).description)
        try lab.step { engine, step in
            try engine.record(.ledgerInitialised(origin: "fleet/trading1", keyID: "k1"), in: step)
            try engine.activate(ActivePolicy(policy: policy, text: Self.policy, zones: [:]), from: "p", nil, in: step)
        }
        try self.init(folder, lab, token: try lab.enrol())
    }

    /// - Parameter isCrowded: the batches run on the writer's thread.
    private init(_ folder: TemporaryFolder, _ lab: Lab, token: TokenID, isCrowded: Bool = false) throws {
        let crowd = Connections()
        if isCrowded { for _ in 0...Sequencer.crowd { _ = crowd.enter(0) } }
        (self.folder, self.lab, self.token) = (folder, lab, token)
        thread.start()
        // A connection of its own: the lab's is only for setting up.
        let ledger = FaultyLedger(try SQLiteLedger(path: "\(folder.path)/l.db"), control)
        sequencer = Sequencer(
            engine: lab.engine, ledger: ledger, reserve: DiskReserve(ledger: "", size: 0), clock: lab.clock, loop: group.next(),
            thread: thread, connections: crowd,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The process was killed: another one opens the same file.
    func reborn() throws -> FaultRig {
        let file = try SQLiteLedger(path: "\(folder.path)/l.db")
        let next = try Lab(ledger: file)
        next.engine.history = try Engine.restore(file)
        next.engine.active = lab.engine.active
        next.clock.continue(lab.clock)
        return try FaultRig(folder, next, token: token, isCrowded: true)
    }

    // MARK: What modules and admins ask

    private func handle(_ request: ModuleRequest) async throws -> ModuleReply {
        try await sequencer.perform { engine, step in
            try engine.handle(
                request, from: Lab.root, name: .account(.init(name: "alice", uid: 1001, groups: [])), in: step)
        }
    }

    func begin() async throws -> ModuleReply {
        try await handle(
            .begin(
                BeginRequest(
                    facts: try lab.facts("alice"), phase: .auth, accountMode: .enforce, firstFactor: .ssh,
                    sshMethods: ["publickey"], command: nil)))
    }

    func answer(_ reply: ModuleReply, _ code: String) async throws -> ModuleReply {
        try await handle(
            .answer(AnswerRequest(facts: try lab.facts("alice"), state: reply.prompt?.state ?? [], answer: Secret(utf8: code))))
    }

    func report(_ attempt: AttemptID?) async throws -> ModuleReply {
        try await handle(
            .report(ReportRequest(facts: try lab.facts("alice"), kind: .sessionOpened, attempt: attempt, state: nil)))
    }

    func disable() async throws -> JSON {
        let token = token
        return try await sequencer.perform { engine, step in
            var command = AdminCommand(request: .changeToken(token, .disable), actor: Sample.actor)
            command.account = .account("alice")
            return try engine.handle(command, in: step)
        }
    }

    func code(steps: Int64 = 0) throws -> String { try lab.code(steps: steps) }

    // MARK: What must hold

    /// Log, fold, tokens, root and decisions agree; no code was accepted twice; what was allowed stands in the log.
    func check(allowed: [AttemptID]) async throws {
        let history = try await sequencer.perform { engine, step in
            for account in engine.history.accountNames { try engine.wake(account, in: step) }
            return engine.history
        }
        let ledger = try SQLiteLedger(path: "\(folder.path)/l.db")
        #expect(try Engine.fold(ledger) == history, "the history is the fold of the log")
        let reader = try LedgerReader(path: "\(folder.path)/l.db")
        #expect(try reader.verify().differences == [])
        var replay = Replay()
        var accepted: [Int64] = []
        var ends: Set<AttemptID> = []
        try ledger.events(from: 0) { index, event in
            let difference = replay.take(event, index: index) { _ in lab.engine.active.policy }
            #expect(difference == nil)
            if case .factorChecked(let check) = event.body, check.result == .accepted { accepted.append(check.counter ?? -1) }
            if case .concluded(let end) = event.body, end.outcome == .allowed, let id = event.attempt { ends.insert(id) }
        }
        #expect(Set(accepted).count == accepted.count, "no code is accepted twice")
        #expect(ends.isSuperset(of: allowed), "no record, no login")
    }

    func end() async throws {
        try await thread.shutdownGracefully()
        try await group.shutdownGracefully()
    }
}

@Suite("The fault table")
struct FaultTableTests {
    static let points: [FaultyLedger.Point] =
        [.before, .notPersisted, .persistedButErrored] + (0..<5).map { .during($0) }

    @Test(
        "S19 whatever fails whenever, and whether the process survives it: nobody is answered, nothing is lost, nothing is twice",
        arguments: Operation.allCases, points)
    func row(_ operation: Operation, _ point: FaultyLedger.Point) async throws {
        for dies in [false, true] { try await row(operation, point, dies) }
    }

    private func row(_ operation: Operation, _ point: FaultyLedger.Point, _ dies: Bool) async throws {
        var rig = try FaultRig()
        var allowed: [AttemptID] = []
        // What the operation needs to have happened before.
        let prompt = try await rig.begin()
        #expect(prompt.verdict == .challenge)
        var done: ModuleReply?
        if operation == .report {
            done = try await rig.answer(prompt, rig.code(steps: -1))
            allowed += [done?.attempt].compactMap { $0 }
        }
        rig.control.fault = point
        let reply = try? await perform(operation, rig, prompt, done)
        // An operation may have fewer writes than the row has columns: then nothing was hit, and it went through.
        #expect((reply == nil) == (rig.control.hits > 0), "a failed write is fatal to the answer")
        rig.control.fault = nil
        if dies { rig = try rig.reborn() }
        if operation == .answer, reply == true { allowed += [prompt.attempt].compactMap { $0 } }
        try await rig.check(allowed: allowed)
        // And it goes on: the same code is good exactly if it was not used.
        if operation == .admin {
            _ = try? await rig.disable()
            let refused = try await rig.answer(prompt, rig.code())
            #expect(refused.verdict != .allow, "the token is disabled, by the first try or by the second")
        } else {
            let again = try await rig.answer(try await rig.begin(), rig.code())
            let wasUsed = operation == .answer && (point == .persistedButErrored || reply == true)
            #expect((again.verdict == .allow) == !wasUsed)
            if again.verdict == .allow { allowed += [again.attempt].compactMap { $0 } }
        }
        try await rig.check(allowed: allowed)
        try await rig.end()
    }

    /// Whether a login was allowed by it.
    private func perform(
        _ operation: Operation, _ rig: FaultRig, _ prompt: ModuleReply, _ done: ModuleReply?
    ) async throws -> Bool {
        switch operation {
        case .begin: _ = try await rig.begin()
        case .answer: return try await rig.answer(prompt, rig.code()).verdict == .allow
        case .report: _ = try await rig.report(done?.attempt)
        case .admin: _ = try await rig.disable()
        }
        return false
    }
}
