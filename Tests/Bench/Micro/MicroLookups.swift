import StepUpCore
import StepUpSources
import StepUpTestKit

/// What lists of networks and tables of countries cost at the size of real ones.
extension Micro {
    private static let lines = 1_000_000

    static func lookups() throws {
        var random = SplitMix(state: 1)
        for (family, prefixes) in [(IPAddress.Family.v4, 24...32), (.v6, 32...128)] {
            let text = (0..<lines).map { _ in "\(network(family, prefixes, using: &random))\n" }.joined()
            try networks(Array(text.utf8), family, using: &random)
        }
        try countries(using: &random)
    }

    private static func networks(_ text: [UInt8], _ family: IPAddress.Family, using random: inout SplitMix) throws {
        let name = "1,000,000 IPv\(family.rawValue) networks"
        var list = try CIDRList(text)
        let load = try Figure.milliseconds { list = try CIDRList(text) }
        Figure.row("\(name), \(list.count) apart: load", load, "ms", bar: "under 2,000 ms", isMet: load < 2000)
        // One half of them lies in the list.
        let lines = text.split(separator: UInt8(ascii: "\n"))
        let asked = (0..<lines.count).compactMap { number in
            number % 2 == 0 ? CIDR(String(decoding: lines[number], as: UTF8.self))?.address : address(family, using: &random)
        }.shuffled(using: &random)
        var found = 0
        let match = Figure.nanoseconds(each: asked.count) { found = asked.count { list.network(holding: $0) != nil } }
        precondition(found >= asked.count / 2)
        Figure.row("\(name): one match", match, "ns", bar: "under 1,000 ns", isMet: match < 1000)
    }

    /// Debian's tor-geoipdb, where it is installed.
    private static func countries(using random: inout SplitMix) throws {
        let files = ["geoip", "geoip6"].compactMap {
            try? SmallFile.read("\(LookupSources.torFolder)/\($0)", limit: CountryTable.sizeLimit)
        }
        guard files.count == 2 else { return print("no tor-geoipdb in \(LookupSources.torFolder)") }
        var table = CountryTable()
        let load = try Figure.milliseconds {
            table = CountryTable()
            for file in files { try table.add(file) }
        }
        Figure.row("tor-geoipdb, \(table.count) ranges: load", load, "ms")
        for family in [IPAddress.Family.v4, .v6] {
            let asked = (0..<lines).map { _ in address(family, using: &random) }
            var found = 0
            let lookup = Figure.nanoseconds(each: asked.count) { found = asked.count { table.country(of: $0) != nil } }
            Figure.row(
                "tor-geoipdb: country of an IPv\(family.rawValue) address", lookup, "ns",
                bar: "\(found * 100 / asked.count) % have one")
        }
    }

    private static func address(_ family: IPAddress.Family, using random: inout SplitMix) -> IPAddress {
        let first: [UInt8] = family == .v4 ? [] : [0x20 | UInt8.random(in: 0...15, using: &random)]
        let bytes = first + (first.count..<(family == .v4 ? 4 : 16)).map { _ in UInt8.random(in: 0...255, using: &random) }
        guard let address = IPAddress(bytes: bytes) else { preconditionFailure("\(bytes.count) bytes") }
        return address
    }

    private static func network(_ family: IPAddress.Family, _ prefixes: ClosedRange<Int>, using random: inout SplitMix) -> CIDR {
        CIDR(address: address(family, using: &random), prefix: Int.random(in: prefixes, using: &random))
    }
}
