/// A time zone's offsets from UTC, parsed from a TZif file (RFC 9636), versions 2 and later.
///
/// Between the first and the last transition the table decides; after the last, the POSIX TZ string of the footer; before the
/// first, the first type that is not daylight saving.
public struct ZoneRules: Hashable, Sendable {
    /// Instants in seconds since the epoch, ascending, with the offset that begins there.
    private var transitions: [Int64]
    private var offsets: [Int32]
    private var before: Int32
    private var footer: PosixZone?

    public static let utc = ZoneRules(transitions: [], offsets: [], before: 0, footer: nil)

    /// Seconds to add to UTC at `instant`.
    public func offset(at instant: Timestamp) -> Int {
        let seconds = instant.seconds
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == transitions.count, let footer { return footer.offset(at: seconds) }
        return Int(low == 0 ? before : offsets[low - 1])
    }

    private init(transitions: [Int64], offsets: [Int32], before: Int32, footer: PosixZone?) {
        (self.transitions, self.offsets, self.before, self.footer) = (transitions, offsets, before, footer)
    }

    /// - Throws: `ZoneError` that says where the file stops making sense.
    public init(tzif bytes: [UInt8]) throws(ZoneError) {
        var reader = TZifReader(bytes: bytes)
        let first = try reader.header()
        guard first.version >= 2 else { throw ZoneError("a version 1 file has no 64-bit times; reinstall tzdata") }
        try reader.skip(first.bodySize(timeSize: 4))
        let header = try reader.header()
        guard header.types > 0 else { throw ZoneError("no local time types") }
        transitions = []
        for _ in 0..<header.times {
            let time = try reader.integer(8)
            if let last = transitions.last, time <= last { throw ZoneError("transition times do not ascend") }
            transitions.append(time)
        }
        let indices = try reader.take(header.times)
        var types: [(offset: Int32, isDaylight: Bool)] = []
        for _ in 0..<header.types {
            let offset = Int32(truncatingIfNeeded: try reader.integer(4))
            guard abs(Int(offset)) < 26 * 3600 else { throw ZoneError("an offset of \(offset) s") }
            types.append((offset, try reader.integer(1) != 0))
            _ = try reader.integer(1)
        }
        offsets = []
        for index in indices {
            guard Int(index) < types.count else { throw ZoneError("a transition names type \(index) of \(types.count)") }
            offsets.append(types[Int(index)].offset)
        }
        before = (types.first { !$0.isDaylight } ?? types[0]).offset
        try reader.skip(header.characters + header.leaps * 12 + header.standardFlags + header.utFlags)
        footer = try PosixZone(footer: reader.footer())
    }
}

/// What is wrong with a zone file.
public struct ZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    init(_ reason: String) { self.reason = reason }
    public var description: String { "not a usable time zone file: \(reason)" }
}

private struct TZifReader {
    let bytes: [UInt8]
    var position = 0

    struct Header {
        var version: Int
        var utFlags, standardFlags, leaps, times, types, characters: Int
        func bodySize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standardFlags + utFlags
        }
    }

    mutating func take(_ count: Int) throws(ZoneError) -> ArraySlice<UInt8> {
        guard count >= 0, position + count <= bytes.count else { throw ZoneError("it ends after \(bytes.count) bytes") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) throws(ZoneError) { _ = try take(count) }

    /// A big-endian two's complement integer of `size` bytes.
    mutating func integer(_ size: Int) throws(ZoneError) -> Int64 {
        var value: UInt64 = 0
        for byte in try take(size) { value = value << 8 | UInt64(byte) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    mutating func header() throws(ZoneError) -> Header {
        guard try take(4).elementsEqual("TZif".utf8) else { throw ZoneError("it does not begin with TZif") }
        let versionByte = try integer(1)
        try skip(15)
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = try integer(4)
            guard count >= 0, count <= 1 << 20 else { throw ZoneError("a count of \(count)") }
            counts.append(Int(count))
        }
        return Header(
            version: versionByte == 0 ? 1 : Int(versionByte) - 48, utFlags: counts[0], standardFlags: counts[1],
            leaps: counts[2], times: counts[3], types: counts[4], characters: counts[5])
    }

    mutating func footer() throws(ZoneError) -> ArraySlice<UInt8> {
        guard try take(1).first == 0x0a else { throw ZoneError("no footer") }
        guard let end = bytes[position...].firstIndex(of: 0x0a) else { throw ZoneError("the footer does not end") }
        return bytes[position..<end]
    }
}
