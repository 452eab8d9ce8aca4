import StepUpCore

/// One frame: an op and its fields, in order.
///
/// A frame that was decoded keeps every rule of `Docs/Protocol.md`; one that is being made is checked by
/// `FrameCodec.encode`. Its description shows no value that does not belong in a log.
public struct Frame: Sendable, CustomStringConvertible, CustomReflectable {
    struct Field: Sendable {
        let key: FrameKey
        var range: Range<Int>
    }

    public let op: FrameOp
    /// All values, each at its field's range. For a decoded frame this is the payload itself.
    private(set) var storage: [UInt8]
    private(set) var fields: [Field]

    /// A frame without fields yet.
    public init(_ op: FrameOp) {
        self.op = op
        storage = []
        fields = []
    }

    /// A frame with these fields, as UTF-8, in this order.
    public init(_ op: FrameOp, _ fields: KeyValuePairs<FrameKey, String>) {
        self.init(op)
        for (key, text) in fields { append(key, text) }
    }

    init(op: FrameOp, storage: [UInt8], fields: [Field]) {
        self.op = op
        self.storage = storage
        self.fields = fields
    }

    /// Adds a field. Nothing is checked before the frame is encoded.
    public mutating func append(_ key: FrameKey, _ value: some Collection<UInt8>) {
        let start = storage.count
        storage.append(contentsOf: value)
        fields.append(Field(key: key, range: start..<storage.count))
    }

    /// Adds a field from text, as UTF-8.
    public mutating func append(_ key: FrameKey, _ text: String) {
        append(key, text.utf8)
    }

    /// The keys, in order.
    public var keys: [FrameKey] { fields.map(\.key) }

    /// The value of a key, byte for byte; nil when the key is not there.
    public subscript(key: FrameKey) -> [UInt8]? {
        range(of: key).map { Array(storage[$0]) }
    }

    /// The value of a key as text; nil when the key is not there *or is not UTF-8*. Names and hosts may be anything:
    /// where a missing value and a strange one differ, take the bytes.
    public func text(_ key: FrameKey) -> String? {
        guard let range = range(of: key) else { return nil }
        return String(validating: storage[range], as: UTF8.self)
    }

    /// Whether the key is there with exactly this value.
    public func has(_ key: FrameKey, _ value: StaticString) -> Bool {
        guard let range = range(of: key) else { return false }
        return storage.span.extracting(range).elements(equal: value)
    }

    /// Takes a value out of the frame and wipes it there: afterwards the key is missing.
    ///
    /// The only way `answer` should be read. Copies of this frame, and buffers that the payload came through, keep theirs:
    /// `FrameReader` wipes its own.
    public mutating func takeSecret(_ key: FrameKey) -> Secret? {
        guard let index = fields.firstIndex(where: { $0.key == key }) else { return nil }
        let range = fields.remove(at: index).range
        let secret = Secret(storage[range])
        for position in range { storage[position] = 0 }
        return secret
    }

    /// Whether both hold the same fields in the same order.
    public func hasSameFields(as other: Frame) -> Bool {
        op == other.op && fields.count == other.fields.count
            && zip(fields, other.fields).allSatisfy {
                $0.key == $1.key && storage[$0.range] == other.storage[$1.range]
            }
    }

    private func range(of key: FrameKey) -> Range<Int>? {
        for field in fields where field.key == key { return field.range }
        return nil
    }

    /// The op and the fields; of confidential values the length alone, and whatever is not printable ASCII escaped (S29).
    public var description: String {
        let parts = fields.map { field in
            let value = storage[field.range]
            return "\(field.key.name)=" + (field.key.isConfidential ? "<\(value.count) bytes>" : Self.escaped(value))
        }
        return "\(op)(\(parts.joined(separator: " ")))"
    }

    public var customMirror: Mirror { Mirror(self, children: []) }

    private static func escaped(_ value: ArraySlice<UInt8>) -> String {
        var text = ""
        for byte in value.prefix(200) {
            if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return value.count > 200 ? text + "…" : text
    }
}
