import Glibc
import StepUpCore

/// What files of addresses say, read without the parsers: slowly, and addresses by the C library.
enum Naive {
    /// Addresses from one to another.
    struct Range: Hashable {
        var family: IPAddress.Family
        var first: UInt128
        var last: UInt128

        func contains(_ address: IPAddress) -> Bool {
            address.family == family && first <= address.bits && address.bits <= last
        }

        /// Both ends, and what lies just outside of them.
        var edges: [IPAddress] { [first, last, first &- 1, last &+ 1].compactMap { Naive.address(family, $0) } }
    }

    /// The entry of each line that has one, and its number from 1; nil where the end of the last line is missing.
    static func entries(_ text: [UInt8]) -> [(number: Int, entry: [UInt8])]? {
        guard text.last == UInt8(ascii: "\n") else { return nil }
        let blanks = Array(" \t\r".utf8)
        return text.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated().compactMap {
            var entry = $1.prefix { $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: ";") }
            while let first = entry.first, blanks.contains(first) { entry.removeFirst() }
            while let last = entry.last, blanks.contains(last) { entry.removeLast() }
            return entry.isEmpty ? nil : ($0 + 1, Array(entry))
        }
    }

    /// An IPv4-mapped address is the IPv4 address.
    static func address(_ text: [UInt8]) -> IPAddress? {
        guard !text.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: text.contains(UInt8(ascii: ":")) ? 16 : 4)
        let family = bytes.count == 16 ? AF_INET6 : AF_INET
        let isAddress = inet_pton(family, String(decoding: text, as: UTF8.self), &bytes) == 1
        return isAddress ? IPAddress(bytes: bytes) : nil
    }

    static func address(_ family: IPAddress.Family, _ bits: UInt128) -> IPAddress? {
        IPAddress(bytes: (0..<(family == .v4 ? 4 : 16)).reversed().map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
    }
}

/// The same number for the same bytes: for properties that are too dear for each input, or need something to choose by.
func hash(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 } }

func require(_ holds: Bool, _ promise: @autoclosure () -> String) {
    if !holds { fatalError(promise()) }
}
