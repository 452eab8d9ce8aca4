import StepUpBacktest
import StepUpCore
import StepUpLedger
import StepUpLogs

/// The logins of a ledger: those that were let in, when they were, with the facts that their decisions have.
final class LedgerLog: LogSource {
    let path: String
    var kind: LogKind? { .ledger }
    private(set) var problem: String?
    private let reader: LedgerReader
    private var reading = LogReading()
    private var page: [LogEvent] = []
    private var position = 0
    private var nextIndex: Int64 = 0
    private var isAtEnd = false
    private var lines = 0
    private var stopped = 0
    /// Attempts that were decided and have not come to their end.
    private var open: [AttemptID: Attempt] = [:]
    private var localities: [AttemptID: Locality] = [:]

    /// - Throws: `LedgerError`
    init(_ path: String) throws {
        self.path = path
        reader = try LedgerReader(path: path)
    }

    var summary: SourceSummary {
        var summary = SourceSummary(file: path)
        (summary.kind, summary.lines, summary.tally) = (.ledger, lines, reading.tally)
        if let problem { summary.problems = [problem] }
        if stopped > 0 {
            summary.notes = ["\(count(stopped, "login")) that were stopped then are left out: whose they were nobody knows"]
        }
        return summary
    }

    func next() -> LogEvent? {
        while position == page.count {
            if isAtEnd { return nil }
            readPage()
        }
        defer { position += 1 }
        return page[position]
    }

    private func readPage() {
        do {
            let entries = try reader.entries(LedgerReader.Filter(), from: nextIndex)
            for entry in entries { take(try Event(leaf: entry.bytes)) }
            lines += entries.count
            if let last = entries.last { nextIndex = last.index + 1 } else { isAtEnd = true }
        } catch {
            problem = "it could be read up to event \(nextIndex) alone: \(error)"
            isAtEnd = true
        }
        (page, position) = (reading.takeEvents(), 0)
    }

    private func take(_ event: Event) {
        switch event.body {
        case .decided(let decided):
            let attempt = decided.attempt
            guard attempt.phase == .auth, attempt.subject.account != nil, decided.decision.basis != .firstFactor else { return }
            // Bounded by what was open at once; an attempt whose end is missing is forgotten.
            if open.count >= 100_000 { (open, localities) = ([:], [:]) }
            open[attempt.id] = attempt
            localities[attempt.id] = decided.facts.locality
        case .concluded(let end):
            guard let id = event.attempt, let attempt = open.removeValue(forKey: id) else { return }
            let locality = localities.removeValue(forKey: id)
            guard end.outcome == .allowed else {
                stopped += 1
                return
            }
            var login = LogEvent(
                .accepted, at: event.time, host: attempt.host, channel: attempt.channel, service: attempt.service,
                user: attempt.subject.account?.name ?? "")
            (login.source, login.key, login.locality) = (attempt.source, attempt.key, locality)
            (login.session, login.command) = (id.description, attempt.evidence["command"])
            reading.add(login)
        case .firstFactorFailed(let report):
            var failure = LogEvent(
                .failed, at: event.time, host: event.host, service: report.service, user: report.subject.account?.name ?? "")
            (failure.isAccount, failure.source) = (report.subject.account != nil, report.source)
            reading.add(failure)
        case .failuresAggregated(let source, let count):
            var failure = LogEvent(.failed, at: event.time, host: event.host, service: "sshd", user: event.account ?? "")
            (failure.isAccount, failure.source) = (event.account != nil, source)
            reading.add(failure, times: Int(min(count, 1000)))
        case .sessionClosed(let report):
            guard let id = event.attempt else { return }
            var end = LogEvent(.closed, at: event.time, host: event.host, service: report.service, user: event.account ?? "")
            end.session = id.description
            reading.add(end)
        default: reading.understood()
        }
    }
}
