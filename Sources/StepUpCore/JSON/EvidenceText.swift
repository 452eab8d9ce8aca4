/// Text made of bytes that came from outside: valid UTF-8 stays, any other byte becomes `\xHH`, and a backslash becomes `\\`, so
/// that two different inputs never give the same text.
public enum EvidenceText {
    /// - Parameter limit: bytes of input that are kept; what is longer ends in `\…` and its full length, `\…(4096 bytes)`.
    public static func escape(_ bytes: some Collection<UInt8>, limit: Int = 256) -> String {
        let kept = Array(bytes.prefix(limit))
        if bytes.count <= limit, kept.allSatisfy({ $0 < 0x80 && $0 != 0x5c }) { return String(decoding: kept, as: UTF8.self) }
        var out = ""
        var position = 0
        while position < kept.count {
            if kept[position] == 0x5c {
                out += "\\\\"
                position += 1
            } else if let scalar = Self.scalar(in: kept, at: position) {
                out.unicodeScalars.append(scalar.value)
                position += scalar.length
            } else {
                let byte = kept[position]
                out += "\\x" + String(decoding: [hexDigit(byte >> 4), hexDigit(byte & 15)], as: UTF8.self)
                position += 1
            }
        }
        return bytes.count > limit ? out + "\\…(\(bytes.count) bytes)" : out
    }

    /// The first bytes of a text, `?` for each that does not print in ASCII or that JSON escapes: for where an event has room for so many
    /// bytes and no more.
    static func plain(_ bytes: some Sequence<UInt8>, limit: Int) -> String {
        let kept = bytes.prefix(limit).map { byte in
            (0x20..<0x7f).contains(byte) && byte != 0x22 && byte != 0x5c ? byte : UInt8(ascii: "?")
        }
        return String(decoding: kept, as: UTF8.self)
    }

    /// The well-formed UTF-8 sequence at `position`, if there is one.
    private static func scalar(in bytes: [UInt8], at position: Int) -> (value: Unicode.Scalar, length: Int)? {
        let length: Int
        switch bytes[position] {
        case 0..<0x80: length = 1
        case 0xc2..<0xe0: length = 2
        case 0xe0..<0xf0: length = 3
        case 0xf0..<0xf5: length = 4
        default: return nil
        }
        guard position + length <= bytes.count,
            let text = String(validating: bytes[position..<position + length], as: UTF8.self),
            let scalar = text.unicodeScalars.first
        else { return nil }
        return (scalar, length)
    }
}
