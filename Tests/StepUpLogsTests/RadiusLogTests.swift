import StepUpCore
import StepUpLogs
import Testing

@Suite("FreeRADIUS's log")
struct RadiusLogTests {
    private static let head = "Mon Dec 10 06:55:46 2018 : "
    private var parser: RadiusLogParser { RadiusLogParser(context: anywhere) }

    private func auth(_ message: String) -> LogReading { read(parser, Self.head + "Auth: " + message) }

    @Test("a login is read with and without its request's number, whatever stands for the password")
    func accepted() throws {
        for message in [
            "(12) Login OK: [alice] (from client vpn port 0 cli 192.0.2.1)",
            "Login OK: [alice] (from client vpn port 0 cli 192.0.2.1)",
            "(12)   Login OK: [alice/<via Auth-Type = mschap>] (from client vpn port 12 cli 192.0.2.1)",
            "Login OK: [alice/hunter2] (from client vpn port 0 cli 192.0.2.1) and what an admin adds",
            "Login OK: [alice/<CHAP-Password>] (from client vpn port 0 cli 192.0.2.1)",
        ] {
            let reading = auth(message)
            let event = try #require(reading.events.first, "\(message)")
            #expect(event.kind == .accepted && event.user == "alice" && event.host == "vpn" && event.service == "vpn", "\(message)")
            #expect(
                event.channel == .radius && event.source == address("192.0.2.1")
                    && event.key == .notApplicable)
            #expect(event.time == moment("2018-12-10T06:55:46Z"))
            #expect(event.method == (message.contains("mschap") ? "mschap" : ""))
            #expect(reading.tally.total == 1 && !reading.shown.contains("hunter2"))
        }
    }

    @Test("a line without a NAS is one of a login all the same")
    func short() throws {
        let event = try #require(auth("Login OK: [alice/<via Auth-Type = mschap>]").events.first)
        #expect(event.user == "alice" && event.host == "" && event.source == .unknown("missing"))
    }

    @Test("every way of being refused is a failure")
    func failed() throws {
        let tail = ": [bob/secret] (from client nas1 port 5 cli 00-11-22-33-44-55)"
        for head in [
            "Login incorrect", "Login incorrect (pap: Cleartext password does not match \"known good\" password)",
            "Login incorrect (Home Server says so)", "Invalid user (sql: User not found)", "Invalid user",
            "Multiple logins (max 1) ",
            "Multiple logins (max 1) [MPP attempt]",
        ] {
            let event = try #require(auth("(3) " + head + tail).events.last, "\(head)")
            #expect(event.kind == .failed && event.user == "bob" && event.host == "nas1", "\(head)")
            #expect(event.isAccount == !head.hasPrefix("Invalid user"))
            #expect(event.source == .unknown("not an address"))
        }
    }

    @Test("a MAC is the device, as it is called live, in every way of writing it")
    func devices() throws {
        for mac in ["00-11-22-AA-bb-CC", "00:11:22:aa:bb:cc", "0011.22aa.bbcc", "001122AABBCC"] {
            let event = try #require(auth("Login OK: [bob] (from client ap port 5 cli \(mac))").events.first)
            #expect(event.key == .known(KeyFact(type: "mac", fingerprint: "mac 00-11-22-aa-bb-cc")), "\(mac)")
        }
        for other in ["+41 44 123 45 67", "00-11-22", "192.0.2.1.5", "g0-11-22-33-44-55"] {
            let event = try #require(auth("Login OK: [bob] (from client ap port 5 cli \(other))").events.first)
            #expect(event.key == .notApplicable && event.source == .unknown("not an address"), "\(other)")
        }
        #expect(auth("Login OK: [bob] (from client ap port 5)").events.first?.source == .unknown("missing"))
        #expect(
            auth("Login OK: [bob] (from client ap port 5 cli 192.0.2.1[4500])").events.first?.source
                == address("192.0.2.1"))
    }

    @Test("what the tunnel of EAP says again is not counted twice")
    func tunnel() {
        let reading = read(
            parser,
            """
            \(Self.head)Auth: (7)   Login incorrect (mschap: wrong): [bob] (from client ap port 0 via TLS tunnel)
            \(Self.head)Auth: (7)   Login OK: [bob] (from client ap port 0 cli 00-11-22-33-44-55 via TLS tunnel)
            \(Self.head)Auth: (8)   Login OK: [bob] (from client ap port 0 via proxy to virtual server)
            \(Self.head)Auth: (8) Login OK: [bob] (from client ap port 0 cli 00-11-22-33-44-55)
            """)
        #expect(reading.tally.accepted == 1 && reading.tally.understood == 3 && reading.tally.total == 4)
    }

    @Test("a name that looks like the rest of the line does not move the login elsewhere")
    func hostileNames() throws {
        let tail = " (from client vpn port 0 cli 192.0.2.1)"
        for (inside, user) in [
            ("x] (from client evil port 0 cli 198.51.100.9)", "x] (from client evil port 0 cli 198.51.100.9)"), ("a]b", "a]b"),
            ("Login OK: [root", "Login OK: [root"), ("x via TLS tunnel)", "x via TLS tunnel)"), (" ", " "),
            ("ä\u{202e}", "ä\u{202e}"),
            ("CORP\\alice", "CORP\\alice"), ("host/pc1/<via Auth-Type = eap>", "host/pc1"), ("a/b/c", "a"),
            ("a/<via Auth-Type = x>/<via Auth-Type = EAP>", "a/<via Auth-Type = x>"), ("a/<via Auth-Type = b", "a"),
        ] {
            let event = try #require(auth("Login incorrect: [\(inside)]\(tail)").events.first, "\(inside)")
            #expect(event.user == user && event.host == "vpn" && event.source.value?.description == "192.0.2.1")
        }
        var (parser, reading) = (parser, LogReading())
        parser.read(
            (Array("\(Self.head)Auth: Login OK: [".utf8) + [0xff, 0x00] + Array("] (from client v port 0)".utf8))[...],
            into: &reading)
        #expect(reading.events.first?.user == "\\xff\0")
        parser.read(
            (Array("\(Self.head)Auth: Login OK: [".utf8) + [UInt8](repeating: 0x61, count: 5000) + Array("]".utf8))[...],
            into: &reading)
        #expect(reading.events[1].user.utf8.count < 300)
    }

    @Test("a name that is missing is counted, for nobody logged in")
    func nameless() {
        for name in ["", "<no User-Name attribute>", "/secret"] {
            let reading = auth("Login incorrect: [\(name)] (from client vpn port 0)")
            #expect(reading.tally.unknown == 1 && reading.events.isEmpty && !reading.shown.contains("secret"))
        }
    }

    @Test("lines about the server are understood, others counted by shape, none lost")
    func others() {
        let lines = [
            "Info: Ready to process requests", "Info: Need 5 more connections to reach 10 spares",
            "Info: rlm_sql (sql): Opening additional connection (7), 1 of 24 pending slots used", "Debug: (0)    --> secret9",
            "Info: Debugger not attached", "Info: Signalled to terminate", "Warning: Shared secret is not set",
            "Error: (9) eap_peap: ERROR: TLS Alert read:fatal:unknown CA",
            "Error: (11) eap_peap: ERROR: TLS Alert read:fatal:unknown CA",
            "Auth: something new", "no level", "",
        ]
        let reading = read(
            parser, lines.map { Self.head + $0 }.joined(separator: "\n") + "\n\nno time\nMon Feb 30 06:55:46 2018 : Info: x\n")
        #expect(reading.events.isEmpty && reading.tally.total == lines.count + 3)
        #expect(reading.tally.understood == 8 && reading.tally.badTimes == 2 && reading.tally.unknown == 5)
        #expect(reading.shapes.sorted.first?.text == "radiusd: eap_peap: ERROR: TLS Alert read:fatal:unknown CA")
        #expect(reading.shapes.sorted.first?.count == 2)
    }

    @Test("a password is never kept, wherever the line is cut or broken")
    func passwords() {
        let line =
            "\(Self.head)Auth: (12) Login incorrect (pap: no): [bob/S3cr]et-pw] (from client nas1 port 5 cli 00-11-22-33-44-55)"
        let bytes = Array(line.utf8)
        for cut in 0...bytes.count {
            for part in [bytes[..<cut], bytes[cut...]] {
                var (parser, reading) = (parser, LogReading())
                parser.read(part, into: &reading)
                #expect(reading.tally.total == 1)
                // Of a line that begins or ends within the password no one can know what it is; one that begins there has no time.
                #expect(!reading.shown.contains("S3cr") && !reading.shown.contains("-pw]"), "\(cut)")
            }
        }
        for message in [
            "Error: Failed: [bob/S3cret", "Error: x] y [bob/S3cret", "Info: User-Password = S3cret", "Error: query 'S3cret'",
            "Error: Cleartext-Password := \"S3cret\"", "Info: Login OK: [bob/S3cret] (from client x port 0)",
            "Error: rlm_sql: VALUES ('S3cret')",
            "Error: CHAP-Password = S3cret", "Auth: [bob/S3cret] is odd", "Proxy: [bob/S3cret]",
        ] {
            let reading = read(parser, Self.head + message)
            #expect(reading.tally.total == 1 && !reading.shown.contains("S3cret"), "\(message)")
        }
    }

    @Test("what is cut within an address is no address")
    func cutAddress() throws {
        let event = try #require(auth("Login OK: [bob] (from client vpn port 0 cli 192.0.2.1").events.first)
        #expect(event.source == .unknown("missing"))
    }

    @Test("over syslog the same messages are read, and others are left to the caller")
    func overSyslog() {
        var reading = LogReading()
        let time = moment("2024-01-01T00:00:00Z")
        func take(_ text: String) -> Bool { RadiusMessage.read(Array(text.utf8)[...], at: time, host: "aaa1", into: &reading) }
        #expect(take("(4) Login OK: [alice] (from client vpn port 0 cli 192.0.2.1)"))
        #expect(take("Login incorrect: [alice/pw]"))
        #expect(!take("Ready to process requests") && !take("") && !take("(") && !take("Loginx"))
        #expect(reading.events.map(\.host) == ["vpn", "aaa1"] && reading.tally.total == 2)
        RadiusMessage.readOther(Array("Ready to process requests".utf8)[...], into: &reading)
        RadiusMessage.readOther(Array("Something [bob/S3cret]".utf8)[...], into: &reading)
        #expect(reading.tally.understood == 1 && reading.tally.unknown == 1 && !reading.shown.contains("S3cret"))
    }

    @Test("local times are those of the zone, and the day may have one digit")
    func zones() throws {
        let context = LogContext(zone: try zone("CET-1CEST,M3.5.0,M10.5.0/3"), end: anywhere.end)
        let reading = read(RadiusLogParser(context: context), "Tue Jul  3 06:55:46 2018 : Auth: Login OK: [a]\r\n")
        #expect(reading.events.first?.time == moment("2018-07-03T04:55:46Z") && reading.events.first?.user == "a")
    }

    @Test("the form is told from other lines")
    func recognised() {
        #expect(RadiusLogParser.recognises(Array("\(Self.head)Info: x".utf8)[...]))
        for other in ["Mon Dec 10 06:55:46 2018", "Dec 10 06:55:46 host sshd[1]: x", "", "Mon Dec 10 06:55:46 2018 : x"] {
            #expect(!RadiusLogParser.recognises(Array(other.utf8)[...]))
        }
    }
}
