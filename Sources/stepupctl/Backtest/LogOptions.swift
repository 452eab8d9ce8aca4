import ArgumentParser
import Glibc
import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLedger
import StepUpLogs
import StepUpSources

/// What logs do not say themselves.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The time zone of times that name none, and of the report's days and hours; default: this host's.", valueName: "name"))
    var zone: String?
    @Option(help: "The year of a log's first line, where its times have none; default: found out from when it was written last.")
    var year: Int?
    @Option(help: ArgumentHelp("The host of logs that do not name theirs (wtmp, btmp).", valueName: "name")) var host: String?
    @Option(
        help: ArgumentHelp(
            "What policies call a host, or a NAS, such as trading1=trading; * stands for any characters; may be repeated.",
            valueName: "host=tag"))
    var tag: [String] = []

    func validate() throws {
        for pair in tag where pair.split(separator: "=").count != 2 { throw ValidationError("--tag is HOST=TAG, not '\(pair)'") }
        if let year, !(1970...2199).contains(year) { throw ValidationError("--year is 1970 to 2199") }
    }

    /// - Throws: `Failure` if the zone cannot be read.
    func settings(_ common: Common) throws -> Backtest.Settings {
        let config = try common.readConfig()
        let files = ZoneFiles(directory: config.paths.zoneinfo)
        let name = zone ?? files.localName ?? "UTC"
        if let problem = files.problem(name) { throw Failure(problem, code: 64) }
        let lookups = config.lookups == LookupSources() ? nil : try common.lookups()
        var settings = Backtest.Settings(zone: try files.rules(of: name), zoneName: name, lookups: lookups)
        settings.tags = tag.map { pair in
            let parts = pair.split(separator: "=")
            return (String(parts[0]), String(parts[1]))
        }
        if let host { settings.host = host }
        return settings
    }
}

/// Logs that are read together, in the order of time.
final class OpenLogs {
    private(set) var merge: Merge
    private var streams: [LogStream] = []
    private var ledgers: [LedgerLog] = []
    /// Those that could not be read at all.
    private var unread: [SourceSummary] = []

    init(_ paths: [String], _ options: LogOptions, _ settings: Backtest.Settings) throws {
        var sources: [any LogSource] = []
        for path in paths {
            do {
                let stream = try LogStream(path, zone: settings.zone, year: options.year, now: Moment.now)
                if stream.kind == .ledger {
                    let ledger = try LedgerLog(path)
                    ledgers.append(ledger)
                    sources.append(ledger)
                } else {
                    streams.append(stream)
                    sources.append(stream)
                }
            } catch {
                Terminal.complain("\(error)")
                var summary = SourceSummary(file: path)
                summary.problems = ["\(error)"]
                unread.append(summary)
            }
        }
        merge = Merge(sources)
        if sources.isEmpty { throw Failure("none of these logs could be read") }
    }

    /// Calls `body` with each event, and shows how far it is.
    func forEach(_ body: (LogEvent) throws -> Void) rethrows {
        let progress = Progress(
            of: streams.reduce(0) { sum, stream in stream.size.flatMap { size in sum.map { $0 + size } } ?? nil })
        var number = 0
        while let event = merge.next() {
            try body(event)
            number += 1
            if number & 1023 == 0 {
                progress.show(bytes: streams.reduce(0) { $0 + $1.bytesRead }, lines: streams.reduce(0) { $0 + $1.lines })
            }
        }
        progress.finish()
        for stream in streams { for problem in stream.problems { Terminal.complain("\(stream.path): \(problem)") } }
        for ledger in ledgers { if let problem = ledger.problem { Terminal.complain("\(ledger.path): \(problem)") } }
    }

    var isSynthetic: Bool { streams.contains(where: \.isSynthetic) }

    /// What was read, once all of it was.
    var summaries: [SourceSummary] { streams.map(\.summary) + ledgers.map(\.summary) + unread }

    /// Whether something of them could not be read.
    var isPartial: Bool { summaries.contains { !$0.problems.isEmpty } }
}

extension LogStream {
    var summary: SourceSummary {
        var summary = SourceSummary(file: path)
        (summary.kind, summary.lines, summary.bytes, summary.tally) = (kind, lines, bytesRead, reading.tally)
        (summary.shapes, summary.otherShapes) = (reading.shapes.sorted, reading.shapes.others)
        (summary.problems, summary.notes) = (problems, notes)
        return summary
    }
}
