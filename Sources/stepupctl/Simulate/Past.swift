import StepUpCore
import StepUpLedger

/// A decision of the ledger with the history that it was made from.
struct Past {
    var decided: Decided
    var history: History
}

extension LedgerReader {
    /// The history before an attempt was decided; nil if the ledger has no decision about it.
    func past(of id: AttemptID) throws -> Past? {
        var filter = Filter()
        filter.attempt = id
        filter.codes = [.attemptDecided]
        guard let entry = try entries(filter).first, case .decided(let decided) = try Event(leaf: entry.bytes).body else {
            return nil
        }
        return Past(decided: decided, history: try history(below: entry.index))
    }

    /// The fold of all events, or of those below an index.
    func history(below index: Int64? = nil) throws -> History {
        var history = History()
        var filter = Filter()
        filter.below = index
        try forEach(filter) { history.apply(try Event(leaf: $0.bytes)) }
        return history
    }
}
