import StepUpCore

/// Lines of syslog: auth.log, secure, messages; as rsyslog, syslog-ng, sysklogd and `journalctl` write them, or RFC 5424.
public struct SyslogParser: LogParser {
    private var clock: SyslogClock
    private var messages = LoginMessages()
    /// For `last message repeated N times`.
    private var lastLine: (header: LoginMessages.Header, message: ArraySlice<UInt8>)?

    public init(_ context: LogContext) { clock = SyslogClock(context) }

    /// The years that times without one were taken for.
    public var guessedYears: ClosedRange<Int>? { clock.guessed }

    public mutating func read(_ line: ArraySlice<UInt8>, into reading: inout LogReading) {
        var rest = line
        if rest.isEmpty { return reading.understood() }
        let isRFC5424 = Self.dropPriority(&rest)
        guard let time = clock.take(&rest) else { return reading.badTime(line) }
        var host = rest.prefix { $0 != 0x20 }
        if host.last == 0x3a, !isRFC5424 {
            // No host, as some appliances write it: the program comes at once.
            host = rest[rest.startIndex..<rest.startIndex]
        } else {
            _ = rest.word()
            rest.skipBlanks()
            Self.dropFacility(&rest)
        }
        var header = LoginMessages.Header(time: time, host: host, program: [], pid: nil)
        if isRFC5424 {
            header.program = rest.word()
            header.pid = rest.word().number
            _ = rest.word()
            Self.dropStructuredData(&rest)
        } else if let message = Self.tag(&header, rest) {
            rest = message
        } else if let count = Self.repeats(rest), let last = lastLine, last.header.host == host {
            (header.program, header.pid) = (last.header.program, last.header.pid)
            messages.read(header, last.message, times: count, into: &reading)
            return
        } else {
            header.program = []
        }
        if isLogin(header.program) { lastLine = (header, rest) }
        // rsyslog: `message repeated 5 times: [ Failed password for …]`
        if let (count, message) = Self.repeated(rest) {
            messages.read(header, message, times: count, into: &reading)
        } else {
            messages.read(header, rest, into: &reading)
        }
    }

    public mutating func finish(into reading: inout LogReading) { messages.finish(into: &reading) }

    private func isLogin(_ program: ArraySlice<UInt8>) -> Bool { program.begins(Self.sshd) }
    private static let sshd = bytes("sshd")

    /// busybox's `auth.info ` between host and program.
    private static func dropFacility(_ rest: inout ArraySlice<UInt8>) {
        guard let first = rest.first, first == UInt8(ascii: "a") || first == UInt8(ascii: "d") || first == UInt8(ascii: "u") else {
            return
        }
        for facility in facilities where rest.begins(facility) {
            var behind = rest.dropFirst(facility.count)
            let level = behind.word()
            if level.allSatisfy({ $0 >= 0x61 && $0 <= 0x7a }), !behind.isEmpty { rest = behind }
            return
        }
    }
    private static let facilities = ["auth.", "authpriv.", "daemon.", "user."].map { Array($0.utf8) }

    /// `<86>` before a line as it goes over the network, and the version of RFC 5424 behind it.
    private static func dropPriority(_ line: inout ArraySlice<UInt8>) -> Bool {
        guard line.first == 0x3c, let close = line.prefix(6).firstIndex(of: 0x3e) else { return false }
        line = line[(close + 1)...]
        guard line.count > 2, line[line.startIndex] == 0x31, line[line.startIndex + 1] == 0x20 else { return false }
        line = line[(line.startIndex + 2)...]
        return true
    }

    /// RFC 5424, 6.3.
    private static func dropStructuredData(_ rest: inout ArraySlice<UInt8>) {
        if rest.first == 0x2d {
            _ = rest.word()
        } else {
            var isQuoted = false
            var index = rest.startIndex
            while index < rest.endIndex {
                let byte = rest[index]
                if byte == 0x5c, isQuoted { index += 1 }
                if byte == 0x22 { isQuoted.toggle() }
                if byte == 0x5d, !isQuoted, index + 1 == rest.endIndex || rest[index + 1] != 0x5b { break }
                index += 1
            }
            rest = rest[Swift.min(index + 1, rest.endIndex)...]
            rest.skipBlanks()
        }
        if rest.begins([0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
    }

    /// `sshd[24200]: `, `sudo: `, `sshd(pam_unix)[19939]: `.
    /// - Returns: what stands behind it; nil if there is no such thing.
    private static func tag(_ header: inout LoginMessages.Header, _ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var index = rest.startIndex
        let limit = Swift.min(rest.endIndex, rest.startIndex + 80)
        while index < limit, rest[index] != 0x3a, rest[index] != 0x5b, rest[index] != 0x20 { index += 1 }
        guard index < limit, index > rest.startIndex else { return nil }
        header.program = rest[rest.startIndex..<index]
        if rest[index] == 0x5b {
            guard let close = rest[index..<limit].firstIndex(of: 0x5d) else { return nil }
            header.pid = rest[(index + 1)..<close].number
            index = close + 1
        }
        guard index < rest.endIndex, rest[index] == 0x3a else { return nil }
        index += 1
        if index < rest.endIndex, rest[index] == 0x20 { index += 1 }
        return rest[index...]
    }

    private static let lastRepeated = bytes("last message repeated ")
    private static let messageRepeated = bytes("message repeated ")
    private static let times = bytes(" times")

    private static func repeats(_ rest: ArraySlice<UInt8>) -> Int? {
        guard let count = rest.after(lastRepeated)?.before(times)?.number else { return nil }
        return Swift.min(count, LoginMessages.mostRepeats)
    }

    private static func repeated(_ rest: ArraySlice<UInt8>) -> (Int, ArraySlice<UInt8>)? {
        guard var tail = rest.after(messageRepeated), let count = tail.word().number, tail.last == 0x5d else { return nil }
        guard let message = tail.after(bracketed) else { return nil }
        var inner = message.dropLast()
        inner.skipBlanks()
        return (Swift.min(count, LoginMessages.mostRepeats), inner)
    }
    private static let bracketed = bytes("times: [")
}
