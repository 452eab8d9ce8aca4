import StepUpTestKit
import Testing

@testable import StepUpCore

private func list(_ text: String) throws -> CIDRList { try CIDRList(Array(text.utf8)) }
private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
private func problem(_ text: String) -> String? {
    do { _ = try list(text) } catch { return "\(error)" }
    return nil
}

@Suite("Lists of networks and tables of countries")
struct LookupTests {
    @Test("a list holds what its networks hold, first and last address included, and nothing beside them")
    func edges() throws {
        let list = try list(
            "# Tor\n203.0.113.64/26\n198.51.100.7\n 2001:db8:1::/48 ; hosting\n10.0.0.0/8\t# inside\n\n10.1.0.0/16\n")
        for (text, network) in [
            ("203.0.113.64", "203.0.113.64/26"), ("203.0.113.127", "203.0.113.64/26"), ("198.51.100.7", "198.51.100.7/32"),
            ("2001:db8:1::", "2001:db8:1::/48"), ("2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::/48"),
            ("10.1.2.3", "10.0.0.0/8"),
        ] {
            #expect(list.network(holding: try address(text))?.description == network)
        }
        for text in [
            "203.0.113.63", "203.0.113.128", "198.51.100.6", "198.51.100.8", "2001:db8:2::", "2001:db8::", "11.0.0.0", "::1",
        ] {
            #expect(list.network(holding: try address(text)) == nil, "\(text)")
        }
        #expect(list.count == 4, "10.1.0.0/16 lies within 10.0.0.0/8")
    }

    @Test("a list agrees with asking each of its networks, whatever their order")
    func oracle() throws {
        var random = SplitMix(state: 7)
        for _ in 0..<200 {
            var networks: [CIDR] = []
            for _ in 0..<Int.random(in: 1...300, using: &random) {
                let isV4 = Bool.random(using: &random)
                let bits =
                    isV4
                    ? UInt128(UInt32.random(in: 0...0xffff, using: &random))
                    : UInt128(UInt16.random(in: 0...999, using: &random)) << 96
                let prefix = isV4 ? Int.random(in: 16...32, using: &random) : Int.random(in: 8...48, using: &random)
                networks.append(CIDR(address: IPAddress(family: isV4 ? .v4 : .v6, bits: bits), prefix: prefix))
            }
            let found = try list(networks.shuffled(using: &random).map { "\($0)\n" }.joined())
            for _ in 0..<100 {
                let isV4 = Bool.random(using: &random)
                let bits =
                    isV4
                    ? UInt128(UInt32.random(in: 0...0x1ffff, using: &random))
                    : UInt128(UInt16.random(in: 0...1100, using: &random)) << 96
                let address = IPAddress(family: isV4 ? .v4 : .v6, bits: bits)
                let expected = networks.filter { $0.contains(address) }.min { $0.prefix < $1.prefix }
                #expect(found.network(holding: address) == expected)
            }
        }
    }

    @Test("what is no list is refused, with the line and what to write there")
    func refused() {
        #expect(
            problem("10.0.0.0/8\nnonsense\n")
                == "line 2: 'nonsense' is no network; write one a line, such as 203.0.113.0/24 or 2001:db8::1, without host bits")
        #expect(problem("10.0.0.1/8\n")?.contains("line 1: '10.0.0.1/8' is no network") == true)
        #expect(problem("10.0.0.0/8 10.1.0.0/16\n")?.contains("'10.0.0.0/8 10.1.0.0/16'") == true)
        #expect(problem("10.0.0.0/8\n192.0.2.0/2") == "its last line has no end: it looks cut off")
        #expect(problem("") == "it is empty; a list of nothing is a line with # alone")
        #expect(problem("# nothing\n") == nil)
        #expect(problem("10.0.0.0/8\r\n192.0.2.1\r\n") == nil)
    }

    @Test("addresses as text: what RFC 4291 allows, and nothing else")
    func addresses() throws {
        for (text, canonical) in [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1::8", "1::8"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("A::B", "a::b"),
            ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("fe80::1%eth0", "fe80::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ] {
            #expect(IPAddress(text)?.description == canonical, "\(text)")
        }
        for text in [
            "", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::",
            "::192.0.2",
            "192.0.2.1::", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1..2.3", "1.2.3.", "+1.2.3.4", "1.2.3.4 ", "::%eth0:",
        ] {
            #expect(IPAddress(text) == nil || text == "::%eth0:", "\(text)")
        }
    }

    @Test("a table of countries is read as tor-geoipdb writes it")
    func countries() throws {
        var table = CountryTable()
        try table.add(
            Array(
                "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n16777216,16777471,AU\n16777472,16778239,CN\n16778240,16778300,??\n"
                    .utf8))
        try table.add(Array("2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n".utf8))
        #expect(table.generated?.description == "2026-06-25" && table.count == 3)
        for (text, country) in [("1.0.0.255", "AU"), ("1.0.1.0", "CN"), ("1.0.4.1", nil), ("2001:200::1", "JP")] {
            #expect(table.country(of: try address(text)) == country, "\(text)")
        }
        for (text, words) in [
            ("1,2,CH", "its last line has no end"), ("5,9,CH\n7,12,AT\n", "line 2: '7,12,AT' does not lie behind"),
            ("9,5,CH\n", "line 1"), ("1,2\n", "is not of the form first,last,CC"), ("1,2,ch\n", "has no country code"),
            ("# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n1,2,??\n", "no range with a country"),
            ("1,99999999999,CH\n", "is not of the form"), ("1,4294967296,CH\n", "is not of the form"),
            ("1,::2,CH\n", "does not lie behind"),
        ] {
            var broken = CountryTable()
            #expect { try broken.add(Array(text.utf8)) } throws: { "\($0)".contains(words) }
            #expect(broken == CountryTable(), "nothing of it is kept")
        }
    }
}
