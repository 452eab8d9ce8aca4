/// Countries by address, as Debian's tor-geoipdb has them: lines `first,last,CC` in ascending order, IPv4 addresses as numbers, IPv6
/// addresses as text, `??` where nobody knows.
public struct CountryTable: Hashable, Sendable {
    /// Two letters, as bytes.
    private var codes = RangeTable<UInt16>()
    /// When the data was made, as its header says.
    public private(set) var generated: CivilDate?

    /// Largest text, in bytes.
    public static let sizeLimit = 64 << 20

    public init() {}

    /// Adds a file: IPv4's, then IPv6's, or the other way round.
    /// - Throws: `ListError` with the line that does not make sense.
    public mutating func add(_ text: [UInt8]) throws(ListError) {
        let comma = UInt8(ascii: ",")
        var table = codes
        try TextLines.read(text) { (line: Range<Int>, number: Int) throws(ListError) in
            func failure(_ reason: String) -> ListError {
                ListError("line \(number): '\(TextLines.shown(text, line))' \(reason)")
            }
            let commas = line.filter { text[$0] == comma }
            guard commas.count == 2, commas[1] + 3 == line.upperBound,
                let first = Self.address(text, line.lowerBound..<commas[0]),
                let last = Self.address(text, commas[0] + 1..<commas[1])
            else { throw failure("is not of the form first,last,CC") }
            let letters = (text[commas[1] + 1], text[commas[1] + 2])
            if letters == (UInt8(ascii: "?"), UInt8(ascii: "?")) { return }
            guard (65...90).contains(letters.0), (65...90).contains(letters.1) else { throw failure("has no country code") }
            guard table.append(first, last, UInt16(letters.0) << 8 | UInt16(letters.1)) else {
                throw failure("does not lie behind the line before it")
            }
        }
        guard table.count > codes.count else { throw ListError("it has no range with a country: it looks cut off") }
        codes = table
        generated = generated ?? Self.date(in: text)
    }

    /// Ranges that have a country.
    public var count: Int { codes.count }

    /// ISO 3166-1 alpha-2; nil: the data does not say.
    public func country(of address: IPAddress) -> String? {
        codes[address].map { String(decoding: [UInt8($0 >> 8), UInt8($0 & 255)], as: UTF8.self) }
    }

    private static func address(_ text: [UInt8], _ range: Range<Int>) -> IPAddress? {
        guard range.contains(where: { text[$0] == UInt8(ascii: ":") }) else {
            guard (1...10).contains(range.count), range.allSatisfy({ text[$0] >= 48 && text[$0] <= 57 }) else { return nil }
            let number = range.reduce(UInt64(0)) { $0 * 10 + UInt64(text[$1] - 48) }
            return number <= UInt32.max ? IPAddress(family: .v4, bits: UInt128(number)) : nil
        }
        return IPAddress(text, range)
    }

    /// Of a header's line `# Generated: Thu, 25 Jun 2026 04:33:59 GMT`.
    private static func date(in text: [UInt8]) -> CivilDate? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        for line in text.prefix(4096).split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count >= 6, words[0] == "#", words[1] == "Generated:", let month = months.firstIndex(of: String(words[4])),
                let day = Int(words[3]), let year = Int(words[5])
            else { continue }
            return CivilDate("\(pad(year, 4))-\(pad(month + 1, 2))-\(pad(day, 2))")
        }
        return nil
    }
}
