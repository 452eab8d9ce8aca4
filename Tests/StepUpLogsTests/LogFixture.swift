import StepUpCore
import StepUpLogs

/// A log of a few lines, read whole.
struct LogFixture {
    var events: [LogEvent] = []
    var tally = LogTally()
    var shapes: [Shapes.Shape] = []
    var lines = 0

    init(_ parser: some LogParser, _ text: String) { self.init(parser, Array(text.utf8)) }

    init(_ parser: some LogParser, _ bytes: [UInt8]) {
        var parser = parser
        var reading = LogReading()
        for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
            parser.read(line, into: &reading)
            lines += 1
        }
        parser.finish(into: &reading)
        events = reading.takeEvents()
        (tally, shapes) = (reading.tally, reading.shapes.sorted)
    }

    static func syslog(_ text: String, year: Int? = 2026, zone: ZoneRules = .utc, end: String = "2026-12-31T23:59:59Z")
        -> LogFixture
    {
        LogFixture(SyslogParser(LogContext(zone: zone, end: Timestamp(rfc3339: end) ?? Timestamp(seconds: 0), year: year)), text)
    }

    /// One word each: `accepted alice 192.0.2.1`.
    var story: [String] {
        events.map { event in
            var words = [event.kind.rawValue, event.isAccount ? event.user : "(\(event.user))"]
            if let address = event.source.value { words.append(address.description) }
            return words.joined(separator: " ")
        }
    }
}
