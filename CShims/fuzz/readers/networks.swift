import StepUpCore

/// Any bytes as a list of networks: refused with the first line that is none, or it holds what its lines say, edges and all.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: start, count: count))
    let entries = Naive.entries(text)
    let networks = entries?.map { Network($0.entry) }
    do throws(ListError) {
        let list = try CIDRList(text)
        guard let networks else { fatalError("a list that looks cut off") }
        let distinct = Set(networks.compactMap(\.self))
        require(networks.allSatisfy { $0 != nil }, "a line that is no network was read as one")
        let widest = distinct.filter { one in !distinct.contains { $0 != one && $0.covers(one) } }
        require(list.count == widest.count, "\(list.count) networks, and the lines have \(widest.count)")
        for network in distinct.prefix(16) {
            for address in network.range.edges {
                let found = list.network(holding: address)
                let expected = widest.first { $0.range.contains(address) }
                require(
                    found?.prefix == expected?.prefix && found?.address.bits == expected?.range.first
                        && found.map { $0.contains(address) } != false,
                    "\(address) lies in \(found.map { "\($0)" } ?? "none"), by the lines in \(expected.map { "\($0)" } ?? "none")")
            }
        }
    } catch {
        guard let entries, let networks, let bad = networks.firstIndex(where: { $0 == nil }) else {
            require(text.last != UInt8(ascii: "\n"), "a good list was refused: \(error)")
            return 0
        }
        require(error.description.utf8.starts(with: "line \(entries[bad].number): '".utf8), "not the line that is wrong: \(error)")
    }
    return 0
}

/// `address/prefix` without host bits, or an address.
private struct Network: Hashable {
    var range: Naive.Range
    var prefix: Int

    init?(_ entry: [UInt8]) {
        let parts = entry.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        guard let address = Naive.address(parts[0]) else { return nil }
        prefix = address.width
        if parts.count == 2 {
            let digits = parts[1].allSatisfy { (0x30...0x39).contains($0) } && parts[1].count <= 3
            guard digits, let number = Int(String(decoding: parts[1], as: UTF8.self)), number <= address.width else { return nil }
            prefix = number
        }
        let size = prefix == 0 && address.width == 128 ? UInt128.max : (1 << UInt128(address.width - prefix)) - 1
        guard address.bits & size == 0 else { return nil }
        range = Naive.Range(family: address.family, first: address.bits, last: address.bits + size)
    }

    func covers(_ other: Network) -> Bool {
        range.family == other.range.family && range.first <= other.range.first && other.range.last <= range.last
    }
}
