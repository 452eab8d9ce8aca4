/// Lower-case hexadecimal.
public enum Hex {
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        for byte in bytes { out += [hexDigit(byte >> 4), hexDigit(byte & 15)] }
        return String(decoding: out, as: UTF8.self)
    }

    /// `nil` unless `text` is an even number of lower-case hex digits.
    public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var high: UInt8?
        for digit in text {
            guard let value = hexValue(digit), digit < 65 || digit > 70 else { return nil }
            if let first = high {
                out.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? out : nil
    }

    public static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }
}
