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
            let hasher = try TreeHasher()
            var frontier = MerkleFrontier()
            var claims = LoggedState()
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT leaf.idx AS idx, leaf.hash AS hash, body.bytes AS bytes, body.time AS time, body.code AS code,
                      body.attempt AS attempt, body.account AS account
                    FROM leaf LEFT JOIN body ON body.idx = leaf.idx ORDER BY leaf.idx
                    """)
            while let row = try rows.next() {
                let index: Int64 = row["idx"]
                if index != found.size { found.differs("leaf \(found.size) is missing") }
                found.size = index + 1
                let stored: [UInt8] = row["hash"]
                guard let digest = SHA256Digest(bytes: stored) else {
                    found.differs("the hash of leaf \(index) is no hash")
                    continue
                }
                frontier.append(digest, hasher)
                if row.hasNull(atIndex: 2) {
                    found.missing += 1
                    found.differs("the bytes of leaf \(index) are gone, and nothing may purge them")
                    continue
                }
                let bytes: [UInt8] = row["bytes"]
                if hasher.leaf(bytes) != digest { found.differs("the bytes of leaf \(index) do not have its hash") }
                if let event = Self.compareIndex(row, index, bytes, &found) {
                    claims.take(event)
                    if index == 0, event.code != .ledgerInitialised { found.differs("the log does not begin with SU4004") }
                }
            }
            found.root = try frontier.root(hasher).bytes
            try compareTree(db, frontier, &found)
            try comparePolicies(db, &found)
            try claims.compare(db, &found)
            try Self.compareSchema(db, &found)
            return found
        }
    }

    /// What commands filter by stands in columns beside the bytes; it must say the same.
    private static func compareIndex(
        _ row: Row, _ index: Int64, _ bytes: [UInt8], _ found: inout Verification
    ) -> Event? {
        do throws(JSONError) {
            let event = try Event(leaf: bytes)
            let isEqual =
                event.time.milliseconds == row["time"] && event.code.rawValue == row["code"]
                && event.attempt?.description == row["attempt"] && event.account == row["account"]
            if !isEqual { found.differs("the columns beside leaf \(index) do not say what its bytes say") }
            if event.leaf != bytes { found.differs("leaf \(index) is not in its canonical form") }
            return event
        } catch {
            found.differs("leaf \(index) is no event: \(error)")
            return nil
        }
    }

    /// The tables and triggers must be those of this version: a trigger that is gone no longer refuses.
    private static func compareSchema(_ db: Database, _ found: inout Verification) throws {
        let reference = try DatabaseQueue()
        try Schema.migrator.migrate(reference)
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
        let bodies = try Int64.fetchOne(db, sql: "SELECT count(*) FROM body WHERE idx NOT IN (SELECT idx FROM leaf)") ?? 0
        if bodies > 0 { found.differs("\(bodies) events have no leaf") }
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
