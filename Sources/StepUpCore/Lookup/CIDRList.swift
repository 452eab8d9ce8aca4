/// A list of networks: deny lists, Tor exits, hosting ranges. A line each, `203.0.113.0/24`, `2001:db8::/32` or an address; what follows
/// a blank and `#` or `;` is a comment, as are lines that begin so.
public struct CIDRList: Hashable, Sendable {
    /// Length of the prefix, by block; blocks within others are left out.
    private var blocks = RangeTable<UInt8>()

    /// Largest text, in bytes: more than two million lines.
    public static let sizeLimit = 64 << 20

    /// - Throws: `ListError` with the first line that is no network. A text that does not end with a line's end is refused: it is most
    ///   likely cut off, and the last line of what was cut may still be a network.
    public init(_ text: [UInt8]) throws(ListError) {
        var found: [CIDR] = []
        found.reserveCapacity(text.count / 16)
        try TextLines.read(text) { (line: Range<Int>, number: Int) throws(ListError) in
            guard let network = CIDR(text, line) else {
                throw ListError(
                    "line \(number): '\(TextLines.shown(text, line))' is no network; write one a line, such as 203.0.113.0/24 or "
                        + "2001:db8::1, without host bits")
            }
            found.append(network)
        }
        found.sort()
        for network in found { _ = blocks.append(network.address, network.last, UInt8(network.prefix)) }
    }

    /// Networks, those within others not counted.
    public var count: Int { blocks.count }

    /// The network of the list that holds `address`, the widest if there are several.
    public func network(holding address: IPAddress) -> CIDR? {
        blocks[address].map { CIDR(address: address, prefix: Int($0)) }
    }
}

/// What is wrong with a file of networks or countries, in words.
public struct ListError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}

/// Texts of a line an entry, as lists of networks and tables of countries are.
enum TextLines {
    /// Calls `body` with the entry of each line that has one, without blanks and comments, and its number from 1.
    static func read(_ text: [UInt8], _ body: (Range<Int>, Int) throws(ListError) -> Void) throws(ListError) {
        guard let last = text.last else { throw ListError("it is empty; a list of nothing is a line with # alone") }
        let newline = UInt8(ascii: "\n")
        guard last == newline else { throw ListError("its last line has no end: it looks cut off") }
        var (start, number) = (0, 0)
        while start < text.count {
            number += 1
            var end = start
            while text[end] != newline { end += 1 }
            defer { start = end + 1 }
            var (first, stop) = (start, start)
            while first < end, isBlank(text[first]) { first += 1 }
            stop = first
            while stop < end, !isBlank(text[stop]), !isMark(text[stop]) { stop += 1 }
            var rest = stop
            while rest < end, isBlank(text[rest]) { rest += 1 }
            // What stands behind an entry and is no comment belongs to it, and will be no network.
            if rest < end, !isMark(text[rest]) { stop = end }
            if first < stop { try body(first..<stop, number) }
        }
    }

    /// A part of a line as an error shows it.
    static func shown(_ text: [UInt8], _ range: Range<Int>) -> String {
        EvidenceText.escape(Array(text[range].prefix { $0 != 13 }), limit: 60)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
    private static func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") }
}
