import StepUpCore
import StepUpLogs
import Testing

@Suite("wtmp and btmp")
struct UtmpTests {
    private static let start: UInt32 = 1_544_424_946

    private func record(
        _ type: UInt16, line: String = "", user: String = "", host: String = "", address: [UInt8] = [], time: UInt32 = start,
        micros: UInt32 = 0
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: UtmpParser.recordSize)
        func put(_ value: [UInt8], _ at: Int, _ limit: Int) {
            for (index, byte) in value.prefix(limit).enumerated() { bytes[at + index] = byte }
        }
        func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        put([UInt8(type & 255), UInt8(type >> 8)], 0, 2)
        put(Array(line.utf8), 8, 32)
        put(Array(user.utf8), 44, 32)
        put(Array(host.utf8), 76, 256)
        put(little(time), 340, 4)
        put(little(micros), 344, 4)
        put(address, 348, 16)
        return bytes
    }

    private func read(_ records: [[UInt8]], name: String = "/var/log/wtmp") -> LogReading {
        var context = anywhere
        context.fileName = name
        var (parser, reading) = (UtmpParser(context: context), LogReading())
        for record in records { parser.read(record[...], into: &reading) }
        parser.finish(into: &reading)
        return reading
    }

    @Test("a session's end is joined to its login by the line, and carries its user")
    func session() throws {
        let reading = read([
            record(7, line: "pts/0", user: "alice", host: "192.0.2.1", address: [192, 0, 2, 1], micros: 250_000),
            record(8, line: "pts/0", time: Self.start + 60), record(8, line: "pts/0", time: Self.start + 61),
        ])
        #expect(reading.events.map(\.kind) == [.accepted, .closed] && reading.tally.understood == 1)
        let login = try #require(reading.events.first)
        #expect(login.user == "alice" && login.service == "sshd" && login.host == "" && login.session == "pts/0")
        #expect(login.source == address("192.0.2.1"))
        #expect(login.time == Timestamp(milliseconds: Int64(Self.start) * 1000 + 250))
        #expect(reading.events[1].user == "alice" && reading.events[1].session == "pts/0")
    }

    @Test("a restart ends all sessions")
    func restart() {
        for end in [record(2, line: "~", user: "reboot"), record(1, line: "~~", user: "shutdown")] {
            let reading = read([record(7, line: "pts/0", user: "alice", host: "192.0.2.1"), end, record(8, line: "pts/0")])
            #expect(reading.tally.accepted == 1 && reading.tally.closed == 0 && reading.tally.understood == 2)
        }
    }

    @Test("addresses come from where they are, and what is none is unknown")
    func sources() throws {
        let six: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        let cases: [(host: String, address: [UInt8], line: String, Observed<IPAddress>, service: String)] = [
            ("ignored.example", six, "pts/1", address("2001:db8::1"), "sshd"),
            ("192.0.2.7:10.0", [], "pts/1", address("192.0.2.7"), "sshd"),
            ("2001:db8::5", [], "pts/1", address("2001:db8::5"), "sshd"),
            ("192.0.2.7 via mosh [42]", [], "pts/1", address("192.0.2.7"), "sshd"),
            ("desk.example", [], "pts/1", .unknown("host name"), "sshd"),
            ("", [], "tty1", .notApplicable, "login"), (":0", [], ":0", .notApplicable, "login"),
            (":0", [], "pts/3", .notApplicable, "login"),
            ("192.0.2.8", [], "ttyp0", address("192.0.2.8"), "login"),
        ]
        for (host, address, line, source, service) in cases {
            let event = try #require(read([record(7, line: line, user: "alice", host: host, address: address)]).events.first)
            #expect(event.source == source && event.service == service, "\(host) \(line)")
        }
    }

    @Test("a getty that waits and a window of tmux or screen are no logins")
    func noLogins() {
        let reading = read([
            record(6, line: "tty1", user: "LOGIN"), record(5, line: "tty1"),
            record(7, line: "pts/4", user: "alice", host: "tmux(812).%1"),
            record(7, line: "pts/4", user: "alice", host: "192.0.2.1:S.0"), record(1, user: "runlevel"), record(0), record(3),
            record(9),
        ])
        #expect(reading.events.isEmpty && reading.tally.understood == 8)
    }

    @Test("what stands in btmp failed, also as a user's process")
    func failures() throws {
        let records = [
            record(6, line: "ssh:notty", user: "root", host: "192.0.2.1", address: [192, 0, 2, 1]),
            record(6, line: "ssh:notty", user: "", host: "192.0.2.1"), record(6, line: "ssh:notty", user: "UNKNOWN"),
            record(6, line: "tty1", user: "bob"), record(7, line: "tty1", user: "LOGIN"),
        ]
        let reading = read(records, name: "/var/log/btmp-20240101")
        #expect(reading.events.map(\.kind) == [.failed, .failed, .failed, .failed, .failed])
        #expect(reading.events.map(\.isAccount) == [true, false, false, true, true])
        #expect(reading.events.map(\.service) == ["sshd", "sshd", "sshd", "login", "login"])
        #expect(reading.events[2].source == .unknown("missing") && reading.events[3].source == .notApplicable)
        #expect(read(Array(records.prefix(4)), name: "saved").tally.failed == 4, "by content, whatever the file is called")
        #expect(read([records[4]], name: "mybtmp").tally.accepted == 1)
    }

    @Test("garbage is counted, by its shape, and never shown")
    func garbage() {
        let reading = read([
            record(10), record(65_535), record(7, line: "pts/0", user: "alice", time: 0),
            record(7, line: "pts/0", user: "alice", time: 5),
            record(7, line: "pts/0", user: "alice", time: .max), record(7, line: "pts/0", user: "al\u{1b}[31m"),
            record(7, line: "pts/0"),
        ])
        #expect(reading.events.isEmpty && reading.tally.unknown == 7)
        #expect(reading.shapes.sorted.first { $0.text == "utmp: record of type #" }?.count == 2)
        #expect(!reading.shown.contains("31m"))
    }

    @Test("a record that is cut at any byte is one that is unknown")
    func cut() {
        let whole = record(7, line: "pts/0", user: "alice", host: "192.0.2.1")
        for length in 0..<whole.count {
            let reading = read([Array(whole.prefix(length))])
            #expect(reading.tally.unknown == 1 && reading.tally.total == 1)
            #expect(reading.shapes.sorted.map(\.text) == ["utmp: record cut after # bytes"])
        }
    }

    @Test("any bytes are read without harm, and each record comes to one end")
    func noise() {
        var state: UInt64 = 7
        for _ in 0..<500 {
            let bytes = (0..<384).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            var near = bytes
            near.replaceSubrange(0..<2, with: [bytes[0] % 11, 0])
            near.replaceSubrange(340..<344, with: [0, 0, 0, 0x5c])
            #expect(read([bytes]).tally.total == 1 && read([near]).tally.total == 1)
        }
    }

    @Test("the sessions that are remembered are bounded")
    func bounded() {
        let logins = (0..<10_000).map { record(7, line: "pts/\($0)", user: "alice", host: "192.0.2.1") }
        #expect(read(logins + [record(8, line: "pts/9999"), record(8, line: "pts/1")]).tally.closed == 1)
    }

    @Test("the form is told from other files")
    func recognised() {
        let records = record(2, line: "~", user: "reboot") + record(7, line: "pts/0", user: "alice", host: "192.0.2.1")
        #expect(UtmpParser.recognises(records[...]))
        #expect(UtmpParser.recognises((records + records.prefix(100))[...]))
        #expect(UtmpParser.recognises(([0] + records)[1...]))
        #expect(!UtmpParser.recognises(records.prefix(383)))
        #expect(!UtmpParser.recognises([UInt8](repeating: 0, count: 768)[...]))
        #expect(!UtmpParser.recognises([UInt8](repeating: 0x41, count: 768)[...]))
        #expect(!UtmpParser.recognises((records + record(7, time: 3))[...]))
    }
}
