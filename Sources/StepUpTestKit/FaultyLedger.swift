import StepUpCore
import StepUpLedger

/// A ledger whose commits fail when they are told to, as a full disk's would.
public final class FaultyLedger: Ledger {
    public enum Fault: Sendable {
        /// Nothing is written, and it says so.
        case beforeCommit
        /// It is written, and it says that it failed: nobody knows.
        case afterCommit
    }

    private let inner: any Ledger
    /// For the next transaction alone.
    public var fault: Fault?

    public init(_ inner: any Ledger) { self.inner = inner }

    public func transaction<Value>(_ body: (any LedgerTransaction) throws -> Value) throws -> Value {
        defer { fault = nil }
        switch fault {
        case nil: return try inner.transaction(body)
        case .beforeCommit:
            do {
                return try inner.transaction { transaction in
                    _ = try body(transaction)
                    throw LedgerError(.write, "disk full")
                }
            }
        case .afterCommit:
            _ = try inner.transaction(body)
            throw LedgerError(.write, "I/O error")
        }
    }

    public func size() throws -> Int64 { try inner.size() }
    public func events(from first: Int64, _ body: (Int64, Event) throws -> Void) throws { try inner.events(from: first, body) }
    public func policy(hash: String) throws -> String? { try inner.policy(hash: hash) }
    public func close() throws { try inner.close() }
}
