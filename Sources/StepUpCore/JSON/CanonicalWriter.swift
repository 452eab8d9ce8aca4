/// A value with one JSON form under RFC 8785 (JCS). The bytes are what the ledger hashes: the same value gives the same bytes on
/// every machine and in every version.
public protocol CanonicalJSON {
    func write(to out: inout CanonicalWriter)
}

extension CanonicalJSON {
    public var canonicalBytes: [UInt8] {
        var out = CanonicalWriter()
        write(to: &out)
        return out.bytes
    }

    public var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }
}

/// Takes the parts of a value in their order and appends their bytes; no tree is built of them. Members come in the order of their
/// keys (RFC 8785, 3.2.3), which a debug build checks.
public struct CanonicalWriter {
    public private(set) var bytes: [UInt8] = []
    /// Nothing stands yet in the object or array that is open.
    private var isEmpty = true
    #if DEBUG
        private var lastKey = ""
    #endif

    init() { bytes.reserveCapacity(2048) }

    // MARK: Objects and arrays

    mutating func object(_ members: (inout CanonicalWriter) -> Void) {
        open("{")
        #if DEBUG
            let outerKey = lastKey
            lastKey = ""
            defer { lastKey = outerKey }
        #endif
        members(&self)
        close("}")
    }

    /// A member that is left out if its value is nil.
    mutating func member(_ key: StaticString, _ value: (some CanonicalJSON)?) {
        guard let value else { return }
        self.key(key)
        value.write(to: &self)
    }

    /// A member that is an object.
    mutating func member(_ key: StaticString, _ members: (inout CanonicalWriter) -> Void) {
        self.key(key)
        object(members)
    }

    /// A member that is an object whose keys are known at run time only.
    mutating func member(_ key: StaticString, of members: some Sequence<(key: String, value: some CanonicalJSON)>) {
        self.key(key)
        object(of: members)
    }

    /// Members whose keys are known at run time only, in any order.
    mutating func object(of members: some Sequence<(key: String, value: some CanonicalJSON)>) {
        object { out in
            // Keys are ASCII, for which UTF-16 code unit order is byte order; and so is that of Swift's strings.
            for member in members.sorted(by: { $0.key < $1.key }) {
                out.separate()
                out.string(member.key)
                out.byte(":")
                member.value.write(to: &out)
            }
        }
    }

    mutating func array(_ elements: some Sequence<some CanonicalJSON>) {
        open("[")
        for element in elements { self.element(element) }
        close("]")
    }

    /// An array of elements of several kinds, each given to `element`.
    mutating func array(_ elements: (inout CanonicalWriter) -> Void) {
        open("[")
        elements(&self)
        close("]")
    }

    mutating func element(_ value: some CanonicalJSON) {
        separate()
        value.write(to: &self)
    }

    private mutating func key(_ key: StaticString) {
        #if DEBUG
            precondition(lastKey < key.description, "\(key) comes after \(lastKey)")
            lastKey = key.description
        #endif
        separate()
        byte("\"")
        literal(key)
        byte("\"")
        byte(":")
    }

    private mutating func separate() {
        if !isEmpty { byte(",") }
        isEmpty = false
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        byte(bracket)
        isEmpty = true
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        byte(bracket)
        isEmpty = false
    }

    // MARK: Values

    mutating func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func integer(_ value: Int64) {
        precondition(abs(value) <= JSON.integerLimit, "larger integers travel as strings")
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var (rest, start) = (value.magnitude, 20)
            repeat {
                start -= 1
                digits[start] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    mutating func string(_ text: String) {
        byte("\"")
        // Nearly every string of an event needs no escape, and goes over in one piece.
        let isPlain = text.utf8.withContiguousStorageIfAvailable { plain in
            guard plain.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) else { return false }
            bytes.append(contentsOf: plain)
            return true
        }
        if isPlain != true { for byte in text.utf8 { escaped(byte) } }
        byte("\"")
    }

    private mutating func byte(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22: literal("\\\"")
        case 0x5c: literal("\\\\")
        case 0x08: literal("\\b")
        case 0x09: literal("\\t")
        case 0x0a: literal("\\n")
        case 0x0c: literal("\\f")
        case 0x0d: literal("\\r")
        case 0..<0x20:
            literal("\\u00")
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        default: bytes.append(byte)
        }
    }
}

extension String: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.string(self) }
}

extension Int64: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.integer(self) }
}

extension Int: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.integer(Int64(self)) }
}

extension Bool: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.literal(self ? "true" : "false") }
}

extension Array: CanonicalJSON where Element: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.array(self) }
}

/// `0` … `f`
func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
