import StepUpCore

/// The one log of a host with the state that changes along with it. One writer (S18): calls come from one thread at a time.
public protocol Ledger: AnyObject {
    /// Runs `body` in one transaction. When it returns, everything it wrote is durable; when it throws, nothing is written, or
    /// (code `write`) it is not known: then ask `size` and fold anew.
    func transaction<Value>(_ body: (any LedgerTransaction) throws -> Value) throws -> Value

    /// Number of leaves, as the database has it.
    func size() throws -> Int64

    /// Calls `body` for every event from leaf `first` on, in order. `body` may not use the ledger.
    func events(from first: Int64, _ body: (Int64, Event) throws -> Void) throws

    /// The text of an archived policy.
    func policy(hash: String) throws -> String?

    /// Closes the database; nothing may be called afterwards.
    func close() throws
}

/// What may be done within a transaction; reads see what it has written.
public protocol LedgerTransaction {
    /// Appends a leaf and returns its index. A larger event than `Event.sizeLimit` throws and writes nothing.
    @discardableResult func append(_ event: Event) throws -> Int64

    func archive(policy text: String, hash: String) throws
    func policy(hash: String) throws -> String?

    /// The attempt that a decision of the latest `limit` events was made for in this request of a module; nil if there is none.
    func attempt(ofRequest request: String, limit: Int64) throws -> (id: AttemptID, account: String?)?

    /// Whose attempt it is; nil for nobody's, and if there is no such attempt.
    func account(ofAttempt attempt: AttemptID) throws -> String?

    /// Puts parts of the history to rest beside the log, or takes them away.
    func rest(_ rows: [RestingRow]) throws
    /// The rows of these kinds that rest, by key.
    func resting(_ kinds: [RestingRow.Kind]) throws -> [RestingRow]
    /// One of them.
    func resting(_ kind: RestingRow.Kind, _ key: String) throws -> RestingRow?
    /// The keys of a kind.
    func restingKeys(_ kind: RestingRow.Kind) throws -> [String]
    /// Throws all away: the next start folds the whole log.
    func forgetRest() throws

    func tokens(of account: String) throws -> [StoredToken]
    func token(_ id: TokenID) throws -> StoredToken?
    func insert(_ token: StoredToken) throws
    /// Replaces the state if it still is what `token` was read with; throws `conflict` otherwise.
    func updateState(of token: StoredToken, to state: TokenState) throws
    /// Replaces the sealed secret, for key rotation.
    func reseal(_ token: TokenID, keyID: String, sealed: [UInt8]) throws
    func removeToken(_ id: TokenID) throws
    /// One token of each key that tokens are sealed under.
    func tokensOfEachKey() throws -> [StoredToken]
    /// Tokens that are sealed under a key, at most `limit`.
    func tokens(sealedUnder keyID: String, limit: Int) throws -> [StoredToken]

    func insert(_ challenge: StoredChallenge) throws
    /// The prompt that an attempt waits at; there is at most one.
    func challenge(of attempt: AttemptID) throws -> StoredChallenge?
    func removeChallenge(of attempt: AttemptID) throws
    /// Challenges that are due by the wall clock, by the boot's clock, or because they are of another boot (S16); at most `limit`.
    func challenges(expiredAt now: Timestamp, bootID: String, bootTime: Int64, limit: Int) throws -> [StoredChallenge]

    /// Keeps a reply behind all others.
    func insert(_ reply: StoredReply) throws -> Int64
    func reply(_ id: Int64) throws -> StoredReply?
    /// Where all of them lie, in order.
    func replies() throws -> [StoredReply.Place]
    /// Forgets all up to this one.
    func forgetReplies(through id: Int64) throws
}

/// A reply that retries of its request get again (S15).
public struct StoredReply: Hashable, Sendable {
    /// A keyed hash of what makes a request the same.
    public var key: UInt128
    public var expires: Timestamp
    /// Expiry by the monotonic clock of this boot (S16).
    public var bootID: String
    public var bootTimeExpires: Int64
    /// Without the state of a challenge, which is sealed anew.
    public var reply: JSON

    /// Where one lies, and until when.
    public struct Place: Hashable, Sendable {
        public var id: Int64
        public var key: UInt128
        public var bootID: String
        public var bootTimeExpires: Int64

        public init(id: Int64, key: UInt128, bootID: String, bootTimeExpires: Int64) {
            (self.id, self.key, self.bootID, self.bootTimeExpires) = (id, key, bootID, bootTimeExpires)
        }
    }

    public init(key: UInt128, expires: Timestamp, bootID: String, bootTimeExpires: Int64, reply: JSON) {
        (self.key, self.expires, self.bootID) = (key, expires, bootID)
        (self.bootTimeExpires, self.reply) = (bootTimeExpires, reply)
    }
}

/// A token as it rests: the secret sealed, the state beside it.
public struct StoredToken: Hashable, Sendable {
    public var id: TokenID
    public var account: String
    public var kind: TokenKind
    /// Parameters of the algorithm, as JSON: `{"algorithm":"sha1","digits":6,"period":30}`.
    public var parameters: JSON
    /// Which key sealed the secret.
    public var keyID: String
    /// Nonce, ciphertext and tag.
    public var sealed: [UInt8]
    public var state: TokenState

    public init(
        id: TokenID, account: String, kind: TokenKind, parameters: JSON, keyID: String, sealed: [UInt8], state: TokenState
    ) {
        (self.id, self.account, self.kind, self.parameters) = (id, account, kind, parameters)
        (self.keyID, self.sealed, self.state) = (keyID, sealed, state)
    }
}

/// What changes when a code is accepted.
public struct TokenState: Hashable, Sendable {
    /// TOTP: the last time step accepted, or nil; HOTP: the next counter expected.
    public var counter: Int64?
    /// TOTP: how many steps the token's clock is off.
    public var drift: Int64

    public init(counter: Int64?, drift: Int64 = 0) { (self.counter, self.drift) = (counter, drift) }
}

/// A prompt that waits for its answer. Durable, so that it survives a restart of the daemon.
public struct StoredChallenge: Hashable, Sendable {
    /// With the round, what the sealed `state` names.
    public var attempt: AttemptID
    /// What the answer must come with: channel, service, name as typed (hashed) and pid of the peer (S02, S15).
    public var binding: String
    /// 1 for the first prompt of the attempt.
    public var round: Int64
    public var expires: Timestamp
    /// Expiry by the monotonic clock of this boot (S16).
    public var bootID: String
    public var bootTimeExpires: Int64
    /// Keyed hashes of the wrong answers of this attempt, hex (S23).
    public var wrongAnswers: [String]

    public init(
        attempt: AttemptID, binding: String, round: Int64, expires: Timestamp, bootID: String,
        bootTimeExpires: Int64, wrongAnswers: [String]
    ) {
        (self.attempt, self.binding, self.round) = (attempt, binding, round)
        (self.expires, self.bootID, self.bootTimeExpires) = (expires, bootID, bootTimeExpires)
        self.wrongAnswers = wrongAnswers
    }
}
