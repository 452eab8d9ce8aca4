import AuditTree
import GRDB
import StepUpCore
import StepUpCrypto

/// Reads a ledger, also while the daemon writes to it; changes nothing. What examiners' commands stand on.
public final class LedgerReader: Sendable {
    private let queue: DatabaseQueue
    public let path: String

    /// - Throws: `LedgerError` `open`
    public init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.label = "audit"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        // A long log is read once from end to end: without copies it takes half the time.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA mmap_size = 2147418112") }
        if let problem = SQLiteFile.whyNotReadable(path) { throw LedgerError(.open, problem) }
        do { queue = try DatabaseQueue(path: SQLiteFile.location(path), configuration: configuration) } catch let error
            as DatabaseError
        {
            throw LedgerError(
                .open,
                "\(path) could not be opened: \(error.message ?? "\(error)"); if it is damaged, put a backup back (Operations.md, "
                    + "Backup)")
        }
    }

    /// Which events; nil and empty: any.
    public struct Filter: Sendable {
        public var account: String?
        public var attempt: AttemptID?
        public var codes: [EventCode] = []
        public var since: Timestamp?
        public var until: Timestamp?
        /// Leaves below this index; nil: as many as there are.
        public var below: Int64?
        /// The latest so many; nil: all.
        public var last: Int64?

        public init() {}
    }

    /// An event as it is stored.
    public struct Entry: Sendable {
        public var index: Int64
        public var bytes: [UInt8]
    }

    /// How many entries come at a time.
    public static let page = 4096

    /// Entries from leaf `first` on that pass the filter, in order; without `last` at most a page, and the next page begins
    /// behind its last entry.
    public func entries(_ filter: Filter, from first: Int64 = 0) throws -> [Entry] {
        var conditions = ["idx >= ?"]
        var arguments: [any DatabaseValueConvertible] = [first]
        if let below = filter.below {
            conditions.append("idx < ?")
            arguments.append(below)
        }
        if let account = filter.account {
            conditions.append("account = ?")
            arguments.append(account)
        }
        if let attempt = filter.attempt {
            conditions.append("attempt = ?")
            arguments.append(attempt.description)
        }
        if !filter.codes.isEmpty {
            conditions.append("code IN (\(filter.codes.map { String($0.rawValue) }.joined(separator: ",")))")
        }
        if let since = filter.since {
            conditions.append("time >= ?")
            arguments.append(since.milliseconds)
        }
        if let until = filter.until {
            conditions.append("time < ?")
            arguments.append(until.milliseconds)
        }
        let order = filter.last.map { "DESC LIMIT \(max(0, $0))" } ?? "ASC LIMIT \(Self.page)"
        let sql = "SELECT idx, bytes FROM body WHERE \(conditions.joined(separator: " AND ")) ORDER BY idx \(order)"
        let entries = try reading { db in
            try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map {
                Entry(index: $0["idx"], bytes: $0["bytes"])
            }
        }
        return filter.last == nil ? entries : entries.reversed()
    }

    /// Calls `body` with every entry that passes the filter from leaf `first` on, page by page.
    public func forEach(_ filter: Filter, from first: Int64 = 0, _ body: (Entry) throws -> Void) throws {
        var next = first
        while true {
            let page = try entries(filter, from: next)
            for entry in page { try body(entry) }
            guard filter.last == nil, let last = page.last else { return }
            next = last.index + 1
        }
    }

    /// At one moment: the number of leaves (events whose bytes are gone count), and what rests of the history beside the log.
    public func snapshot() throws -> (size: Int64, resting: [RestingRow]) {
        try reading { db in
            (try Int64.fetchOne(db, sql: "SELECT count(*) FROM leaf") ?? 0, try Self.resting(db))
        }
    }

    public func policy(hash: String) throws -> String? {
        try reading { db in try String.fetchOne(db, sql: "SELECT text FROM policy WHERE hash = ?", arguments: [hash]) }
    }

    /// A row of an unknown kind comes as one that no history has.
    private static func resting(_ db: Database) throws -> [RestingRow] {
        guard try db.tableExists("rest") else { return [] }
        return try Row.fetchAll(db, sql: "SELECT kind, key, value FROM rest ORDER BY kind, key").map { row in
            let (kind, key): (String, String) = (row["kind"], row["key"])
            guard let kind = RestingRow.Kind(rawValue: kind) else { return RestingRow(.summary, "\(kind) \(key)", text: "") }
            return RestingRow(kind, key, text: row["value"])
        }
    }

    /// The archived policies whose hash begins so; at most two.
    public func policies(hashPrefix prefix: String) throws -> [String] {
        try reading { db in
            try String.fetchAll(
                db, sql: "SELECT text FROM policy WHERE substr(hash, 1, ?) = ? LIMIT 2", arguments: [prefix.count, prefix])
        }
    }

    func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try queue.inDatabase { db in
                // One snapshot, so that a daemon that writes meanwhile does not tear what is read.
                var result: Value?
                try db.inTransaction(.deferred) {
                    result = try body(db)
                    return .commit
                }
                guard let result else { throw LedgerError(.read, "nothing was read") }
                return result
            }
        } catch let error as DatabaseError {
            throw LedgerError(.read, "\(path): \(error.message ?? "\(error)")")
        }
    }
}
