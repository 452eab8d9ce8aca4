import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLogs
import StepUpSources

/// What a backtest takes: lines read, logins decided. Of made-up logins, so that anybody finds the same.
extension Micro {
    static func logs(policy file: String) throws {
        let files = ZoneFiles(directory: "/usr/share/zoneinfo")
        let policy = try policy(String(decoding: try SmallFile.read(file, limit: PolicyLoader.sizeLimit), as: UTF8.self))
        var settings = LoginGenerator.Settings(zone: try files.rules(of: "Europe/Zurich"))
        (settings.people, settings.days) = (100, 60)
        let events = Array(LoginGenerator(settings))
        var (log, csv) = (AuthLogWriter(seed: 1), RBAWriter())
        let context = LogContext(zone: settings.zone, end: settings.start)
        let lines = events.flatMap { log.lines($0) }.map { Array($0.utf8) }
        // The classic form, whose times have neither year nor zone.
        let classic = lines.map { Array("Mar  1 08:00:00".utf8) + $0.drop { $0 != 0x20 } }
        let journal = lines.map { line in
            let words = line.split(separator: 0x20, maxSplits: 3).map { String(decoding: $0, as: UTF8.self) }
            return Array(
                #"{"__CURSOR":"s=0","__REALTIME_TIMESTAMP":"1772352000000000","_HOSTNAME":"\#(words[1])","SYSLOG_IDENTIFIER":"sshd","_PID":"77","PRIORITY":"6","_TRANSPORT":"syslog","MESSAGE":"\#(words[3])"}"#
                    .utf8)
        }
        rate("auth.log, ISO 8601: lines", lines) { SyslogParser(context) }
        rate("auth.log, classic: lines", classic) { SyslogParser(context) }
        rate("journalctl -o json: lines", journal) { JournalParser() }
        let rows = events.compactMap { csv.line($0) }.map { Array($0.utf8) }
        let header = Array(RBAWriter.header.utf8)[...]
        let parser = try RBAParser(header: header)
        rate("RBA CSV: rows", rows) { parser }

        let candidate = Backtest.Candidate(policy, name: file, zones: files.readable(policy.needs.zones))
        var decisions = 0
        let took = Figure.seconds {
            var backtest = Backtest(candidate, Backtest.Settings())
            for event in events { backtest.take(event) }
            let summary = backtest.summary(of: [], duplicates: 0)
            decisions = summary.logins + summary.outcome.caught.map(\.tries).reduce(0, +)
        }
        let second = Double(decisions) / took
        Figure.row(
            "backtest: decisions, imagined attackers' too", second, "/s", bar: "at least 30,000 /s", isMet: second >= 30_000)
    }

    private static func rate(_ name: String, _ lines: [[UInt8]], _ parser: () -> some LogParser) {
        let took = Figure.seconds {
            var (parser, reading) = (parser(), LogReading())
            for (number, line) in lines.enumerated() {
                parser.read(line[...], into: &reading)
                if number & 1023 == 0 { _ = reading.takeEvents() }
            }
            parser.finish(into: &reading)
        }
        let rate = Double(lines.count) / took
        Figure.row(name, rate, "/s", bar: "at least 300,000 /s", isMet: rate >= 300_000)
    }
}
