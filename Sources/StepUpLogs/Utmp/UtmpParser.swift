import StepUpCore

/// wtmp and btmp: who was let in on which line and when that ended, and who failed.
public struct UtmpParser: LogParser {
    /// Bytes of a record.
    public static let recordSize = UtmpRecord.size
    /// Lines with an open session that are remembered: a host has as many as it has terminals.
    static let lineLimit = 4096

    private static let program = Array("utmp".utf8)[...]

    /// Every record in the file that names a user is a failure.
    private let isFailures: Bool
    private var last: Timestamp?
    private var open: [ArraySlice<UInt8>: LogEvent] = [:]

    public init(context: LogContext) {
        let name = context.fileName.utf8
        isFailures = (name.lastIndex(of: 0x2f).map { name[name.index(after: $0)...] } ?? name[...]).starts(with: "btmp".utf8)
    }

    /// Whether a file that begins so holds records of this form. Needs a whole record.
    public static func recognises(_ prefix: ArraySlice<UInt8>) -> Bool {
        var (start, hasRecord) = (prefix.startIndex, false)
        while start + recordSize <= prefix.endIndex, start < prefix.startIndex + 16 * recordSize {
            let record = UtmpRecord(prefix[start..<start + recordSize])
            guard record.isPlausible else { return false }
            if record.kind != .empty { hasRecord = true }
            start += recordSize
        }
        return hasRecord
    }

    public mutating func read(_ bytes: ArraySlice<UInt8>, into reading: inout LogReading) {
        guard bytes.count == Self.recordSize else {
            return Self.unknown("record cut after \(bytes.count) bytes", &reading)
        }
        let record = UtmpRecord(bytes)
        guard let kind = record.kind else { return Self.unknown("record of type \(record.type)", &reading) }
        if kind == .empty { return reading.understood() }
        guard let time = record.time else { return Self.unknown("record of type \(record.type) without a time", &reading) }
        guard record.user.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            return Self.unknown("record of type \(record.type) with a name that does not print", &reading)
        }
        reading.follow(time, after: &last)
        switch kind {
        case .login where isFailures || FieldText.equals(record.line, "ssh:notty"), .user where isFailures:
            reading.add(Self.event(.failed, record, time))
        case .login where !record.user.isEmpty && !FieldText.equals(record.user, "LOGIN"):
            reading.add(Self.event(.failed, record, time))
        case .user: logIn(record, time, &reading)
        case .dead: logOut(record, time, &reading)
        case .boot: endAll(&reading)
        case .runLevel where FieldText.equals(record.user, "shutdown"): endAll(&reading)
        default: reading.understood()
        }
    }

    public mutating func finish(into reading: inout LogReading) {}

    private mutating func logIn(_ record: UtmpRecord, _ time: Timestamp, _ reading: inout LogReading) {
        guard !record.user.isEmpty else { return Self.unknown("record of type \(record.type) without a name", &reading) }
        guard !Self.isWindow(record.host) else { return reading.understood() }
        let event = Self.event(.accepted, record, time)
        reading.add(event)
        // Without its own copy a line would keep all that was read with it.
        if open.count >= Self.lineLimit { open = [:] }
        open[Array(record.line)[...]] = event
    }

    /// The record of an end names no user.
    private mutating func logOut(_ record: UtmpRecord, _ time: Timestamp, _ reading: inout LogReading) {
        guard var event = open.removeValue(forKey: record.line) else { return reading.understood() }
        (event.kind, event.time) = (.closed, time)
        reading.add(event)
    }

    private mutating func endAll(_ reading: inout LogReading) {
        open = [:]
        reading.understood()
    }

    private static func event(_ kind: LogEvent.Kind, _ record: UtmpRecord, _ time: Timestamp) -> LogEvent {
        let (line, host) = (record.line, record.host)
        let address = record.address ?? Self.address(host)
        let isLocal = address == nil && (host.isEmpty || host.first == 0x3a)
        let isSSH = FieldText.equals(line, "ssh:notty") || !isLocal && line.starts(with: "pts/".utf8)
        var event = LogEvent(kind, at: time, host: "", service: isSSH ? "sshd" : "login", user: FieldText.text(record.user))
        if let address {
            event.source = .known(address)
        } else if !isLocal {
            event.source = .unknown("host name")
        } else if isSSH {
            event.source = .unknown("missing")
        }
        if kind == .failed {
            event.isAccount = !["", "UNKNOWN", "(unknown)"].contains(event.user)
        } else {
            event.session = FieldText.text(line)
        }
        return event
    }

    /// `192.0.2.1`, with a display behind it (`192.0.2.1:10.0`) or the program that came by it (`192.0.2.1 via mosh [42]`).
    private static func address(_ host: ArraySlice<UInt8>) -> IPAddress? {
        let word = host.prefix { $0 != 0x20 && $0 != 0x25 }
        if let address = IPAddress(word) { return address }
        guard let colon = word.lastIndex(of: 0x3a), word[(colon + 1)...].allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2e })
        else { return nil }
        return IPAddress(word[..<colon])
    }

    /// A window that tmux or screen opened, within a session that was counted.
    private static func isWindow(_ host: ArraySlice<UInt8>) -> Bool {
        host.starts(with: "tmux(".utf8) || host.first(":S.") != nil
    }

    private static func unknown(_ message: String, _ reading: inout LogReading) {
        reading.unknown(program, Array(message.utf8)[...])
    }
}
