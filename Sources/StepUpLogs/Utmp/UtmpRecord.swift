import StepUpCore

/// One record of glibc's `struct utmp` on x86-64 (utmp(5)).
struct UtmpRecord {
    enum Kind: UInt16 {
        case empty, runLevel, boot, newTime, oldTime, initProcess, login, user, dead, accounting
    }

    static let size = 384
    /// Seconds between 1990 and 2100: other times are no times of a login.
    private static let times: Range<Int64> = 631_152_000..<4_102_444_800

    let bytes: ArraySlice<UInt8>

    /// - Parameter bytes: `size` of them.
    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// As it stands there, of a kind or not.
    var type: UInt16 { UInt16(truncatingIfNeeded: number(0, 2)) }
    var kind: Kind? { Kind(rawValue: type) }
    var line: ArraySlice<UInt8> { string(8, 32) }
    var user: ArraySlice<UInt8> { string(44, 32) }
    var host: ArraySlice<UInt8> { string(76, 256) }

    /// Nil: none that a login can have.
    var time: Timestamp? {
        let (seconds, micros) = (Int64(number(340, 4)), Int64(number(344, 4)))
        guard Self.times.contains(seconds) else { return nil }
        return Timestamp(milliseconds: seconds * 1000 + (micros < 1_000_000 ? micros / 1000 : 0))
    }

    /// `ut_addr_v6`; nil: all zero.
    var address: IPAddress? {
        let start = bytes.startIndex + 348
        let words = Array(bytes[start..<start + 16])
        guard words.contains(where: { $0 != 0 }) else { return nil }
        return IPAddress(bytes: words[4...].allSatisfy { $0 == 0 } ? Array(words[..<4]) : words)
    }

    /// The form that a record has, if it is one: a type, text padded with zeros, a time.
    var isPlausible: Bool {
        guard let kind else { return false }
        func isPadded(_ start: Int, _ length: Int) -> Bool {
            let field = bytes[bytes.startIndex + start..<bytes.startIndex + start + length]
            return field.drop { $0 != 0 }.allSatisfy { $0 == 0 }
        }
        return isPadded(8, 32) && isPadded(44, 32) && isPadded(76, 256) && (kind == .empty || time != nil)
    }

    private func string(_ start: Int, _ length: Int) -> ArraySlice<UInt8> {
        bytes[bytes.startIndex + start..<bytes.startIndex + start + length].prefix { $0 != 0 }
    }

    /// Little-endian.
    private func number(_ start: Int, _ length: Int) -> UInt32 {
        bytes[bytes.startIndex + start..<bytes.startIndex + start + length].reversed().bigEndian(as: UInt32.self)
    }
}
