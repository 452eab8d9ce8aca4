import AuditTree
import GRDB
import StepUpCore
import StepUpCrypto

/// What `audit verify` found: every hash and the root recomputed from the stored bytes, and what stands beside the log (tokens'
/// counters, policies, triggers) compared with what the log says.
public struct Verification: Sendable {
    public var size: Int64 = 0
    /// The recomputed root.
    public var root: [UInt8] = []
    /// Leaves whose bytes are gone; their hashes count. No version of StepUp purges yet, so each is a difference.
    public var missing: Int64 = 0
    public var policies: Int64 = 0
    /// What does not fit, one sentence each; at most `limit`.
    public var differences: [String] = []

    public static let limit = 100

    mutating func differs(_ text: String) {
        if differences.count < Self.limit { differences.append(text) }
    }
}

extension LedgerReader {
    /// Recomputes everything and compares. A difference means that the bytes were changed after they were written, by somebody or
    /// by the disk.
    public func verify() throws -> Verification {
        try reading { db in
            var found = Verification()
            var claims = LoggedState()
            let frontier = try verifyLeaves(db, &found, &claims)
            found.root = try frontier.root(TreeHasher()).bytes
            try compareTree(db, frontier, &found)
            try comparePolicies(db, &found)
            try claims.compare(db, &found)
            try Self.compareSchema(db, &found)
            return found
        }
    }

    /// Hashes every leaf; hashes and bytes are read side by side, in their order.
    private func verifyLeaves(
        _ db: Database, _ found: inout Verification, _ claims: inout LoggedState
    ) throws -> MerkleFrontier {
        let hasher = try TreeHasher()
        var frontier = MerkleFrontier()
        let leaves = try Row.fetchCursor(db, sql: "SELECT idx, hash FROM leaf ORDER BY idx")
        let bodies = try Row.fetchCursor(db, sql: "SELECT idx, bytes, time, code, attempt, account FROM body ORDER BY idx")
        var body = try bodies.next()
        while let leaf = try leaves.next() {
            let index: Int64 = leaf[0]
            if index != found.size { found.differs("leaf \(found.size) is missing") }
            found.size = index + 1
            guard let stored = try leaf.withUnsafeData(atIndex: 1, { $0.flatMap { SHA256Digest(bytes: $0) } }) else {
                found.differs("the hash of leaf \(index) is no hash")
                continue
            }
            frontier.append(stored, hasher)
            while let row = body, (row[0] as Int64) < index {
                found.differs("event \(row[0] as Int64) has no leaf")
                body = try bodies.next()
            }
            guard let row = body, (row[0] as Int64) == index else {
                found.missing += 1
                found.differs("the bytes of leaf \(index) are gone, and nothing may purge them")
                continue
            }
            try Self.compare(row, index, stored, hasher, &found, &claims)
            body = try bodies.next()
        }
        while let row = body {
            found.differs("event \(row[0] as Int64) has no leaf")
            body = try bodies.next()
        }
        return frontier
    }

    /// The bytes have their hash, and what commands filter by, which stands in columns beside them, says the same.
    private static func compare(
        _ row: Row, _ index: Int64, _ stored: SHA256Digest, _ hasher: TreeHasher, _ found: inout Verification,
        _ claims: inout LoggedState
    ) throws {
        let (time, code): (Int64, Int64) = (row[2], row[3])
        let isRead = try bytes(of: row, 1) { bytes in
            guard let bytes else { return false }
            if hasher.leaf(bytes) != stored { found.differs("the bytes of leaf \(index) do not have its hash") }
            let scan = LeafScan(bytes)
            let fits = try Self.bytes(of: row, 4) { attempt in
                try Self.bytes(of: row, 5) { scan.fits(time: time, code: code, attempt: attempt, account: $0) }
            }
            if !fits { found.differs("the columns beside leaf \(index) do not say what its bytes say") }
            if LoggedState.matters(code, scan) { claims.take(Array(bytes), index, &found) }
            return true
        }
        if !isRead { found.differs("the bytes of leaf \(index) cannot be read") }
        if index == 0, code != EventCode.ledgerInitialised.rawValue { found.differs("the log does not begin with SU4004") }
    }

    private static func bytes<Value>(
        of row: Row, _ column: Int, _ body: (UnsafeRawBufferPointer?) throws -> Value
    ) throws -> Value {
        try row.withUnsafeData(atIndex: column) { data in
            guard let data else { return try body(nil) }
            return try data.withUnsafeBytes { try body($0) }
        }
    }

    /// The tables and triggers must be those of this version: a trigger that is gone no longer refuses.
    private static func compareSchema(_ db: Database, _ found: inout Verification) throws {
        let reference = try DatabaseQueue()
        // A ledger of an older version has what that version made.
        let applied = try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid")
        let known = Array(Schema.migrator.migrations.prefix(applied.count))
        guard let last = known.last, applied == known else {
            return found.differs("the database's schema is of no version that this program knows")
        }
        try Schema.migrator.migrate(reference, upTo: last)
        let expected = try reference.read(schema)
        let actual = try schema(db)
        for (name, sql) in expected.sorted(by: { $0.key < $1.key }) where actual[name] != sql {
            found.differs("\(name) of the database is \(actual[name] == nil ? "missing" : "not as StepUp made it")")
        }
        for name in actual.keys.sorted() where expected[name] == nil { found.differs("\(name) of the database is not StepUp's") }
    }

    private static func schema(_ db: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(db, sql: "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return Dictionary(rows.map { ("the \($0["type"] as String) \($0["name"] as String)", $0["sql"]) }) { first, _ in first }
    }

    private func compareTree(_ db: Database, _ frontier: MerkleFrontier, _ found: inout Verification) throws {
        guard let row = try Row.fetchOne(db, sql: "SELECT size, root, frontier FROM tree") else {
            if found.size > 0 { found.differs("the tree's size and root are missing") }
            return
        }
        let (size, root, edge): (Int64, [UInt8], [UInt8]) = (row["size"], row["root"], row["frontier"])
        if size != found.size { found.differs("the tree is of \(size) leaves, the log of \(found.size)") }
        if root != found.root { found.differs("the root over all leaves is not the stored one") }
        if edge != frontier.bytes { found.differs("the tree's right edge is not the stored one") }
    }

    private func comparePolicies(_ db: Database, _ found: inout Verification) throws {
        for row in try Row.fetchAll(db, sql: "SELECT hash, text FROM policy ORDER BY hash") {
            let (hash, text): (String, String) = (row["hash"], row["text"])
            found.policies += 1
            if try sha256(Array(text.utf8)).description != hash {
                found.differs("the archived policy \(hash.prefix(12)) does not have its hash")
            }
        }
    }
}
