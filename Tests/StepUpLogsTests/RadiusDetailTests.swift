import StepUpCore
import StepUpLogs
import Testing

@Suite("FreeRADIUS's detail files")
struct RadiusDetailTests {
    private var parser: RadiusDetailParser { RadiusDetailParser(context: anywhere) }

    /// A packet with the usual attributes; those of `lines` first.
    private func packet(
        _ lines: String..., user: String? = "alice", seconds: Int = 1_544_424_946, nas: String = "NAS-Identifier = \"vpn1\""
    ) -> String {
        let all = lines + (user.map { ["User-Name = \"\($0)\""] } ?? []) + ["\(nas)", "Timestamp = \(seconds)"]
        return "Mon Dec 10 06:55:46 2018\n" + all.map { "\t\($0)\n" }.joined() + "\n"
    }

    @Test("a session is let in by its start and ends with its stop, joined by its id")
    func session() throws {
        let reading = read(
            parser,
            packet("Acct-Status-Type = Start", "Acct-Session-Id = \"00A1\"", "Calling-Station-Id = \"192.0.2.1\"")
                + packet("Acct-Status-Type = Interim-Update", "Acct-Session-Id = \"00A1\"")
                + packet("Acct-Status-Type = Stop", "Acct-Session-Id = \"00A1\"", seconds: 1_544_425_000))
        #expect(reading.events.map(\.kind) == [.accepted, .closed] && reading.tally.understood == 1)
        let login = try #require(reading.events.first)
        #expect(login.user == "alice" && login.host == "vpn1" && login.session == "vpn1 00A1" && login.channel == .radius)
        #expect(login.service == "vpn" && login.source == address("192.0.2.1"))
        #expect(login.time == Timestamp(seconds: 1_544_424_946) && reading.events[1].session == login.session)
    }

    @Test("answers tell what became of a request, the request alone does not")
    func answers() throws {
        let reading = read(
            parser,
            packet("Packet-Type = Access-Request", "User-Password = \"S3cret\"", "CHAP-Password = 0x0053336372657400")
                + packet("Packet-Type = Access-Challenge") + packet("Packet-Type = Access-Reject", "MS-CHAP-Error = \"S3cret\"")
                + packet("Packet-Type = Access-Accept") + packet("Packet-Type = Access-Accept", "FreeRADIUS-Proxied-To = 127.0.0.1")
                + packet("Acct-Status-Type = Accounting-On", user: nil) + packet("Acct-Status-Type = Alive"))
        #expect(reading.events.map(\.kind) == [.failed, .accepted] && reading.tally.understood == 5 && reading.tally.total == 7)
        #expect(!reading.shown.contains("S3cret"))
    }

    @Test("the answer and the start of one login are one login, whichever is first; other logins are others")
    func twins() {
        let (accept, start) = ("Packet-Type = Access-Accept", "Acct-Status-Type = Start")
        func accepted(_ packets: String...) -> Int {
            let reading = read(parser, packets.joined())
            #expect(reading.tally.total == packets.count)
            return reading.tally.accepted
        }
        let now = 1_544_424_946
        #expect(accepted(packet(accept), packet(start, seconds: now + 60)) == 1)
        #expect(accepted(packet(start), packet(accept, seconds: now + 2)) == 1)
        #expect(accepted(packet(accept), packet(start, seconds: now + 61)) == 2)
        #expect(accepted(packet(accept), packet(start, user: "bob")) == 2)
        #expect(accepted(packet(accept), packet(start, nas: "NAS-Identifier = \"vpn2\"")) == 2)
        #expect(accepted(packet(start), packet(start, seconds: now + 1)) == 2, "two sessions")
        #expect(accepted(packet(accept), packet(accept), packet(start), packet(start)) == 2)
        #expect(accepted(packet(accept), packet(start), packet(start)) == 2)
    }

    @Test("the NAS is named by the best attribute that there is")
    func hosts() {
        let all = [
            "Packet-Src-IP-Address = 192.0.2.4", "Client-IP-Address = 192.0.2.3", "NAS-IP-Address = 192.0.2.2",
            "NAS-Identifier = \"nas\"",
        ]
        for (index, name) in ["192.0.2.4", "192.0.2.3", "192.0.2.2", "nas"].enumerated() {
            let text = packet("Packet-Type = Access-Reject", all[...index].joined(separator: "\n\t"), nas: "X = y")
            #expect(read(parser, text).events.map(\.host) == [name])
        }
    }

    @Test("the address is the caller's, else the tunnel's end; a MAC is the device")
    func callers() throws {
        func event(_ lines: String) throws -> LogEvent {
            try #require(read(parser, packet("Packet-Type = Access-Accept", lines)).events.first)
        }
        let tunnel = address("192.0.2.9")
        let mac = Observed.known(KeyFact(type: "mac", fingerprint: "mac 00-11-22-33-44-55"))
        let both = try event("Calling-Station-Id = \"00-11-22-33-44-55\"\n\tTunnel-Client-Endpoint:0 = \"192.0.2.9\"")
        #expect(both.source == tunnel && both.key == mac)
        #expect(try event("Calling-Station-Id = \"192.0.2.9\"\n\tTunnel-Client-Endpoint = \"192.0.2.8\"").source == tunnel)
        #expect(try event("Calling-Station-Id = \"192.0.2.9[4500]\"").source == tunnel)
        let device = try event("Calling-Station-Id = \"00:11:22:33:44:55\"")
        #expect(device.source == .unknown("not an address") && device.key == mac)
        #expect(try event("Calling-Station-Id = \"+41\"").key == .notApplicable)
        #expect(try event("X = y").source == .unknown("missing"))
    }

    @Test("values are unescaped, and a name may hold anything")
    func values() {
        for (written, user) in [
            (#"a\"b"#, "a\"b"), (#"a\\b"#, #"a\b"#), (#"a\nb"#, "a\nb"), (#"a\303\244"#, "aä"),
            (#"Packet-Type = Access-Reject"#, "Packet-Type = Access-Reject"),
            (#" = "#, " = "), (#"\t"#, "\t"),
        ] {
            #expect(read(parser, packet("Packet-Type = Access-Accept", user: written)).events.map(\.user) == [user])
        }
        let bare = "Mon Dec 10 06:55:46 2018\n\tPacket-Type = 2\n        User-Name = alice\n\n"
        #expect(read(parser, bare).events.map(\.user) == ["alice"])
    }

    @Test("without Timestamp the time above the packet counts, in the zone of the log")
    func times() throws {
        let context = LogContext(zone: try zone("CET-1CEST,M3.5.0,M10.5.0/3"), end: anywhere.end)
        let text = "Mon Dec 10 06:55:46 2018\r\n\tPacket-Type = Access-Accept\r\n\tUser-Name = \"alice\"\r\n\r\n"
        #expect(read(RadiusDetailParser(context: context), text).events.map(\.time) == [moment("2018-12-10T05:55:46Z")])
        #expect(read(parser, "\tPacket-Type = Access-Accept\n\tUser-Name = \"alice\"\n\n").tally.badTimes == 1)
        #expect(
            read(parser, "Mon Feb 30 06:55:46 2018\n\tPacket-Type = Access-Accept\n\tUser-Name = \"alice\"\n\n").tally.badTimes == 1
        )
        let huge = "\tPacket-Type = Access-Accept\n\tUser-Name = \"alice\"\n\tTimestamp = 999999999999999999999\n\n"
        #expect(read(parser, huge).tally.badTimes == 1)
    }

    @Test("what is not of the form is counted, and none of it is shown")
    func unknown() {
        let reading = read(
            parser,
            packet("Packet-Type = Access-Accept", user: nil) + packet("X = y") + packet("Packet-Type = Strange") + "S3cret\n\n\n"
                + packet("Acct-Status-Type = S3cret"))
        #expect(reading.tally.unknown == 5 && reading.tally.total == 5 && !reading.shown.contains("S3cret"))
    }

    @Test("a packet of more attributes than there are is not read")
    func bounded() {
        let many = (0..<10_000).map { "X\($0) = y\n\t" }.joined()
        let reading = read(parser, packet(many + "Packet-Type = Access-Accept"))
        #expect(reading.tally.unknown == 1 && reading.tally.total == 1)
        let enough = (0..<500).map { "X\($0) = y\n\t" }.joined()
        #expect(read(parser, packet(enough + "Packet-Type = Access-Accept")).tally.accepted == 1)
        let users = (0..<20_000).map { packet("Packet-Type = Access-Accept", user: "u\($0)") }.joined()
        #expect(read(parser, users).tally.accepted == 20_000)
    }

    @Test("a packet cut at any byte is used only if it has what it needs, and is never another's")
    func cut() {
        let text = packet(
            "Packet-Type = Access-Accept", "User-Password = \"S3cret\"", "Acct-Session-Id = \"00A1\"",
            "Calling-Station-Id = \"192.0.2.1\"")
        let bytes = Array(text.utf8)
        for length in 1...bytes.count {
            let reading = read(parser, String(decoding: bytes[..<length], as: UTF8.self))
            #expect(reading.tally.total == 1, "\(length)")
            #expect(
                reading.events.allSatisfy {
                    $0.user == "alice"
                        && $0.time.seconds == (length == bytes.count ? 1_544_424_946 : moment("2018-12-10T06:55:46Z").seconds)
                })
            #expect(reading.events.allSatisfy { $0.source.value?.description == "192.0.2.1" })
            #expect(!reading.shown.contains("S3cret"))
        }
        #expect(read(parser, text.replacing("\n\n", with: "\n")).tally.accepted == 1)
        #expect(read(parser, text.replacing("\n\n", with: "\n") + text).tally.total == 2, "no empty line between two")
    }

    @Test("the form is told from other files")
    func recognised() {
        #expect(RadiusDetailParser.recognises(Array(packet("X = y").utf8)[...]))
        for other in [
            "", "Mon Dec 10 06:55:46 2018", "Mon Dec 10 06:55:46 2018\nx", "Mon Dec 10 06:55:46 2018 : Info: x\n\ty = z\n",
        ] {
            #expect(!RadiusDetailParser.recognises(Array(other.utf8)[...]))
        }
    }
}
