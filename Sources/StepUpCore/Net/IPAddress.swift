/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:a.b.c.d`, RFC 4291 2.5.5.2) is the IPv4 address.
public struct IPAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    public enum Family: UInt8, Hashable, Sendable { case v4 = 4, v6 = 6 }

    public let family: Family
    /// The address as a number; for v4 the low 32 bits.
    public let bits: UInt128

    init(family: Family, bits: UInt128) { (self.family, self.bits) = (family, bits) }

    public static func < (a: Self, b: Self) -> Bool {
        a.family == b.family ? a.bits < b.bits : a.family.rawValue < b.family.rawValue
    }

    /// Width in bits: 32 or 128.
    public var width: Int { family == .v4 ? 32 : 128 }

    /// Strict: dotted quad without leading zeros, or RFC 4291 text; a zone id (`%eth0`) is dropped, for it has no meaning on
    /// another host. `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            let address = bytes.prefix { $0 != UInt8(ascii: "%") }
            guard let bits = parseV6(Array(address)) else { return nil }
            if bits >> 32 == 0xffff {
                self.init(family: .v4, bits: bits & 0xffff_ffff)
            } else {
                self.init(family: .v6, bits: bits)
            }
        } else {
            guard let bits = parseV4(bytes[...]) else { return nil }
            self.init(family: .v4, bits: UInt128(bits))
        }
    }

    /// From four or sixteen bytes in network order; `nil` for any other number.
    public init?(bytes: [UInt8]) {
        let bits = bytes.bigEndian(as: UInt128.self)
        switch bytes.count {
        case 4: self.init(family: .v4, bits: bits)
        case 16 where bits >> 32 == 0xffff: self.init(family: .v4, bits: bits & 0xffff_ffff)
        case 16: self.init(family: .v6, bits: bits)
        default: return nil
        }
    }

    /// The canonical text (RFC 5952 for v6).
    public var description: String {
        if family == .v4 {
            let n = UInt32(truncatingIfNeeded: bits)
            return "\(n >> 24).\(n >> 16 & 255).\(n >> 8 & 255).\(n & 255)"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(1, best.count) { best = start..<end }
            start = max(end, start + 1)
        }
        func text(_ range: Range<Int>) -> String {
            range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }

    /// The network that counts as "the same place" for an address: /24, or /48 for IPv6.
    public var network: CIDR { CIDR(address: self, prefix: family == .v4 ? 24 : 48) }
}

private func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
        guard (1...3).contains(part.count), part.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        guard part.count == 1 || part.first != 48 else { return nil }
        let value = part.reduce(0) { $0 * 10 + UInt32($1 - 48) }
        guard value <= 255 else { return nil }
        bits = bits << 8 | value
    }
    return bits
}

private func parseV6(_ bytes: [UInt8]) -> UInt128? {
    let colon = UInt8(ascii: ":")
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var sawGap = false
    var position = 0
    if bytes.first == colon {
        guard bytes.count >= 2, bytes[1] == colon else { return nil }
        sawGap = true
        position = 2
    }
    while position < bytes.count {
        let end = bytes[position...].firstIndex(of: colon) ?? bytes.count
        let part = bytes[position..<end]
        var groups: [UInt16] = []
        if part.contains(UInt8(ascii: ".")) {
            guard end == bytes.count, let v4 = parseV4(part) else { return nil }
            groups = [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
        } else {
            guard (1...4).contains(part.count),
                let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16), part.first != UInt8(ascii: "+")
            else { return nil }
            groups = [value]
        }
        if sawGap { tail += groups } else { head += groups }
        position = end
        if position == bytes.count { break }
        position += 1
        if position < bytes.count, bytes[position] == colon {
            guard !sawGap else { return nil }
            sawGap = true
            position += 1
        } else if position == bytes.count {
            return nil
        }
    }
    let count = head.count + tail.count
    guard sawGap ? count <= 7 : count == 8 else { return nil }
    let groups = head + Array(repeating: 0, count: 8 - count) + tail
    return groups.reduce(0) { $0 << 16 | UInt128($1) }
}
