import GRDB
import GRDBSQLite
import Glibc

/// Why a transaction failed, and what somebody can do about it.
struct SQLiteFailure: Error {
    let error: DatabaseError
    /// `errno` of the last write that failed; 0: none has.
    let systemError: CInt

    /// Of a transaction on `db` that has just failed.
    init(_ error: DatabaseError, _ db: Database) { (self.error, systemError) = (error, Self.lastWriteError(db)) }

    /// Asked of the files themselves: of a failed COMMIT `sqlite3_system_errno` knows nothing.
    private static func lastWriteError(_ db: Database) -> CInt {
        var (log, error): (UnsafeMutablePointer<sqlite3_file>?, CInt) = (nil, 0)
        sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log)
        if let log { _ = log.pointee.pMethods?.pointee.xFileControl?(log, SQLITE_FCNTL_LAST_ERRNO, &error) }
        if error == 0 { sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_LAST_ERRNO, &error) }
        return error
    }

    var ledgerError: LedgerError {
        let what = "a transaction failed: \(error.message ?? "\(error)") (\(error.extendedResultCode.rawValue)\(cause))"
        return LedgerError(isFull ? .full : .write, "\(what); \(advice)")
    }

    /// No room, or none within a quota.
    private var isFull: Bool {
        switch error.resultCode {
        case .SQLITE_FULL: true
        case .SQLITE_IOERR: error.extendedResultCode == .SQLITE_IOERR_SHMSIZE || (isWrite && systemError == EDQUOT)
        default: false
        }
    }

    private var isWrite: Bool { error.extendedResultCode == .SQLITE_IOERR_WRITE }

    private var cause: String { isWrite && systemError != 0 ? ", \(String(cString: strerror(systemError)))" : "" }

    private var advice: String {
        if isFull { return "make room on the disk of the ledger" }
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: "another process holds the database: find it with fuser, and end it"
        case .SQLITE_READONLY: "the ledger can only be read: mount its disk for writing, and give its files to the daemon"
        case .SQLITE_IOERR where isWrite && systemError == EROFS: "mount the disk of the ledger for writing"
        case .SQLITE_IOERR: "the disk of the ledger does not do what it is told: see dmesg"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            "run stepupctl audit verify, and put a backup back if it is damaged (Operations.md, Backup)"
        default: "if it comes again, run stepupctl audit verify and report it"
        }
    }
}
