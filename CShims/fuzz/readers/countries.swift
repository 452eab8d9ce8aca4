import StepUpCore

/// Any bytes as one or two files of tor-geoipdb, with a zero byte between them: refused whole, or the table answers what the lines say,
/// and nothing for an address outside of their ranges.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var table = CountryTable()
    var lines = Lines()
    for text in bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init) {
        let (before, outcome) = (table, lines.add(text))
        do throws(ListError) {
            try table.add(text)
            require(outcome == .added, "a file was taken that is \(outcome)")
        } catch {
            require(table == before, "of a file that is refused something was kept")
            switch outcome {
            case .added: fatalError("a good file was refused: \(error)")
            case .wrong(let number):
                require(error.description.utf8.starts(with: "line \(number): '".utf8), "not the line that is wrong: \(error)")
            case .incomplete: require(error.description.hasPrefix("it"), "not the whole file: \(error)")
            }
        }
    }
    require(table.count == lines.ranges.count, "\(table.count) ranges, and the lines have \(lines.ranges.count)")
    let anywhere = UInt128(hash(bytes)) << 64 | UInt128(hash(bytes.reversed()))
    let others = [Naive.address(.v4, anywhere), Naive.address(.v6, anywhere)].compactMap(\.self)
    for address in lines.ranges.prefix(64).flatMap(\.range.edges) + others {
        let expected = lines.ranges.first { $0.range.contains(address) }?.country
        require(
            table.country(of: address) == expected,
            "\(address) is in \(table.country(of: address) ?? "none"), by the lines in \(expected ?? "none")")
    }
    return 0
}

/// `first,last,CC`, each family's ascending.
private struct Lines {
    enum Outcome: Equatable {
        case added
        case wrong(line: Int)
        case incomplete
    }

    var ranges: [(range: Naive.Range, country: String)] = []

    mutating func add(_ text: [UInt8]) -> Outcome {
        guard let entries = Naive.entries(text) else { return .incomplete }
        var found = ranges
        for (number, entry) in entries {
            let fields = entry.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Array.init)
            guard fields.count == 3, let first = Self.address(fields[0]), let last = Self.address(fields[1]), fields[2].count == 2
            else {
                return .wrong(line: number)
            }
            let country = String(decoding: fields[2], as: UTF8.self)
            if country == "??" { continue }
            let before = found.last { $0.range.family == first.family }
            guard fields[2].allSatisfy({ (0x41...0x5a).contains($0) }), first.family == last.family, first.bits <= last.bits,
                before.map({ $0.range.last < first.bits }) != false
            else { return .wrong(line: number) }
            found.append((Naive.Range(family: first.family, first: first.bits, last: last.bits), country))
        }
        guard found.count > ranges.count else { return .incomplete }
        ranges = found
        return .added
    }

    /// IPv4 as a number, IPv6 as text.
    private static func address(_ field: [UInt8]) -> IPAddress? {
        if field.contains(UInt8(ascii: ":")) { return Naive.address(field) }
        guard field.count <= 10, field.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt32(String(decoding: field, as: UTF8.self)).flatMap { Naive.address(.v4, UInt128($0)) }
    }
}
