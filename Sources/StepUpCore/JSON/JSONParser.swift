extension JSON {
    /// Parses a text of RFC 8259, as far as `JSON` goes: floats, integers beyond 2^53−1, a key twice, unpaired surrogates,
    /// invalid UTF-8 and nesting beyond 32 are errors.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }

    public init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }
}

private struct JSONParser {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    func failure(_ reason: String) -> JSONError { JSONError("byte \(position)", reason) }
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw failure("text after the value") }
        return value
    }

    mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { _ = byte; position += 1 }
    }

    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
        guard accept(character) else { throw failure("expected '\(character)'") }
    }

    mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for index in 0..<text.utf8CodeUnitCount {
            guard peek == text.utf8Start[index] else { throw failure("expected \(text)") }
            position += 1
        }
        return value
    }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= 32 else { throw failure("nested deeper than 32") }
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("expected a value, found the end")
        default: return .integer(try integer())
        }
    }

    mutating func object(depth: Int) throws(JSONError) -> JSON {
        try expect("{")
        var members: [JSON.Member] = []
        if accept("}") { return .object([]) }
        repeat {
            skipBlanks()
            let key = try string()
            guard !members.contains(where: { $0.key == key }) else { throw failure("the key '\(key)' stands twice") }
            try expect(":")
            members.append(.init(key, try value(depth: depth + 1)))
        } while accept(",")
        try expect("}")
        return .object(members)
    }

    mutating func array(depth: Int) throws(JSONError) -> JSON {
        try expect("[")
        var elements: [JSON] = []
        if accept("]") { return .array([]) }
        repeat { elements.append(try value(depth: depth + 1)) } while accept(",")
        try expect("]")
        return .array(elements)
    }

    mutating func integer() throws(JSONError) -> Int64 {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        while let byte = peek, byte >= 48, byte <= 57 { _ = byte; position += 1 }
        let digits = bytes[firstDigit..<position]
        guard !digits.isEmpty, digits.count == 1 || digits.first != 48 else { throw failure("expected a value") }
        if let byte = peek, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
            throw failure("expected an integer")
        }
        guard digits.count <= 16, let value = Int64(String(decoding: bytes[start..<position], as: UTF8.self)),
            abs(value) <= JSON.integerLimit
        else { throw failure("an integer beyond 2^53-1") }
        return value
    }

    mutating func string() throws(JSONError) -> String {
        guard peek == UInt8(ascii: "\"") else { throw failure("expected '\"'") }
        position += 1
        let start = position
        while let byte = peek, byte != 0x22, byte != 0x5c, byte >= 0x20 { _ = byte; position += 1 }
        if peek == 0x22 {
            position += 1
            return try validated(bytes[start..<position - 1])
        }
        var out = Array(bytes[start..<position])
        while let byte = peek {
            position += 1
            switch byte {
            case 0x22: return try validated(out[...])
            case 0x5c: try escape(into: &out)
            case 0..<0x20: throw failure("a control character in a string")
            default: out.append(byte)
            }
        }
        throw failure("the string does not end")
    }

    func validated(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("invalid UTF-8") }
        return text
    }

    mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard let byte = peek else { throw failure("the string does not end") }
        position += 1
        switch byte {
        case 0x22, 0x5c, 0x2f: out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = UInt32(try hex4())
            if code & 0xfc00 == 0xd800 {
                guard peek == 0x5c, position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
                    throw failure("an unpaired surrogate")
                }
                position += 2
                let low = UInt32(try hex4())
                guard low & 0xfc00 == 0xdc00 else { throw failure("an unpaired surrogate") }
                code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("an unpaired surrogate") }
            out += String(scalar).utf8
        default: throw failure("an unknown escape")
        }
    }

    mutating func hex4() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure("the string does not end") }
        var value: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = hexValue(byte) else { throw failure("expected four hex digits") }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }
}

/// The value of a hex digit of either case.
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 97...102: byte - 87
    case 65...70: byte - 55
    default: nil
    }
}
