import StepUpCore
import StepUpLogs

/// What a parser makes of a text, line by line.
func read(_ parser: some LogParser, _ text: String) -> LogReading {
    var (parser, reading) = (parser, LogReading())
    var lines = Array(text.utf8).split(separator: 0x0a, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for line in lines { parser.read(line, into: &reading) }
    parser.finish(into: &reading)
    return reading
}

/// Nothing but times without an offset needs it.
var anywhere: LogContext { LogContext(zone: .utc, end: Timestamp(seconds: 1_800_000_000)) }

extension LogTally {
    /// Lines that came to an end, one each.
    var total: Int { accepted + failed + invalidUsers + closed + understood + unknown + badTimes + tooLong }
}

extension LogReading {
    /// All that a reader could be shown.
    var shown: String { "\(events) \(shapes.sorted)" }
}

func moment(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(milliseconds: .min) }

/// A zone file of nothing but a footer.
func zone(_ footer: String) throws -> ZoneRules {
    func header(_ types: UInt8) -> [UInt8] {
        Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15 + 16) + [0, 0, 0, types] + [0, 0, 0, 4]
    }
    let types: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("LMT\0".utf8)
    return try ZoneRules(tzif: header(1) + types + header(1) + types + Array("\n\(footer)\n".utf8))
}

func address(_ text: String) -> Observed<IPAddress> { IPAddress(text).map(Observed.known) ?? .unknown("no address: \(text)") }
