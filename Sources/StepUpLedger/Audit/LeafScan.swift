import Glibc
import StepUpCore

/// Looks into a leaf's bytes without parsing them: verifying a long log must not take longer than hashing it.
///
/// What is looked for has a fixed place in canonical JSON (RFC 8785 sorts the members): quotes inside a string are escaped, so
/// `"name":` with bare quotes is a member's name and nothing else.
struct LeafScan {
    private let bytes: UnsafeRawBufferPointer
    /// Behind `"unmapped":{"stepup":{`; before it stands only what OCSF knows, and `stepup` is no word of that.
    private let inside: Int?

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        inside = Self.find("{\"stepup\":{", in: bytes, from: 0)
    }

    /// Whether the columns beside the leaf say what it says.
    func fits(time: Int64, code: Int64, attempt: UnsafeRawBufferPointer?, account: UnsafeRawBufferPointer?) -> Bool {
        guard let inside, let at = Self.find(",\"time\":", in: bytes, from: 0), at < inside, integer(at: at) == time else {
            return false
        }
        var expected: [UInt8] = []
        expected.reserveCapacity(128)
        if let account { Self.append("account", account, to: &expected) }
        if let attempt { Self.append("attempt", attempt, to: &expected) }
        expected += "\"code\":\"SU\(code)\",".utf8
        return expected.withUnsafeBytes { expected in
            guard inside + expected.count <= bytes.count, let here = bytes.baseAddress, let there = expected.baseAddress else {
                return false
            }
            return memcmp(here + inside, there, expected.count) == 0
        }
    }

    /// Whether the text stands anywhere behind the event's own facts.
    func contains(_ text: StaticString) -> Bool { inside.map { Self.find(text, in: bytes, from: $0) != nil } ?? false }

    private func integer(at start: Int) -> Int64? {
        var value: Int64 = 0
        var at = start
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57, at - start < 18 {
            value = value * 10 + Int64(bytes[at] - 48)
            at += 1
        }
        return at > start ? value : nil
    }

    private static func append(_ key: StaticString, _ value: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        out.append(0x22)
        out.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        out += "\":".utf8
        if value.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) {
            out.append(0x22)
            out.append(contentsOf: value)
            out.append(0x22)
        } else {
            out += JSON.string(String(decoding: value, as: UTF8.self)).canonicalBytes
        }
        out.append(0x2c)
    }

    /// Where `text` ends, if it is there. Its first byte should be a rare one.
    private static func find(_ text: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let length = text.utf8CodeUnitCount
        var at = start
        while at + length <= bytes.count,
            let candidate = memchr(base + at, CInt(text.utf8Start.pointee), bytes.count - at - length + 1)
        {
            if memcmp(candidate, text.utf8Start, length) == 0 { return UnsafeRawPointer(candidate) - base + length }
            at = UnsafeRawPointer(candidate) - base + 1
        }
        return nil
    }
}
