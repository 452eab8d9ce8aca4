import StepUpCore
import StepUpLogs
import Testing

@Suite("The RBA data set")
struct RBATests {
    private static let header =
        "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,"
        + "Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover"

    private func parser(_ header: String = header) throws -> RBAParser { try RBAParser(header: Array(header.utf8)[...]) }

    private func row(
        time: String = "2020-02-03 12:43:30.772", user: String = "-4324475583306591935", address: String = "10.0.65.171",
        country: String = "NO", system: String = "29695", agent: String = "\"Mozilla/5.0 (X11, Linux) \"\"x\"\"\"",
        browser: String = "Firefox 20.0.0.1618", os: String = "iOS 13.4", device: String = "mobile", success: String = "False",
        takeover: String = "False"
    ) -> String {
        "0,\(time),\(user),,\(address),\(country),-,-,\(system),\(agent),\(browser),\(os),\(device),\(success),False,\(takeover)"
    }

    @Test("a row is a login with all that is known of it")
    func whole() throws {
        let reading = read(try parser(), row() + "\n" + row(success: "True") + "\n")
        let event = try #require(reading.events.first)
        #expect(reading.events.map(\.kind) == [.failed, .accepted] && reading.tally.total == 2)
        #expect(event.user == "-4324475583306591935" && event.time == moment("2020-02-03T12:43:30.772Z"))
        #expect(event.host == "" && event.service == "sshd" && event.channel == .pam && event.method == "")
        #expect(event.source == address("10.0.65.171"))
        #expect(event.key == .known(KeyFact(type: "browser", fingerprint: "Firefox 20.0.0.1618 / iOS 13.4 / mobile")))
        let locality = try #require(event.locality)
        #expect(locality.country == .known("NO") && locality.place == .unknown("not in the data") && locality.databases.isEmpty)
        #expect(locality.system == .known(AutonomousSystem(number: 29_695, organisation: nil)))
    }

    @Test("labels: who took an account over, and who came in by right")
    func labels() throws {
        let text = [row(), row(success: "TRUE"), row(success: "1", takeover: "true"), row(success: "0"), row(takeover: "1")].joined(
            separator: "\n")
        #expect(read(try parser(), text).events.map(\.label) == [nil, .legitimate, .takeover, nil, .takeover])
    }

    @Test("columns are found by name, in any order, behind a byte order mark, without those that are not needed")
    func anyOrder() throws {
        let reading = read(
            try parser("\u{feff}Login Successful,\"IP Address\",X,User ID,Login Timestamp\r"),
            "True,192.0.2.1,\"a,b\",7,2020-02-03 12:43:30\r\n")
        let event = try #require(reading.events.first)
        #expect(event.user == "7" && event.kind == .accepted && event.time == moment("2020-02-03T12:43:30Z"))
        #expect(event.key == .unknown("missing") && event.locality?.country == .unknown("missing") && event.label == .legitimate)
    }

    @Test("a header without a column that is needed says which")
    func missingColumn() throws {
        for name in ["Login Timestamp", "User ID", "IP Address", "Login Successful"] {
            let error = #expect(throws: RBAHeaderError.self) { try parser(Self.header.replacing(name, with: "x")) }
            #expect(error?.column == name && error?.description.contains("'\(name)'") == true)
        }
        #expect(throws: RBAHeaderError.self) { try parser("") }
        #expect(throws: RBAHeaderError.self) { try parser("\"") }
        #expect(RBAParser.recognises(Array(Self.header.utf8)[...]) && !RBAParser.recognises(Array("a,b".utf8)[...]))
    }

    @Test("what is missing in a row or malformed is unknown, and the login still counts")
    func gaps() throws {
        func event(_ row: String) throws -> LogEvent { try #require(read(try parser(), row).events.first) }
        #expect(
            try event(row(address: "")).source == .unknown("missing") && event(row(address: "x")).source == .unknown("malformed"))
        #expect(try event(row(country: "")).locality?.country == .unknown("missing"))
        #expect(try event(row(country: "N1")).locality?.country == .unknown("missing"))
        for system in ["", "-1", "4294967296", "99999999999999999999", "x"] {
            #expect(try event(row(system: system)).locality?.system == .unknown("missing"))
        }
        let bare = row(browser: "", os: "", device: "")
        #expect(try event(bare).key == .known(KeyFact(type: "browser", fingerprint: "Mozilla/5.0 (X11, Linux) \"x\"")))
        #expect(try event(row(agent: "", browser: "", os: "", device: "")).key == .unknown("missing"))
        #expect(try event(row(browser: "", os: "")).key == .known(KeyFact(type: "browser", fingerprint: " /  / mobile")))
    }

    @Test("a browser's name prints and is clipped")
    func printable() throws {
        for browser in [
            String(repeating: "x", count: 5000), String(repeating: "ä", count: 5000), "\u{1b}[31m\u{202e}", "\"a\"\"b\"",
        ] {
            let event = try #require(read(try parser(), row(browser: browser)).events.first)
            let text = try #require(event.key.value?.fingerprint)
            #expect(text.utf8.count <= 160 && EvidenceText.printable(text) == text && !text.isEmpty)
        }
    }

    @Test("rows that are none are counted by their shape")
    func noRows() throws {
        let rows = [
            "1,2,3", row() + ",x", row(agent: "\"open"), row(agent: "\"closed\"x"), row(user: ""), row(success: "maybe"),
            row(time: "x"),
            row(time: "2020-02-30 12:43:30.772"), row(time: "2020-02-03 12:43:30."), row(time: "2020-02-03 12:43:30.7x"),
            row(time: "2020-02-03T12:43:30"), row(time: ""), String(repeating: ",", count: 100_000),
        ]
        let reading = read(try parser(), rows.joined(separator: "\n"))
        #expect(reading.events.isEmpty && reading.tally.total == rows.count && reading.tally.badTimes == 6)
        #expect(reading.shapes.sorted.first { $0.text == "rba: a row of # columns" }?.count == 2)
        #expect(reading.shapes.sorted.first { $0.text == "rba: a row with a quoted field that does not end" }?.count == 3)
    }

    @Test("a row cut at any byte comes to one end")
    func cut() throws {
        let bytes = Array(row(success: "True").utf8)
        for length in 1..<bytes.count {
            let reading = read(try parser(), String(decoding: bytes[..<length], as: UTF8.self))
            #expect(reading.tally.total == 1)
            #expect(reading.events.allSatisfy { $0.user == "-4324475583306591935" && $0.kind == .accepted })
        }
    }
}
