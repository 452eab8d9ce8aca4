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
        guard let inside, let at = Self.find(",\"time\":", in: bytes, from: 0), at < inside, integer(at: at)?.value == time else {
            return false
        }
        var place = inside
        if let account { guard takes("\"account\":", account, at: &place) else { return false } }
        if let attempt { guard takes("\"attempt\":", attempt, at: &place) else { return false } }
        guard takes("\"code\":\"SU", at: &place), let found = integer(at: place), found.value == code else { return false }
        place = found.end
        return takes("\",", at: &place)
    }

    /// Whether the text stands anywhere behind the event's own facts.
    func contains(_ text: StaticString) -> Bool { inside.map { Self.find(text, in: bytes, from: $0) != nil } ?? false }

    private func integer(at start: Int) -> (value: Int64, end: Int)? {
        var value: Int64 = 0
        var at = start
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57, at - start < 18 {
            value = value * 10 + Int64(bytes[at] - 48)
            at += 1
        }
        return at > start ? (value, at) : nil
    }

    /// Whether the text stands at `place`, which moves behind it.
    private func takes(_ text: StaticString, at place: inout Int) -> Bool {
        takes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), at: &place)
    }

    private func takes(_ text: UnsafeRawBufferPointer, at place: inout Int) -> Bool {
        guard place + text.count <= bytes.count, let here = bytes.baseAddress, let there = text.baseAddress else {
            return text.isEmpty
        }
        defer { place += text.count }
        return memcmp(here + place, there, text.count) == 0
    }

    /// Whether a member with this string stands at `place`, which moves behind it and its comma.
    private func takes(_ key: StaticString, _ value: UnsafeRawBufferPointer, at place: inout Int) -> Bool {
        guard takes(key, at: &place) else { return false }
        if value.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) {
            return takes("\"", at: &place) && takes(value, at: &place) && takes("\",", at: &place)
        }
        let escaped = String(decoding: value, as: UTF8.self).canonicalBytes
        return escaped.withUnsafeBytes { takes($0, at: &place) } && takes(",", at: &place)
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
