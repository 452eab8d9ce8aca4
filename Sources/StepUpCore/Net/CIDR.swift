/// A block of addresses (RFC 4632), such as `10.1.0.0/16`; the host bits are zero.
public struct CIDR: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    /// 0 … 32 or 0 … 128.
    public let prefix: Int

    /// The block of `prefix` bits that holds `address`; host bits are dropped. `prefix` is clamped to the family's width.
    public init(address: IPAddress, prefix: Int) {
        let width = address.width
        let kept = min(max(prefix, 0), width)
        self.prefix = kept
        let shift = width - kept
        self.address = IPAddress(family: address.family, bits: shift >= 128 ? 0 : (address.bits >> shift) << shift)
    }

    /// `address/prefix`, or an address alone for the block of that one address. `nil` if it is neither, or if host bits are
    /// set: `10.1.2.3/16` is more often a slip than a wish.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        self.init(bytes, 0..<bytes.count)
    }

    /// The same of a part of a text.
    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        let slash = range.first { bytes[$0] == UInt8(ascii: "/") }
        guard let address = IPAddress(bytes, range.lowerBound..<(slash ?? range.upperBound)) else { return nil }
        guard let slash else {
            self.init(address: address, prefix: address.width)
            return
        }
        let digits = slash + 1..<range.upperBound
        guard (1...3).contains(digits.count), digits.allSatisfy({ bytes[$0] >= 48 && bytes[$0] <= 57 }) else { return nil }
        let prefix = digits.reduce(0) { $0 * 10 + Int(bytes[$1] - 48) }
        guard prefix <= address.width else { return nil }
        self.init(address: address, prefix: prefix)
        guard self.address == address else { return nil }
    }

    /// Its last address.
    var last: IPAddress {
        let host = address.width - prefix
        return IPAddress(family: address.family, bits: address.bits | (host == 128 ? UInt128.max : (1 << host) - 1))
    }

    public func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && CIDR(address: other, prefix: prefix).address == address
    }

    /// Whether all addresses of the other block are in this one.
    public func covers(_ other: CIDR) -> Bool { prefix <= other.prefix && contains(other.address) }

    public static func < (a: Self, b: Self) -> Bool { (a.address, a.prefix) < (b.address, b.prefix) }
    public var description: String { "\(address)/\(prefix)" }
}
