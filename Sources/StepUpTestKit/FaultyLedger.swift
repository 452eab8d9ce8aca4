import StepUpCore
import StepUpLedger
import Synchronization

/// A ledger whose next transaction fails at a point, as a full disk's would, or as if the process ended there.
public final class FaultyLedger: Ledger {
    /// Where it fails.
    public enum Point: Hashable, Sendable, CustomStringConvertible {
        /// It cannot begin.
        case before
        /// Its write of this number (from 0) fails; nothing of it is persisted.
        case during(Int)
        /// Nothing is persisted, and it says so.
        case notPersisted
        /// It is persisted, and it says that it failed: nobody knows.
        case persistedButErrored

        public var description: String {
            switch self {
            case .before: "before"
            case .during(let write): "during, at write \(write)"
            case .notPersisted: "at the commit, not persisted"
            case .persistedButErrored: "at the commit, persisted but errored"
            }
        }
    }

    /// The test's hand on it, from whatever thread.
    public final class Control: Sendable {
        private let state = Mutex((fault: Point?.none, hits: 0))

        public init() {}

        /// Where the next transaction fails that gets there; alone.
        public var fault: Point? {
            get { state.withLock { $0.fault } }
            set { state.withLock { $0.fault = newValue } }
        }

        /// How many transactions have failed.
        public var hits: Int { state.withLock { $0.hits } }

        fileprivate func hit() { state.withLock { $0 = (nil, $0.hits + 1) } }
    }

    private let inner: any Ledger
    private let control: Control

    public init(_ inner: any Ledger, _ control: Control) { (self.inner, self.control) = (inner, control) }

    public func transaction<Value>(_ body: (any LedgerTransaction) throws -> Value) throws -> Value {
        guard let point = control.fault else { return try inner.transaction(body) }
        if point == .before { throw failed() }
        var result: Value?
        try inner.transaction { transaction in
            let faulty = FaultyTransaction(transaction, failingAt: point)
            do { result = try body(faulty) } catch is FaultyTransaction.Failure { throw failed() }
            if point == .notPersisted { throw failed() }
        }
        if point == .persistedButErrored { throw failed() }
        guard let result else { throw LedgerError(.write, "no result") }
        return result
    }

    private func failed() -> LedgerError {
        control.hit()
        return LedgerError(.write, "I/O error")
    }

    public func size() throws -> Int64 { try inner.size() }
    public func events(from first: Int64, _ body: (Int64, Event) throws -> Void) throws { try inner.events(from: first, body) }
    public func policy(hash: String) throws -> String? { try inner.policy(hash: hash) }
    public func close() throws { try inner.close() }
}

/// Counts the writes of a transaction and fails at one.
private final class FaultyTransaction: LedgerTransaction {
    struct Failure: Error {}

    private let inner: any LedgerTransaction
    private var left: Int?

    init(_ inner: any LedgerTransaction, failingAt point: FaultyLedger.Point) {
        self.inner = inner
        if case .during(let write) = point { left = write }
    }

    private func write() throws {
        guard let left else { return }
        if left == 0 { throw Failure() }
        self.left = left - 1
    }

    func append(_ event: Event) throws -> Int64 {
        try write()
        return try inner.append(event)
    }
    func archive(policy text: String, hash: String) throws {
        try write()
        try inner.archive(policy: text, hash: hash)
    }
    func rest(_ rows: [RestingRow]) throws {
        try write()
        try inner.rest(rows)
    }
    func forgetRest() throws {
        try write()
        try inner.forgetRest()
    }
    func insert(_ token: StoredToken) throws {
        try write()
        try inner.insert(token)
    }
    func updateState(of token: StoredToken, to state: TokenState) throws {
        try write()
        try inner.updateState(of: token, to: state)
    }
    func reseal(_ token: TokenID, keyID: String, sealed: [UInt8]) throws {
        try write()
        try inner.reseal(token, keyID: keyID, sealed: sealed)
    }
    func removeToken(_ id: TokenID) throws {
        try write()
        try inner.removeToken(id)
    }
    func insert(_ challenge: StoredChallenge) throws {
        try write()
        try inner.insert(challenge)
    }
    func removeChallenge(of attempt: AttemptID) throws {
        try write()
        try inner.removeChallenge(of: attempt)
    }

    func policy(hash: String) throws -> String? { try inner.policy(hash: hash) }
    func attempt(ofRequest request: String, limit: Int64) throws -> (id: AttemptID, account: String?)? {
        try inner.attempt(ofRequest: request, limit: limit)
    }
    func account(ofAttempt attempt: AttemptID) throws -> String? { try inner.account(ofAttempt: attempt) }
    func resting(_ kinds: [RestingRow.Kind]) throws -> [RestingRow] { try inner.resting(kinds) }
    func resting(_ kind: RestingRow.Kind, _ key: String) throws -> RestingRow? { try inner.resting(kind, key) }
    func restingKeys(_ kind: RestingRow.Kind) throws -> [String] { try inner.restingKeys(kind) }
    func tokens(of account: String) throws -> [StoredToken] { try inner.tokens(of: account) }
    func token(_ id: TokenID) throws -> StoredToken? { try inner.token(id) }
    func tokensOfEachKey() throws -> [StoredToken] { try inner.tokensOfEachKey() }
    func tokens(sealedUnder keyID: String, limit: Int) throws -> [StoredToken] {
        try inner.tokens(sealedUnder: keyID, limit: limit)
    }
    func challenge(of attempt: AttemptID) throws -> StoredChallenge? { try inner.challenge(of: attempt) }
    func insert(_ reply: StoredReply) throws -> Int64 {
        try write()
        return try inner.insert(reply)
    }
    func reply(_ id: Int64) throws -> StoredReply? { try inner.reply(id) }
    func replies() throws -> [StoredReply.Place] { try inner.replies() }
    func forgetReplies(through id: Int64) throws {
        try write()
        try inner.forgetReplies(through: id)
    }
    func challenges(expiredAt now: Timestamp, bootID: String, bootTime: Int64, limit: Int) throws -> [StoredChallenge] {
        try inner.challenges(expiredAt: now, bootID: bootID, bootTime: bootTime, limit: limit)
    }
}
