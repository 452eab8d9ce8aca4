/// Base 32 (RFC 4648, section 6), as authenticator apps take secrets.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Without padding.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in bytes {
            bits = (bits << 8 | UInt32(byte)) & 0xffff
            count += 8
            while count >= 5 {
                count -= 5
                out.append(alphabet[Int(bits >> count & 31)])
            }
        }
        if count > 0 { out.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return String(decoding: out, as: UTF8.self)
    }

    /// Either case; blanks and hyphens between groups and padding at the end are tolerated. `nil` if it is not base 32.
    public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        var length = 0
        var isPadding = false
        for byte in text where byte != 0x20 && byte != UInt8(ascii: "-") {
            if byte == UInt8(ascii: "=") {
                isPadding = true
                continue
            }
            guard !isPadding, let value = value(byte) else { return nil }
            bits = (bits << 5 | value) & 0xffff
            count += 5
            length += 1
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        // A last group of 1, 3 or 6 characters ends in the middle of a byte.
        guard ![1, 3, 6].contains(length % 8), bits & ((1 << count) - 1) == 0 else { return nil }
        return out
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 65...90: UInt32(byte) - 65
        case 97...122: UInt32(byte) - 97
        case 50...55: UInt32(byte) - 24
        default: nil
        }
    }
}
