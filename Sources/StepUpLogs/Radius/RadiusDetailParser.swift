import StepUpCore

/// FreeRADIUS's detail files: packets, each under its time and before an empty line. Each packet, not each of its lines, is counted
/// once.
public struct RadiusDetailParser: LogParser {
    private static let program = Array("detail".utf8)[...]

    private var clock: LocalClock
    private var block: DetailBlock?
    private var twins = LoginTwins()

    public init(context: LogContext) { clock = LocalClock(context.zone) }

    /// Whether a file that begins so is of this form: a time, and below it attributes.
    public static func recognises(_ prefix: ArraySlice<UInt8>) -> Bool {
        let lines = prefix.split(separator: 0x0a, maxSplits: 2).map(FieldText.withoutReturn)
        guard lines.count >= 2, lines[0].count == CTime.length, CTime.hasForm(lines[0]) else { return false }
        return isAttribute(lines[1]) && lines[1].first(" = ") != nil
    }

    public mutating func read(_ whole: ArraySlice<UInt8>, into reading: inout LogReading) {
        let line = FieldText.withoutReturn(whole)
        if line.isEmpty {
            end(isCut: false, &reading)
        } else if Self.isAttribute(line) {
            if block == nil { block = DetailBlock(header: nil) }
            block?.add(line)
        } else if CTime.hasForm(line), line.count == CTime.length {
            end(isCut: true, &reading)
            block = DetailBlock(header: CTime.read(line, by: &clock))
        } else {
            // Not shown: it may be the end of a password.
            Self.unknown("a line outside of a packet", &reading)
        }
    }

    public mutating func finish(into reading: inout LogReading) { end(isCut: true, &reading) }

    private static func isAttribute(_ line: ArraySlice<UInt8>) -> Bool { line.first == 0x09 || line.first == 0x20 }

    /// - Parameter isCut: no empty line shows that the packet is whole.
    private mutating func end(isCut: Bool, _ reading: inout LogReading) {
        guard let block else { return }
        self.block = nil
        guard block.count <= DetailBlock.attributeLimit else {
            return Self.unknown("a packet of \(block.count) attributes", &reading)
        }
        let kind: LogEvent.Kind
        let outcome = block.outcome
        switch outcome {
        case .unknown:
            return Self.unknown(isCut ? "a packet that is cut" : "a packet of no known Packet-Type or Acct-Status-Type", &reading)
        case .none: return reading.understood()
        case .accepted, .started: kind = .accepted
        case .failed: kind = .failed
        case .closed: kind = .closed
        }
        guard let user = block.value(.user) else {
            return Self.unknown(isCut ? "a packet that is cut" : "a packet of a login without User-Name", &reading)
        }
        guard let time = block.time(isCut: isCut) else { return reading.badTime(Array("a packet without a time".utf8)[...]) }
        var event = LogEvent(
            kind, at: time, host: block.host, channel: .radius, service: RadiusMessage.service, user: FieldText.text(user))
        let caller = block.caller
        (event.source, event.key) = (caller.source, caller.device)
        event.session = block.value(.session).map { "\(event.host) \(FieldText.text($0))" }
        if kind == .accepted, twins.isSecond(event, isStart: outcome == .started) { return reading.understood() }
        reading.add(event)
    }

    private static func unknown(_ message: String, _ reading: inout LogReading) {
        reading.unknown(program, Array(message.utf8)[...])
    }
}

/// A login of which a detail file tells twice: by the answer that let it in, and by the start of its accounting.
private struct LoginTwins {
    private static let window = Span.seconds(60)
    private static let limit = 4096

    private struct Login: Hashable {
        var user: String
        var host: String
    }

    /// Of a user at a NAS, what was told of once as yet: how many, of which kind, and when last.
    private var single: [Login: (count: Int, isStart: Bool, last: Timestamp)] = [:]

    mutating func isSecond(_ event: LogEvent, isStart: Bool) -> Bool {
        let login = Login(user: event.user, host: event.host)
        var waiting = (count: 0, isStart: isStart, last: event.time)
        if let found = single[login], abs((event.time - found.last).milliseconds) <= Self.window.milliseconds {
            waiting = found
        }
        if waiting.count > 0, waiting.isStart != isStart {
            waiting.count -= 1
            single[login] = waiting.count > 0 ? waiting : nil
            return true
        }
        if single.count >= Self.limit, single[login] == nil {
            single = single.filter { abs((event.time - $0.value.last).milliseconds) <= Self.window.milliseconds }
            // So many within a minute that it is not worth more memory.
            if single.count >= Self.limit { single = [:] }
        }
        single[login] = (waiting.count + 1, isStart, event.time)
        return false
    }
}
