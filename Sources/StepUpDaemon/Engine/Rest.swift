import StepUpCore
import StepUpLedger

extension Engine {
    /// Events that may have come since the history was put to rest: what a start has to fold.
    static let restEvery: Int64 = 1000
    /// Profiles that stay in memory.
    static let awakeLimit = 4096

    /// Puts to rest what has changed, if enough has.
    /// - Parameter least: how many events make it worth while.
    mutating func rest(after least: Int64 = restEvery, in step: Step) throws {
        guard history.size - restedSize >= least else { return }
        try step.transaction.rest(history.takeChanges())
        restedSize = history.size
    }

    /// Whether something has changed since the history was put to rest.
    var hasUnrested: Bool { history.size > restedSize }

    // MARK: Waking up

    /// The history of a log: what rests of it, and the events since.
    public static func restore(_ ledger: any Ledger) throws -> History {
        let rested = try ledger.transaction { transaction -> History? in
            // What cannot be read is as good as nothing: the log has it all.
            (try? History(
                resting: transaction.resting([.summary, .fallbacks, .exemption, .open, .source, .population]),
                profiles: transaction.restingKeys(.profile))) ?? nil
        }
        guard var history = rested, try history.size <= ledger.size() else { return try refold(ledger) }
        var tail: [Event] = []
        try ledger.events(from: history.size) { _, event in tail.append(event) }
        do {
            return try ledger.transaction { transaction in
                for event in tail {
                    for account in history.sleepers(of: event) { try wake(account, &history, in: transaction) }
                    history.apply(event)
                }
                return history
            }
        } catch let error as LedgerError where error.code == .rest {
            return try refold(ledger)
        }
    }

    /// What rests stands for events that the log does not have: an older copy of the log stands in its place (S27).
    static func restAhead(of ledger: any Ledger) throws -> String? {
        let summary = try ledger.transaction { (try? $0.resting(.summary, "")) ?? nil }
        let size = try ledger.size()
        guard let rested = summary?.size, rested > size else { return nil }
        return
            "the log has \(size) events, and \(rested) were there once: was an older copy put in its place? Used codes may be good again; "
            + "see Operations.md, Backup"
    }

    /// Throws away what rests and folds the whole log.
    static func refold(_ ledger: any Ledger) throws -> History {
        try ledger.transaction { try $0.forgetRest() }
        return try fold(ledger)
    }

    /// Reads the profile of an account if it rests.
    mutating func wake(_ account: String?, in step: Step) throws {
        guard let account, history.isResting(account) else { return }
        try Self.wake(account, &history, in: step.transaction)
    }

    private static func wake(_ account: String, _ history: inout History, in transaction: any LedgerTransaction) throws {
        let row = try transaction.resting(.profile, account)
        do {
            guard let reader = try row?.reader() else {
                throw LedgerError(.rest, "the history at rest lacks the profile of an account; it will be folded anew")
            }
            history.wake(account, try Profile(reader: reader))
        } catch let error as JSONError {
            throw LedgerError(.rest, "a profile at rest cannot be read (\(error)); the history will be folded anew")
        }
    }
}
