import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("Autonomous systems by address")
struct SystemTableTests {
    private func table(_ networks: [(String, UInt32)]) throws -> SystemTable {
        var table = SystemTable()
        for (text, number) in networks {
            let isInOrder = table.add(try #require(CIDR(text)), number)
            #expect(isInOrder, "\(text)")
        }
        table.finish()
        return table
    }

    private func number(_ table: SystemTable, _ text: String) throws -> Int64? {
        table.system(of: try #require(IPAddress(text)))?.number
    }

    @Test("the narrowest network that holds an address says whose it is, and one of nobody's is nobody's")
    func narrowest() throws {
        let table = try table([
            ("10.0.0.0/8", 1), ("10.1.0.0/16", 2), ("10.1.2.0/24", 0), ("10.1.2.128/25", 3), ("10.255.255.0/24", 4),
            ("192.0.2.0/24", 5),
            ("2001:db8::/32", 6), ("2001:db8:0:1::/64", 7),
        ])
        for (address, expected) in [
            ("10.0.0.0", 1), ("10.0.255.255", 1), ("10.1.0.0", 2), ("10.1.1.255", 2), ("10.1.2.0", nil), ("10.1.2.127", nil),
            ("10.1.2.128", 3), ("10.1.3.0", 2), ("10.2.0.0", 1), ("10.255.255.255", 4), ("11.0.0.0", nil), ("192.0.2.255", 5),
            ("2001:db8::1", 6), ("2001:db8:0:1::5", 7), ("2001:db8:0:2::", 6), ("2001:db9::", nil), ("::a01:200", nil),
        ] as [(String, Int64?)] {
            #expect(try number(table, address) == expected, "\(address)")
        }
    }

    @Test("a table agrees with asking every network, however they lie in each other")
    func oracle() throws {
        var random = SplitMix(state: 9)
        for _ in 0..<100 {
            let networks = Set(
                (0..<Int.random(in: 1...60, using: &random)).map { _ in
                    CIDR(
                        address: IPAddress(family: .v4, bits: UInt128(UInt32.random(in: 0...0x3ff, using: &random)) << 22),
                        prefix: Int.random(in: 4...14, using: &random))
                }
            ).sorted().map { ($0, UInt32.random(in: 0...3, using: &random)) }
            var table = SystemTable()
            let isInOrder = networks.allSatisfy { table.add($0.0, $0.1) }
            #expect(isInOrder)
            table.finish()
            for _ in 0..<200 {
                let address = IPAddress(family: .v4, bits: UInt128(UInt32.random(in: 0...UInt32.max, using: &random)))
                let expected = networks.filter { $0.0.contains(address) }.max { $0.0.prefix < $1.0.prefix }?.1 ?? 0
                #expect(table.system(of: address)?.number ?? 0 == Int64(expected))
            }
        }
    }

    @Test("what is not in order is refused, and the ends of the address space hold")
    func ends() throws {
        var table = SystemTable()
        var taken: [Bool] = []
        for (text, number) in [("0.0.0.0/0", 1), ("0.0.0.0/0", 2), ("255.255.255.255", 2), ("10.0.0.0/8", 3), ("::/0", 4)]
            as [(String, UInt32)]
        {
            taken.append(table.add(try #require(CIDR(text)), number))
        }
        #expect(taken == [true, false, true, false, true])
        table.name(2, "\u{202e}" + String(repeating: "ü", count: 100))
        table.finish()
        #expect(try number(table, "255.255.255.254") == 1 && number(table, "255.255.255.255") == 2)
        #expect(try number(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == 4)
        let name = table.system(of: try #require(IPAddress("255.255.255.255")))?.organisation ?? ""
        #expect(name.utf8.count <= AutonomousSystem.nameLimit && !name.unicodeScalars.contains("\u{202e}"))
    }
}
