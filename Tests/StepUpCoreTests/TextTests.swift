import Testing

@testable import StepUpCore

@Suite("JSON and text")
struct TextTests {
    @Test(
        "canonical JSON: members sorted, escapes of RFC 8785, nothing else escaped",
        arguments: [
            (#"{ "b" : 1, "a" : [ true , null ] }"#, #"{"a":[true,null],"b":1}"#),
            (#""\u0041\u000a\u001f\/€""#, "\"A\\n\\u001f/€\""), ("-9007199254740991", "-9007199254740991"),
            (#""\ud83d\ude00""#, "\"😀\""),
        ])
    func canonical(_ input: String, _ output: String) throws {
        #expect(try JSON(parsing: input).canonicalText == output)
    }

    @Test(
        "what is no JSON of ours is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,\"a\":2}", "1.5", "1e3", "9007199254740993", "01", "\"\\ud800\"", "\"a", "nul", "[1] 2",
            "\"\n\"",
            String(repeating: "[", count: 40) + String(repeating: "]", count: 40), "-", "{\"a\"}", "\"\\x\"", "+1",
        ])
    func refused(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test("invalid UTF-8 is refused in JSON and escaped injectively as evidence")
    func invalidUTF8() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
        let inputs: [[UInt8]] = [
            [0xff], Array("\\xff".utf8), [0x5c], [0x5c, 0x5c], [0xc3, 0xa9], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
            [],
            [0xc0, 0x80], [0],
        ]
        #expect(Set(inputs.map { EvidenceText.escape($0) }).count == inputs.count)
        #expect(EvidenceText.escape([0xff, 0x61]) == "\\xffa")
    }

    @Test("evidence is bounded, and two long texts of one beginning differ by their length")
    func bounded() {
        let long = [UInt8](repeating: 0x61, count: 5000)
        #expect(EvidenceText.escape(long).utf8.count < 300)
        #expect(EvidenceText.escape(long) != EvidenceText.escape(long + [0x61]))
    }

    @Test("S29 what does not print as itself is escaped for a terminal")
    func printable() {
        #expect(
            EvidenceText.printable("a\u{1b}[31m\n\u{202e}b\u{200b}\u{2028}é\u{7f}\u{9b}")
                == "a\\u{1b}[31m\\u{a}\\u{202e}b\\u{200b}\\u{2028}é\\u{7f}\\u{9b}")
    }

    @Test("a secret shows itself nowhere")
    func secret() {
        let secret = Secret(utf8: "hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, String(describing: [secret])] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("patterns: a star is any run, and nothing else is special")
    func patterns() {
        #expect(Pattern.matches("*", "") && Pattern.matches("a*c", "abbc") && Pattern.matches("a**", "a"))
        #expect(!Pattern.matches("a*c", "abcd") && !Pattern.matches("a.c", "abc") && !Pattern.matches("", "a"))
        #expect(!Pattern.matches(String(repeating: "*a", count: 50), String(repeating: "a", count: 49)))
    }

    @Test("hex is lower-case, whole bytes, and nothing else")
    func hex() {
        #expect(Hex.encode([0, 255]) == "00ff" && Hex.decode("00ff") == [0, 255])
        for text in ["0", "0g", "FF", " 00", "00 "] { #expect(Hex.decode(text) == nil) }
    }

    @Test("an attempt's id sorts by time and reads back in either case")
    func attemptID() {
        let early = AttemptID(time: Timestamp(milliseconds: 1), random: [UInt8](repeating: 255, count: 10))
        let late = AttemptID(time: Timestamp(milliseconds: 2), random: [UInt8](repeating: 0, count: 10))
        #expect(early < late && early.description.utf8.count == 26)
        #expect(AttemptID(early.description.lowercased()) == early)
        #expect(AttemptID("01JDCM3K7R8T9V2W4X6Y8Z0A1") == nil && AttemptID("01JDCM3K7R8T9V2W4X6Y8Z0AI!") == nil)
    }
}

@Suite("Addresses and times")
struct NetAndTimeTests {
    @Test(
        "addresses are read strictly and written canonically",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("fe80::1%eth0", "fe80::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ])
    func addresses(_ input: String, _ output: String) { #expect(IPAddress(input)?.description == output) }

    @Test(
        "what is no address is none",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "::1::", ":1", "1:", "12345::", "g::", "localhost",
            "1.2.3.-4", ":::",
        ])
    func notAddresses(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test("networks hold their addresses and refuse host bits")
    func networks() throws {
        let network = try #require(CIDR("10.1.0.0/16"))
        for (text, inside) in [("10.1.255.255", true), ("10.2.0.0", false), ("::a01:1", false)] {
            #expect(try network.contains(#require(IPAddress(text))) == inside)
        }
        for text in ["10.1.2.3/16", "10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0.0/08x"] { #expect(CIDR(text) == nil) }
        #expect(CIDR("0.0.0.0/0")?.contains(try #require(IPAddress("203.0.113.1"))) == true)
    }

    @Test("lengths of time as people write them")
    func spans() {
        #expect(Span(text: "90s") == .seconds(90) && Span(text: "5m") == .minutes(5) && Span(text: "1d") == .days(1))
        for text in ["", "5", "m", "5 m", "-5m", "1w", "99999999999d", "5M"] { #expect(Span(text: text) == nil) }
        #expect(Span.seconds(90).text == "90s" && Span.hours(48).text == "2d" && Span.seconds(0).text == "0s")
    }

    @Test("moments of RFC 3339, UTC alone, and back")
    func moments() {
        #expect(Timestamp(rfc3339: "1970-01-01") == Timestamp(seconds: 0))
        #expect(Timestamp(rfc3339: "2026-11-23T08:15:00.250Z")?.rfc3339 == "2026-11-23T08:15:00.250Z")
        #expect(Timestamp(rfc3339: "2024-02-29") != nil)
        // Seconds are rounded down, from the first millisecond that there is to the last.
        for (milliseconds, seconds) in [(-1001, -2), (-1000, -1), (-1, -1), (.min, .min / 1000 - 1), (.max, .max / 1000)]
            as [(Int64, Int64)]
        {
            #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
        }
        // More digits than an integer holds.
        #expect(Timestamp(rfc3339: "2026-11-01T08:00:14.0555555555555999999555555Z")?.rfc3339 == "2026-11-01T08:00:14.055Z")
        for text in [
            "2026-02-29", "2026-13-01", "2026-1-1", "2026-11-23T08:15", "2026-11-23T24:00:00Z", "2026-11-23T08:15:00+01:00", "x",
        ] {
            #expect(Timestamp(rfc3339: text) == nil)
        }
    }
}
