import ArgumentParser
import Glibc
import StepUpCore
import StepUpLedger

struct AuditShow: Command {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print events, oldest first.",
        discussion: """
            --json prints the stored bytes of each event, one a line: they are what the log's hashes are over.

            EXAMPLES
              stepupctl audit show --last 20
              stepupctl audit show --user alice --since 2026-11-01 --until 2026-12-01
              stepupctl audit show --code SU1003 --code SU1004 --json
              stepupctl audit show -f
            """)
    @OptionGroup var common: Common
    @OptionGroup var source: LedgerOption
    @Option(help: "Of this account.") var user: String?
    @Option(help: "Of this attempt.") var attempt: String?
    @Option(help: "Of this code, such as SU1004; may be given again.") var code: [String] = []
    @Option(help: "From this day or moment on, UTC: 2026-11-01 or 2026-11-01T08:00:00Z.") var since: String?
    @Option(help: "Before this day or moment.") var until: String?
    @Option(help: "The latest so many.") var last: Int64?
    @Flag(name: .shortAndLong, help: "Go on as events come, until interrupted.") var follow = false
    @Flag(help: "The stored bytes, one event a line.") var json = false

    func validate() throws { _ = try filter() }

    private func filter() throws -> LedgerReader.Filter {
        var filter = LedgerReader.Filter()
        filter.account = user
        filter.attempt = try attempt.map { text in
            guard let id = AttemptID(text) else {
                throw ValidationError("'\(EvidenceText.printable(text))' is no attempt: 26 letters and digits")
            }
            return id
        }
        filter.codes = try code.map { text in
            guard let code = EventCode(text: text.uppercased()) else {
                throw ValidationError(
                    "'\(EvidenceText.printable(text))' is no event code; they are in Docs/AuditFormat.md, SU1001 to SU4004")
            }
            return code
        }
        filter.since = try since.map(Self.moment)
        filter.until = try until.map(Self.moment)
        if let last, last < 1 { throw ValidationError("--last needs a number from 1") }
        filter.last = last
        return filter
    }

    private static func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(rfc3339: text) else {
            throw ValidationError("'\(EvidenceText.printable(text))' is no moment; write 2026-11-01 or 2026-11-01T08:00:00Z")
        }
        return moment
    }

    func perform() throws {
        let reader = try common.ledger(source.ledger)
        var filter = try filter()
        var next: Int64 = 0
        while true {
            try reader.forEach(filter, from: next) { entry in
                next = entry.index + 1
                try show(entry)
            }
            guard follow else { return }
            // Whoever reads through a pipe sees events as they come.
            fflush(nil)
            filter.last = nil
            usleep(250_000)
        }
    }

    private func show(_ entry: LedgerReader.Entry) throws {
        if json { return Terminal.json(String(decoding: entry.bytes, as: UTF8.self)) }
        let event = try Event(leaf: entry.bytes)
        let attempt = event.attempt.map { "  \($0)" } ?? ""
        let account = event.account.map { "  \(EvidenceText.printable($0))" } ?? ""
        print(
            "\(Terminal.styled(event.time.forPeople, .dim))  #\(entry.index)  \(event.code.text)\(account)\(attempt)  "
                + EventText.line(event))
    }
}
