/// Bytes to frames and back, both through the closed table (`Docs/Protocol.md`, section Frames).
public enum FrameCodec {
    public static let headerLength = 4
    public static let maxPayload = 65536
    static let maxKey = 32

    /// The whole frame, header and payload.
    ///
    /// Fails when a receiver would refuse it, and with `nulInValue` when a value holds a NUL (S14).
    public static func encode(_ frame: Frame) throws(FrameError) -> [UInt8] {
        guard let op = frame.op.checked else {
            throw FrameError(.unknownOp, "an admin word is [a-z] *[a-z0-9_.-], at most 58 bytes, not `reply`")
        }
        var bytes: [UInt8] = [0, 0, 0, 0]
        bytes.reserveCapacity(64 + frame.storage.count + frame.fields.count * 16)
        bytes.append(contentsOf: "stepup=1\0op=".utf8)
        bytes.append(contentsOf: op.name.utf8)
        bytes.append(0)

        var check = FrameCheck(op: op)
        let storage = frame.storage.span
        for field in frame.fields {
            let value = storage.extracting(field.range)
            guard value.all({ $0 != 0 }) else {
                throw FrameError(.nulInValue, "the value of \(field.key.name) holds a NUL")
            }
            try check.admit(field.key, value)
            bytes.append(contentsOf: field.key.name.utf8)
            bytes.append(UInt8(ascii: "="))
            bytes.append(contentsOf: frame.storage[field.range])
            bytes.append(0)
            guard bytes.count <= headerLength + maxPayload else {
                throw FrameError(.length, "a payload has at most \(maxPayload) bytes")
            }
        }
        try check.finish()

        let length = bytes.count - headerLength
        for index in 0..<headerLength { bytes[index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
        return bytes
    }

    /// The frame of a payload (without its header).
    public static func decode(payload: consuming [UInt8]) throws(FrameError) -> Frame {
        guard !payload.isEmpty, payload.count <= maxPayload else {
            throw FrameError(.length, "a payload has 1 to \(maxPayload) bytes, this one \(payload.count)")
        }
        let (op, fields) = try parse(payload.span)
        return Frame(op: op, storage: payload, fields: fields)
    }

    private static func parse(_ payload: Span<UInt8>) throws(FrameError) -> (FrameOp, [Frame.Field]) {
        var start = try version(payload)
        guard start < payload.count else { throw FrameError(.noOp, "the second field must be op=") }
        let second = try Raw(payload, from: start)
        guard payload.extracting(second.start..<second.equals).elements(equal: "op") else {
            throw FrameError(.noOp, "the second field must be op=")
        }
        guard let op = FrameOp(payload.extracting(second.value)) else {
            throw FrameError(.unknownOp, "the op is not in the table")
        }
        start = second.value.upperBound + 1

        var check = FrameCheck(op: op)
        var fields: [Frame.Field] = []
        fields.reserveCapacity(16)
        while start < payload.count {
            let raw = try Raw(payload, from: start)
            guard let key = FrameKey(packed: raw.key) else {
                guard raw.key != stepupKey, raw.key != opKey else {
                    throw FrameError(.duplicateKey, "stepup and op must stand once")
                }
                throw FrameError(.keyNotAllowed, "a key is not in the table")
            }
            try check.admit(key, payload.extracting(raw.value))
            fields.append(Frame.Field(key: key, range: raw.value))
            start = raw.value.upperBound + 1
        }
        try check.finish()
        return (op, fields)
    }

    private static let stepupKey = PackedKey("stepup")
    private static let opKey = PackedKey("op")

    /// Checks the first field; returns where the second starts.
    private static func version(_ payload: Span<UInt8>) throws(FrameError) -> Int {
        let first = try Raw(payload, from: 0)
        guard payload.extracting(0..<first.value.upperBound).elements(equal: "stepup=1") else {
            throw FrameError(.version, "the first field must be stepup=1")
        }
        return first.value.upperBound + 1
    }

    /// One field of which nothing is known but its grammar.
    private struct Raw {
        let start: Int
        let equals: Int
        let value: Range<Int>
        let key: PackedKey

        init(_ payload: Span<UInt8>, from start: Int) throws(FrameError) {
            guard let end = payload.firstIndex(of: 0, in: start..<payload.count) else {
                throw FrameError(.unterminated, "the last field must end with NUL")
            }
            guard let equals = payload.firstIndex(of: UInt8(ascii: "="), in: start..<end) else {
                throw FrameError(.noEquals, "a field must be key=value")
            }
            guard equals > start, equals - start <= maxKey, payload[start].isLower else {
                throw FrameError(.badKey, "a key is [a-z] *31[a-z0-9_.]")
            }
            var key = PackedKey()
            for index in start..<equals {
                let byte = payload[index]
                guard byte.isLower || byte.isDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") else {
                    throw FrameError(.badKey, "a key is [a-z] *31[a-z0-9_.]")
                }
                key.append(byte)
            }
            self.start = start
            self.equals = equals
            self.value = equals + 1..<end
            self.key = key
        }
    }
}

extension Span<UInt8> {
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        for index in range where self[index] == byte { return index }
        return nil
    }
}
