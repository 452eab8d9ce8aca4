import AuditTree
import GRDB
import StepUpCore
import StepUpCrypto

/// One transaction on the one connection. Statements are cached on the connection.
final class SQLiteTransaction: LedgerTransaction {
    private let db: Database
    private(set) var frontier: MerkleFrontier
    private let sizeBefore: UInt64

    private let hasher: TreeHasher

    init(db: Database, frontier: MerkleFrontier, hasher: TreeHasher) {
        (self.db, self.frontier, self.sizeBefore, self.hasher) = (db, frontier, frontier.size, hasher)
    }

    func append(_ event: Event) throws -> Int64 {
        let bytes = event.leaf
        guard bytes.count <= Event.sizeLimit else {
            throw LedgerError(.tooLarge, "an event of \(bytes.count) bytes; at most \(Event.sizeLimit) are allowed")
        }
        let index = Int64(frontier.size)
        let hash = hasher.leaf(bytes)
        try run("INSERT INTO leaf (idx, hash) VALUES (?, ?)", [index, blob(hash.bytes)])
        try run(
            "INSERT INTO body (idx, time, code, attempt, account, bytes) VALUES (?, ?, ?, ?, ?, ?)",
            [
                index, event.time.milliseconds, event.code.rawValue, event.attempt?.description, event.account,
                blob(bytes),
            ])
        frontier.append(hash, hasher)
        return index
    }

    /// Writes the tree's right edge and root, once a transaction.
    func writeTree() throws {
        guard frontier.size != sizeBefore else { return }
        try run(
            "INSERT INTO tree (one, size, root, frontier) VALUES (1, ?, ?, ?) "
                + "ON CONFLICT (one) DO UPDATE SET size = excluded.size, root = excluded.root, frontier = excluded.frontier",
            [Int64(frontier.size), blob(frontier.root(hasher).bytes), blob(frontier.bytes)])
    }

    func archive(policy text: String, hash: String) throws {
        try run("INSERT INTO policy (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", [hash, text])
    }

    func policy(hash: String) throws -> String? {
        try fetch("SELECT text FROM policy WHERE hash = ?", [hash]).first.map { $0["text"] }
    }

    func attempt(ofRequest request: String, limit: Int64) throws -> (id: AttemptID, account: String?)? {
        let rows = try fetch(
            "SELECT attempt, account FROM body WHERE idx >= ? AND code = ? AND instr(bytes, CAST(? AS BLOB)) > 0 "
                + "ORDER BY idx DESC LIMIT 1",
            [
                Int64(frontier.size) - limit, EventCode.attemptDecided.rawValue,
                JSON.record(["request": .string(request)]).canonicalText.dropFirst().dropLast().description,
            ])
        guard let row = rows.first, let text = row["attempt"] as String?, let id = AttemptID(text) else { return nil }
        return (id, row["account"])
    }

    func account(ofAttempt attempt: AttemptID) throws -> String? {
        try fetch("SELECT account FROM body WHERE attempt = ? ORDER BY idx LIMIT 1", [attempt.description]).first?["account"]
    }

    // MARK: The history at rest

    func rest(_ rows: [RestingRow]) throws {
        for row in rows {
            if let value = row.value {
                try run(
                    "INSERT INTO rest (kind, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    [row.kind.rawValue, row.key, value])
            } else {
                try run("DELETE FROM rest WHERE kind = ? AND key = ?", [row.kind.rawValue, row.key])
            }
        }
    }

    func resting(_ kinds: [RestingRow.Kind]) throws -> [RestingRow] {
        try kinds.flatMap { kind in
            try fetch("SELECT key, value FROM rest WHERE kind = ? ORDER BY key", [kind.rawValue]).map { row in
                RestingRow(kind, row["key"], text: row["value"])
            }
        }
    }

    func resting(_ kind: RestingRow.Kind, _ key: String) throws -> RestingRow? {
        try fetch("SELECT value FROM rest WHERE kind = ? AND key = ?", [kind.rawValue, key]).first.map { row in
            RestingRow(kind, key, text: row["value"])
        }
    }

    func restingKeys(_ kind: RestingRow.Kind) throws -> [String] {
        try fetch("SELECT key FROM rest WHERE kind = ? ORDER BY key", [kind.rawValue]).map { $0["key"] }
    }

    func forgetRest() throws { try run("DELETE FROM rest", []) }

    // MARK: Tokens

    func tokens(of account: String) throws -> [StoredToken] {
        try fetch("SELECT * FROM token WHERE account = ? ORDER BY rowid", [account]).map(Self.token)
    }

    func tokens(sealedUnder keyID: String, limit: Int) throws -> [StoredToken] {
        try fetch("SELECT * FROM token WHERE key_id = ? ORDER BY rowid LIMIT ?", [keyID, limit]).map(Self.token)
    }

    func tokensOfEachKey() throws -> [StoredToken] {
        try fetch("SELECT * FROM token WHERE rowid IN (SELECT max(rowid) FROM token GROUP BY key_id) ORDER BY key_id", [])
            .map(Self.token)
    }

    func token(_ id: TokenID) throws -> StoredToken? {
        try fetch("SELECT * FROM token WHERE id = ?", [id.description]).first.map(Self.token)
    }

    func insert(_ token: StoredToken) throws {
        try run(
            "INSERT INTO token (id, account, kind, parameters, key_id, sealed, counter, drift) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                token.id.description, token.account, token.kind.rawValue, token.parameters.canonicalText, token.keyID,
                blob(token.sealed), token.state.counter, token.state.drift,
            ])
    }

    func updateState(of token: StoredToken, to state: TokenState) throws {
        try run(
            "UPDATE token SET counter = ?, drift = ? WHERE id = ? AND counter IS ? AND drift = ?",
            [state.counter, state.drift, token.id.description, token.state.counter, token.state.drift])
        guard db.changesCount == 1 else {
            throw LedgerError(.conflict, "token \(token.id) was changed meanwhile; nothing was accepted")
        }
    }

    func reseal(_ token: TokenID, keyID: String, sealed: [UInt8]) throws {
        try run("UPDATE token SET key_id = ?, sealed = ? WHERE id = ?", [keyID, blob(sealed), token.description])
    }

    func removeToken(_ id: TokenID) throws { try run("DELETE FROM token WHERE id = ?", [id.description]) }

    private static func token(_ row: Row) throws -> StoredToken {
        guard let id = TokenID(row["id"]), let kind = TokenKind(rawValue: row["kind"]) else {
            throw LedgerError(.corrupt, "a token's row cannot be read")
        }
        return StoredToken(
            id: id, account: row["account"], kind: kind, parameters: try JSON(parsing: row["parameters"] as String),
            keyID: row["key_id"], sealed: row["sealed"], state: TokenState(counter: row["counter"], drift: row["drift"]))
    }

    // MARK: Challenges

    func insert(_ challenge: StoredChallenge) throws {
        try run(
            "INSERT INTO challenge (attempt, binding, round, expires, boot_id, boottime_expires, wrong_answers) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                challenge.attempt.description, challenge.binding, challenge.round, challenge.expires.milliseconds,
                challenge.bootID, challenge.bootTimeExpires, challenge.wrongAnswers.joined(separator: " "),
            ])
    }

    func challenge(of attempt: AttemptID) throws -> StoredChallenge? {
        try fetch("SELECT * FROM challenge WHERE attempt = ?", [attempt.description]).first.map(Self.challenge)
    }

    func removeChallenge(of attempt: AttemptID) throws {
        try run("DELETE FROM challenge WHERE attempt = ?", [attempt.description])
    }

    func challenges(expiredAt now: Timestamp, bootID: String, bootTime: Int64, limit: Int) throws -> [StoredChallenge] {
        // A query each, for the one with OR looks at every row: many that are not due are to cost nothing.
        var due: [StoredChallenge] = []
        func add(_ condition: String, _ arguments: StatementArguments) throws {
            due += try fetch("SELECT * FROM challenge WHERE \(condition) LIMIT ?", arguments + [limit]).map(Self.challenge)
        }
        try add("expires <= ?", [now.milliseconds])
        try add("boot_id = ? AND boottime_expires <= ?", [bootID, bootTime])
        try add("boot_id < ?", [bootID])
        try add("boot_id > ?", [bootID])
        var seen: Set<AttemptID> = []
        return due.filter { seen.insert($0.attempt).inserted }.sorted { ($0.expires, $0.attempt) < ($1.expires, $1.attempt) }
    }

    private static func challenge(_ row: Row) throws -> StoredChallenge {
        guard let attempt = AttemptID(row["attempt"]) else { throw LedgerError(.corrupt, "a challenge's row cannot be read") }
        let wrong: String = row["wrong_answers"]
        return StoredChallenge(
            attempt: attempt, binding: row["binding"], round: row["round"],
            expires: Timestamp(milliseconds: row["expires"]), bootID: row["boot_id"],
            bootTimeExpires: row["boottime_expires"], wrongAnswers: wrong.split(separator: " ").map(String.init))
    }

    // MARK: Replies to retries

    func insert(_ reply: StoredReply) throws -> Int64 {
        try run(
            "INSERT INTO reply (key, expires, boot_id, boottime_expires, reply) VALUES (?, ?, ?, ?, ?)",
            [
                blob(withUnsafeBytes(of: reply.key.bigEndian) { Array($0) }), reply.expires.milliseconds, reply.bootID,
                reply.bootTimeExpires, reply.reply.canonicalText,
            ])
        return db.lastInsertedRowID
    }

    func reply(_ id: Int64) throws -> StoredReply? {
        try fetch("SELECT * FROM reply WHERE id = ?", [id]).first.map { row in
            StoredReply(
                key: Self.key(row), expires: Timestamp(milliseconds: row["expires"]), bootID: row["boot_id"],
                bootTimeExpires: row["boottime_expires"], reply: try JSON(parsing: row["reply"] as String))
        }
    }

    func replies() throws -> [StoredReply.Place] {
        try fetch("SELECT id, key, boot_id, boottime_expires FROM reply ORDER BY id", []).map { row in
            StoredReply.Place(
                id: row["id"], key: Self.key(row), bootID: row["boot_id"], bootTimeExpires: row["boottime_expires"])
        }
    }

    func forgetReplies(through id: Int64) throws { try run("DELETE FROM reply WHERE id <= ?", [id]) }

    private static func key(_ row: Row) -> UInt128 { (row["key"] as [UInt8]).bigEndian(as: UInt128.self) }

    // MARK: Statements

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func fetch(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }
}
