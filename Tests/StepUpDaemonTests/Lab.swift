import NIOConcurrencyHelpers
import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger
import StepUpSources
import StepUpTestKit

@testable import StepUpDaemon
@testable import StepUpWire

/// A clock that stands until it is moved.
final class ManualClock: WallClock {
    private let reading = NIOLockedValueBox(ClockReading(now: Sample.start, bootID: "boot 1", bootTime: 1_000_000))

    func read() -> ClockReading { reading.withLockedValue { $0 } }

    /// Time passes.
    func advance(_ span: Span) {
        reading.withLockedValue { reading in
            reading.now = reading.now + span
            reading.bootTime += span.milliseconds
        }
    }

    /// Somebody sets the wall clock.
    func set(by span: Span) { reading.withLockedValue { $0.now = $0.now + span } }

    /// Stands where another one stands.
    func `continue`(_ other: ManualClock) {
        let now = other.read()
        reading.withLockedValue { $0 = now }
    }

    func reboot() { reading.withLockedValue { ($0.bootID, $0.bootTime) = ("boot 2", 1000) } }
}

/// The engine on a ledger in memory, asked as the sequencer asks it.
final class Lab {
    let clock = ManualClock()
    let ledger: any Ledger
    let entropy = CountingEntropy()
    var engine: Engine
    static let root = ModulePeer(pid: 42, uid: 0, channel: .pam)

    init(
        _ rules: [Rule] = [Sample.rule(.always)], floors: [Floor] = [], grace: Span = .seconds(0), ledger: (any Ledger)? = nil,
        key: UInt8 = 1
    ) throws {
        self.ledger = try ledger ?? SQLiteLedger(path: nil)
        let keys = try Keyring([KeyFile.Key(id: "k1", secret: Secret([UInt8](repeating: key, count: 32)))], host: "trading1")
        engine = Engine(
            history: try Engine.fold(self.ledger), settings: EngineSettings(host: "trading1"),
            active: ActivePolicy(policy: Sample.policy(rules, floors: floors, grace: grace), text: "", zones: [:]), keys: keys,
            entropy: entropy)
    }

    /// One transaction.
    @discardableResult
    func step<Value>(_ body: (inout Engine, Step) throws -> Value) throws -> Value {
        engine.beginBatch()
        do {
            let value = try ledger.transaction { try body(&engine, Step(transaction: $0, clock: clock.read())) }
            engine.commitBatch()
            return value
        } catch {
            engine.rollbackBatch()
            throw error
        }
    }

    static let accounts = ["alice", "bob", "carol"]

    private static func name(_ user: String) -> NameResolver.Answer {
        accounts.contains(user) ? .account(ResolvedAccount(name: user, uid: 1001, groups: [])) : .nobody
    }

    func facts(_ user: String, source: String = "192.0.2.10", service: String = "sshd") throws -> RequestFacts {
        var frame = Frame(
            .report,
            [
                .channel: "pam", .request: Hex.encode(try entropy.bytes(16)), .service: service, .user: user,
                .event: "session_opened", .sshConnection: "\(source) 50000 192.0.2.1 22",
                .sshAuthInfo: "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ])
        guard let request = ModuleRequest(taking: &frame, RadiusSettings()) else { throw AdminError("no request") }
        return request.facts
    }

    func begin(_ user: String = "alice", source: String = "192.0.2.10", peer: ModulePeer = Lab.root) throws -> ModuleReply {
        let request = BeginRequest(
            facts: try facts(user, source: source), phase: .auth, accountMode: .enforce, firstFactor: .ssh,
            sshMethods: ["publickey"], command: nil)
        return try step { engine, step in try engine.handle(.begin(request), from: peer, name: Self.name(user), in: step) }
    }

    func answer(
        _ reply: ModuleReply, _ code: String, user: String = "alice", service: String = "sshd", peer: ModulePeer = Lab.root
    ) throws -> ModuleReply {
        let request = AnswerRequest(
            facts: try facts(user, service: service), state: reply.prompt?.state ?? [], answer: Secret(utf8: code))
        return try step { engine, step in try engine.handle(.answer(request), from: peer, name: Self.name(user), in: step) }
    }

    func report(
        _ kind: ReportRequest.Kind, _ user: String = "alice", attempt: AttemptID? = nil, source: String = "192.0.2.10",
        state: [UInt8]? = nil
    ) throws {
        let request = ReportRequest(facts: try facts(user, source: source), kind: kind, attempt: attempt, state: state)
        _ = try step { engine, step in try engine.handle(.report(request), from: Lab.root, name: Self.name(user), in: step) }
    }

    /// A token of this seed, confirmed with a code of a minute ago.
    @discardableResult
    func enrol(_ user: String = "alice", kind: TokenKind = .totp) throws -> TokenID {
        let secret = Secret(utf8: Base32.encode(Self.seed))
        let body = try admin(
            .enrol(
                EnrolRequest(
                    user: user, kind: kind, label: "phone", parameters: try OTPParameters().json, secret: secret, counter: 0)),
            user: user)
        guard let id = TokenID(try JSONReader(body).member("token").string()) else { throw AdminError("no id") }
        clock.advance(.seconds(-60))
        _ = try admin(.confirm(id, code: Secret(utf8: try code(kind: kind, counter: 0))))
        clock.advance(.seconds(60))
        return id
    }

    static let seed = Array("12345678901234567890".utf8)

    func code(kind: TokenKind = .totp, counter: Int64 = 0, steps: Int64 = 0) throws -> String {
        let parameters = try OTPParameters()
        let secret = Secret(Self.seed)
        return kind == .hotp
            ? try HOTP.code(secret, parameters: parameters, counter: counter)
            : try TOTP.code(secret, parameters: parameters, at: clock.read().now + .seconds(30 * steps))
    }

    @discardableResult
    func admin(_ request: AdminRequest, user: String? = nil) throws -> JSON {
        var command = AdminCommand(request: request, actor: Sample.actor)
        command.account = user.map { .account($0) }
        return try step { engine, step in try engine.handle(command, in: step) }
    }

    func sweep() throws { try step { engine, step in try engine.sweep(in: step) } }

    func events(_ codes: EventCode...) throws -> [Event] {
        var out: [Event] = []
        try ledger.events(from: 0) { _, event in if codes.isEmpty || codes.contains(event.code) { out.append(event) } }
        return out
    }

    func checks() throws -> [FactorChecked.Result] {
        try events(.factorChecked).compactMap { event in
            if case .factorChecked(let check) = event.body { check.result } else { nil }
        }
    }

    func outcomes() throws -> [Concluded.Outcome] {
        try events(.attemptConcluded).compactMap { event in
            if case .concluded(let end) = event.body { end.outcome } else { nil }
        }
    }

    /// The fold of the log is the history in memory.
    func isConsistent() throws -> Bool { try Engine.fold(ledger) == engine.history }
}
