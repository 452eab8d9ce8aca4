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
        let isV6 = bytes.contains(UInt8(ascii: ":"))
        self.init(bytes, 0..<(isV6 ? bytes.firstIndex(of: UInt8(ascii: "%")) ?? bytes.count : bytes.count))
    }

    /// The same of a part of a text; a zone id is no part of it.
    init?(_ bytes: [UInt8], _ range: Range<Int>) { self.init(bytes[range]) }

    /// The same of a text's bytes; a zone id is no part of it.
    public init?(_ bytes: ArraySlice<UInt8>) {
        if bytes.contains(UInt8(ascii: ":")) {
            guard let bits = parseV6(bytes, bytes.indices) else { return nil }
            self = bits >> 32 == 0xffff ? IPAddress(family: .v4, bits: bits & 0xffff_ffff) : IPAddress(family: .v6, bits: bits)
        } else {
            guard let bits = parseV4(bytes, bytes.indices) else { return nil }
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

    /// An address of 240.0.0.0/4, which is reserved (RFC 1112, section 4): nobody has it.
    /// - Parameter number: of it, the low 28 bits.
    public init(reserved number: UInt64) { self.init(family: .v4, bits: 0xf000_0000 | UInt128(number & 0x0fff_ffff)) }

    /// Another address of the same network.
    /// - Parameter number: any; which other one.
    public func neighbour(_ number: UInt64) -> IPAddress {
        // Of 255 others; of an IPv6 network far more, and these suffice.
        IPAddress(family: family, bits: bits ^ UInt128(number % 255 + 1))
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

private func parseV4(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> UInt32? {
    var (bits, part, digits, parts): (UInt32, UInt32, Int, Int) = (0, 0, 0, 1)
    for index in range {
        let byte = bytes[index]
        if byte == UInt8(ascii: ".") {
            guard digits > 0, parts < 4 else { return nil }
            (bits, part, digits, parts) = (bits << 8 | part, 0, 0, parts + 1)
        } else {
            guard byte >= 48, byte <= 57, digits < 3, digits == 0 || part > 0 else { return nil }
            (part, digits) = (part * 10 + UInt32(byte - 48), digits + 1)
            guard part <= 255 else { return nil }
        }
    }
    return digits > 0 && parts == 4 ? bits << 8 | part : nil
}

/// RFC 4291, 2.2.
private func parseV6(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> UInt128? {
    let (colon, dot, end) = (UInt8(ascii: ":"), UInt8(ascii: "."), range.upperBound)
    // Sixteen bits each, and how many of them stand before "::".
    var (groups, count, gap): (UInt128, Int, Int?) = (0, 0, nil)
    var position = range.lowerBound
    if position < end, bytes[position] == colon {
        guard position + 1 < end, bytes[position + 1] == colon else { return nil }
        (gap, position) = (0, position + 2)
    }
    while position < end {
        var (group, next, isV4): (UInt128, Int, Bool) = (0, position, false)
        while next < end, bytes[next] != colon {
            if bytes[next] == dot { isV4 = true }
            if !isV4 {
                guard next - position < 4, let digit = hexValue(bytes[next]) else { return nil }
                group = group << 4 | UInt128(digit)
            }
            next += 1
        }
        if isV4 {
            guard next == end, let v4 = parseV4(bytes, position..<end) else { return nil }
            (groups, count) = (groups << 32 | UInt128(v4), count + 2)
        } else {
            guard next > position else { return nil }
            (groups, count) = (groups << 16 | group, count + 1)
        }
        guard count <= 8 else { return nil }
        position = next
        if position == end { break }
        position += 1
        if position == end { return nil }
        if bytes[position] == colon {
            guard gap == nil else { return nil }
            (gap, position) = (count, position + 1)
        }
    }
    guard let gap else { return count == 8 ? groups : nil }
    guard count <= 7 else { return nil }
    let tail = 16 * (count - gap)
    return (groups >> tail) << (16 * (8 - gap)) | groups & ((1 << tail) - 1)
}
