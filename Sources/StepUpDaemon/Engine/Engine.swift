import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpWire

/// Turns requests into events and replies. It holds the history and reads and writes the ledger through the transaction that it
/// is given; one sequencer calls it, one request after the other (S19). No I/O of its own, no clock.
///
/// Every path first appends the events that explain its reply; the sequencer releases the reply when they are durable.
public struct Engine: Sendable {
    public internal(set) var history: History
    /// Size of the history that rests beside the log.
    var restedSize: Int64 = 0
    public internal(set) var settings: EngineSettings
    public internal(set) var active: ActivePolicy {
        didSet { plan = FactsPlan(active, shadow) }
    }
    /// A policy that runs beside the one in force and asks nobody.
    var shadow: ActivePolicy? {
        didSet { plan = FactsPlan(active, shadow) }
    }
    private(set) var plan: FactsPlan
    /// The lists, calendars and databases of this host, as they were read last.
    var lookups: (any Lookups)?
    let keys: Keyring
    let entropy: any Entropy
    var failures = FailureAggregator()
    var splits = SplitGuard()
    var refusals = RefusalBudget()
    var retries = RetryIndex()
    var requests = RecentRequests()
    /// When this run began; what was spooled before may be about an attempt that only the log knows.
    var started: ClockReading?
    /// The disk is full: what is not needed to explain a verdict is only counted (S24).
    var isSparing = false
    /// Why some tokens cannot be opened, as found at the start.
    var unusableKeys: [String] = []
    /// What a batch that fails goes back to.
    private var before: (active: ActivePolicy, shadow: ActivePolicy?, failures: FailureAggregator, restedSize: Int64)?

    public init(
        history: History, settings: EngineSettings, active: ActivePolicy, keys: Keyring, entropy: any Entropy
    ) {
        (self.history, self.settings, self.active, plan) = (history, settings, active, FactsPlan(active, nil))
        (self.keys, self.entropy) = (keys, entropy)
    }

    // MARK: Batches

    mutating func beginBatch() {
        history.begin()
        before = (active, shadow, failures, restedSize)
        retries.beginBatch()
        requests.beginBatch()
    }
    mutating func commitBatch() {
        history.commit()
        history.forgetResting(beyond: Self.awakeLimit)
        before = nil
    }
    mutating func rollbackBatch() {
        history.rollback()
        if let before { (active, shadow, failures, restedSize) = before }
        retries.rollbackBatch()
        requests.rollbackBatch()
        before = nil
    }

    /// After a write of which it is not known whether it was persisted: what the log has is the truth.
    /// - Parameter isRestTrusted: false to fold all of it.
    mutating func recover(from ledger: any Ledger, isRestTrusted: Bool) throws {
        history = try isRestTrusted ? Engine.restore(ledger) : Engine.refold(ledger)
        restedSize = 0
        try recallReplies(from: ledger)
    }

    /// Where the replies lie that retries may still ask for.
    mutating func recallReplies(from ledger: any Ledger) throws {
        retries = RetryIndex(try ledger.transaction { try $0.replies() })
    }

    /// The fold of a whole log.
    public static func fold(_ ledger: any Ledger) throws -> History {
        var history = History()
        try ledger.events(from: 0) { _, event in history.apply(event) }
        return history
    }

    // MARK: Events

    /// Appends an event and folds it. The index must be the history's size: the log and the fold never part.
    mutating func record(
        _ body: Event.Body, attempt: AttemptID? = nil, account: String? = nil, in step: Step
    ) throws {
        let event = Event(
            time: step.now, host: settings.host, attempt: attempt, account: account, salt: try entropy.bytes(16), body: body)
        let index = try step.transaction.append(event)
        guard index == history.size else {
            throw LedgerError(.conflict, "the log has \(index) events, the history \(history.size): another writer?")
        }
        for account in history.sleepers(of: event) { try wake(account, in: step) }
        history.apply(event)
    }

    // MARK: Requests

    /// Handles one request of a module.
    /// - Parameter name: what the name service says of the request's user.
    mutating func handle(
        _ request: ModuleRequest, from peer: ModulePeer, name: NameResolver.Answer, in step: Step
    ) throws -> ModuleReply {
        guard peer.channel == request.facts.channel else {
            try record(
                .callerRefused(uid: peer.uid, reason: "uid may not speak channel \(request.facts.channel.rawValue)"), in: step)
            return ModuleReply(.deny, code: "refused", message: "this process may not ask")
        }
        let subject = try subject(request.facts, name)
        try wake(subject.account?.name, in: step)
        switch request {
        case .begin(let begin):
            guard let radius = begin.facts.radius else { return try handle(begin, subject, name, from: peer, in: step) }
            return try self.begin(begin, subject, name, radius, from: peer, in: step)
        case .answer(let answer): return try handle(answer, from: peer, in: step)
        case .split(let split): return try self.split(split, subject, in: step)
        case .report(let report): return try handle(report, subject, from: peer, in: step)
        }
    }

    func subject(_ facts: RequestFacts, _ name: NameResolver.Answer) throws -> Subject {
        guard let account = name.account else {
            return .unresolved(hash: try keys.nameHash(facts.user), length: facts.user.count)
        }
        let asked = plan.groups
        return .account(
            Account(name: account.name, uid: account.uid, groups: account.groups.filter { asked.contains($0) }))
    }

    func newAttemptID(_ step: Step) throws -> AttemptID {
        AttemptID(time: step.now, random: try entropy.bytes(10))
    }

    /// What an answer must come with (S02, S15): everything that says it is the same conversation.
    func binding(_ facts: RequestFacts, _ peer: ModulePeer) throws -> String {
        // A NAS asks the second server, or the same one after a restart: the process is no part of a RADIUS conversation.
        let place = facts.radius?.binding ?? "\(peer.pid)"
        return "\(facts.channel.rawValue) \(place) \(try keys.nameHash(facts.service + [0] + facts.user))"
    }

    /// Where a request comes from.
    func source(of facts: RequestFacts, _ firstFactor: BeginRequest.FirstFactorSource?) -> Observed<IPAddress> {
        active.policy.unshared(AttemptFacts.source(facts, firstFactor))
    }

    func prompts(_ facts: RequestFacts) -> (first: String, retry: String) {
        facts.channel == .radius
            ? (settings.radius.prompt, settings.radius.retryPrompt) : (settings.prompt, settings.retryPrompt)
    }
}
