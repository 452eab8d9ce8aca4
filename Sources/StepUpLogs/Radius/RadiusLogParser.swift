import StepUpCore

/// FreeRADIUS 2's and 3's own log:
/// `Mon Dec 10 06:55:46 2018 : Auth: (12) Login OK: [alice] (from client vpn port 0 cli 192.0.2.1)`.
public struct RadiusLogParser: LogParser {
    private var clock: LocalClock
    private var last: Timestamp?

    public init(context: LogContext) { clock = LocalClock(context.zone) }

    /// Whether a line has the form of this log.
    public static func recognises(_ line: ArraySlice<UInt8>) -> Bool {
        guard CTime.hasForm(line) else { return false }
        let rest = line.dropFirst(CTime.length)
        return rest.starts(with: " : ".utf8) && rest.dropFirst(3).prefix(16).contains(UInt8(ascii: ":"))
    }

    public mutating func read(_ whole: ArraySlice<UInt8>, into reading: inout LogReading) {
        let line = FieldText.withoutReturn(whole)
        guard !line.isEmpty else { return reading.understood() }
        guard let time = CTime.read(line, by: &clock) else { return reading.badTime(RadiusMessage.redacted(line)) }
        reading.follow(time, after: &last)
        let rest = line.dropFirst(CTime.length)
        let message = rest.dropFirst(3)
        guard rest.starts(with: " : ".utf8), let colon = message.prefix(16).firstIndex(of: UInt8(ascii: ":")) else {
            return reading.unknown(RadiusMessage.program, RadiusMessage.redacted(rest))
        }
        let (level, text) = (message[..<colon], message[(colon + 1)...])
        // Attributes and what they expand to, passwords with them: nothing that Auth does not say, too.
        if FieldText.equals(level, "Debug") { return reading.understood() }
        if FieldText.equals(level, "Auth"), RadiusMessage.read(text, at: time, host: "", into: &reading) { return }
        RadiusMessage.readOther(text, into: &reading)
    }

    public mutating func finish(into reading: inout LogReading) {}
}
