import AuditTree
import GRDB
import StepUpCore

/// The log of one host in SQLite: WAL, `synchronous=FULL`, one connection for the one writer.
///
/// Every transaction also writes the tree's right edge and its root, so that the log is complete or not at all: a leaf without
/// its place in the root cannot be.
public final class SQLiteLedger: Ledger {
    private let queue: DatabaseQueue
    private var frontier: MerkleFrontier
    private let hasher: TreeHasher

    /// Opens the ledger at `path`, or one in memory (for tests) if it is nil.
    /// - Parameter create: make and migrate it if it is not there; otherwise a missing file is an error.
    /// - Throws: `LedgerError` `open` if durability cannot be promised, `corrupt` if the tree does not fit the leaves.
    public init(path: String?, create: Bool = false) throws {
        hasher = try TreeHasher()
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.maximumReaderCount = 1
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA recursive_triggers = ON")
            try db.execute(sql: "PRAGMA secure_delete = ON")
            // KiB: the right edges of all tables and indexes, with room for those that are not appended to.
            try db.execute(sql: "PRAGMA cache_size = -8192")
        }
        do {
            if let path {
                if !create, !SQLiteFile.exists(path) {
                    throw LedgerError(.open, "there is no ledger at \(path); make one with: stepupctl init")
                }
                queue = try DatabaseQueue(path: path, configuration: configuration)
                try queue.inDatabase { db in try SQLiteLedger.makeDurable(db, path) }
            } else {
                queue = try DatabaseQueue(configuration: configuration)
            }
            try Schema.migrator.migrate(queue)
            let hasher = hasher
            frontier = try queue.inDatabase { db in try SQLiteLedger.readFrontier(db, hasher) }
            // A log that was emptied must not go on as if it were a new one.
            guard create || path == nil || frontier.size > 0 else {
                throw LedgerError(.open, "\(path ?? "") holds no event at all; put a backup back (Operations.md, Backup)")
            }
        } catch let error as DatabaseError {
            throw LedgerError(
                .open,
                "\(path ?? "memory") could not be opened: \(error.message ?? "\(error)"); if it is damaged, put a backup back "
                    + "(Operations.md, Backup)")
        }
    }

    /// What the connection says of itself.
    struct Durability: Equatable {
        var journalMode: String?
        var synchronous: Int?
        var recursiveTriggers: Int?

        init(journalMode: String?, synchronous: Int?, recursiveTriggers: Int?) {
            (self.journalMode, self.synchronous, self.recursiveTriggers) = (journalMode, synchronous, recursiveTriggers)
        }

        init(_ db: Database) throws {
            journalMode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
            synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
            recursiveTriggers = try Int.fetchOne(db, sql: "PRAGMA recursive_triggers")
        }
    }

    func durability() throws -> Durability { try queue.inDatabase(Durability.init) }

    /// GRDB sets WAL and NORMAL by itself; what counts is what the connection says afterwards.
    private static func makeDurable(_ db: Database, _ path: String) throws {
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let now = try Durability(db)
        guard now == Durability(journalMode: "wal", synchronous: 2, recursiveTriggers: 1) else {
            throw LedgerError(
                .open, "\(path): SQLite reports \(now); wal, 2 and 1 are needed. Put the ledger on a local file system")
        }
    }

    private static func readFrontier(_ db: Database, _ hasher: TreeHasher) throws -> MerkleFrontier {
        let count = try Int64.fetchOne(db, sql: "SELECT coalesce(max(idx) + 1, 0) FROM leaf") ?? 0
        guard let row = try Row.fetchOne(db, sql: "SELECT size, root, frontier FROM tree") else {
            guard count == 0 else { throw LedgerError(.corrupt, "the tree's row is missing beside \(count) leaves") }
            return MerkleFrontier()
        }
        let size: Int64 = row["size"]
        let root: [UInt8] = row["root"]
        let frontier = try MerkleFrontier(size: UInt64(size), restoring: row["frontier"])
        guard size == count, try frontier.root(hasher).bytes == root else {
            throw LedgerError(.corrupt, "the tree is of \(size) leaves, the log of \(count); run: stepupctl audit verify")
        }
        return frontier
    }

    public func transaction<Value>(_ body: (any LedgerTransaction) throws -> Value) throws -> Value {
        let before = frontier
        do {
            return try queue.inDatabase { db in
                var result: Value?
                do {
                    try db.inTransaction(.immediate) {
                        let transaction = SQLiteTransaction(db: db, frontier: frontier, hasher: hasher)
                        let value = try body(transaction)
                        try transaction.writeTree()
                        frontier = transaction.frontier
                        result = value
                        return .commit
                    }
                } catch let error as DatabaseError {
                    throw SQLiteFailure(error, db)
                }
                guard let result else { throw LedgerError(.write, "the transaction had no result") }
                return result
            }
        } catch let failure as SQLiteFailure {
            // Not known whether it was persisted: what the database has is the truth.
            frontier = (try? queue.inDatabase { db in try SQLiteLedger.readFrontier(db, hasher) }) ?? before
            throw failure.ledgerError
        } catch {
            frontier = before
            throw error
        }
    }

    public func size() throws -> Int64 {
        try reading { db in try Int64.fetchOne(db, sql: "SELECT coalesce(max(idx) + 1, 0) FROM leaf") ?? 0 }
    }

    /// Size and root of the tree as it stands.
    public func head() throws -> (size: Int64, root: [UInt8]) { (Int64(frontier.size), try frontier.root(hasher).bytes) }

    public func events(from first: Int64, _ body: (Int64, Event) throws -> Void) throws {
        try reading { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT idx, bytes FROM body WHERE idx >= ? ORDER BY idx", arguments: [first])
            while let row = try rows.next() {
                let index: Int64 = row["idx"]
                let event: Event
                do { event = try Event(leaf: row["bytes"]) } catch let error as JSONError {
                    throw LedgerError(.corrupt, "leaf \(index) is no event: \(error)")
                }
                try body(index, event)
            }
        }
    }

    public func policy(hash: String) throws -> String? {
        try reading { db in try String.fetchOne(db, sql: "SELECT text FROM policy WHERE hash = ?", arguments: [hash]) }
    }

    public func close() throws {
        // A clean end leaves one file, so that a copy of it is whole.
        _ = try? queue.inDatabase { db in try db.checkpoint(.truncate) }
        do { try queue.close() } catch { throw LedgerError(.write, "closing failed: \(error)") }
    }

    private func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do { return try queue.inDatabase(body) } catch let error as DatabaseError {
            throw LedgerError(.read, "a read failed: \(error.message ?? "\(error)")")
        }
    }
}
