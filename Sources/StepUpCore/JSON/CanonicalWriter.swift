/// JSON under RFC 8785 (JCS), for the values that `JSON` allows. The bytes are what the ledger hashes: the same value gives
/// the same bytes on every machine and in every version.
extension JSON {
    public var canonicalBytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(1024)
        write(to: &out)
        return out
    }

    public var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }

    func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value):
            precondition(abs(value) <= Self.integerLimit, "larger integers travel as strings")
            out += String(value).utf8
        case .string(let text): writeString(text, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            // Nearly all come in order already.
            let isSorted = zip(members, members.dropFirst()).allSatisfy { Self.precedes($0, $1) }
            Self.write(isSorted ? members : members.sorted(by: Self.precedes), to: &out)
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ members: [Member], to out: inout [UInt8]) {
        var isFirst = true
        for member in members {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            writeString(member.key, to: &out)
            out.append(UInt8(ascii: ":"))
            member.value.write(to: &out)
        }
    }

    /// Keys are ASCII, for which UTF-16 code unit order (RFC 8785, 3.2.3) is byte order; and so is that of Swift's strings.
    private static func precedes(_ a: Member, _ b: Member) -> Bool { a.key < b.key }
}

private func writeString(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    // Nearly every string of an event needs no escape, and goes over in one piece.
    let isPlain = text.utf8.withContiguousStorageIfAvailable { bytes in
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) else { return false }
        out.append(contentsOf: bytes)
        return true
    }
    if isPlain != true { for byte in text.utf8 { writeEscaped(byte, to: &out) } }
    out.append(UInt8(ascii: "\""))
}

private func writeEscaped(_ byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case 0x22: out += "\\\"".utf8
    case 0x5c: out += "\\\\".utf8
    case 0x08: out += "\\b".utf8
    case 0x09: out += "\\t".utf8
    case 0x0a: out += "\\n".utf8
    case 0x0c: out += "\\f".utf8
    case 0x0d: out += "\\r".utf8
    case 0..<0x20: out += "\\u00".utf8 + [hexDigit(byte >> 4), hexDigit(byte & 15)]
    default: out.append(byte)
    }
}

/// `0` … `f`
func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
