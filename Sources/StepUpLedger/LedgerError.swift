/// The ledger could not do what was asked. Whoever gets one must not release an answer that depends on it.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The database could not be opened or is not in the state that durability needs.
        case open
        /// A transaction did not commit, or it is not known whether it did: recover from the database.
        case write
        /// There was no room for a transaction; what holds for `write` holds here.
        case full
        case read
        /// The stored bytes contradict each other: somebody has changed them, or the disk has.
        case corrupt
        /// What rests of the history beside the log cannot be used: throw it away and fold the log anew.
        case rest
        /// The event is larger than a leaf may be.
        case tooLarge
        /// Another writer holds the ledger.
        case locked
        /// A compare-and-swap found another value.
        case conflict
    }

    public var code: Code
    public var reason: String

    public init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }
    public static func == (a: Self, b: Self) -> Bool { a.code == b.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
    public var description: String { "ledger: \(reason)" }
}
