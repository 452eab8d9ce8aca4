import StepUpCore

/// Any bytes as a time zone file: refused, or an offset of less than 26 hours at any instant, that of the transition before it, and
/// after the last the same every 400 years.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let rules = try? ZoneRules(tzif: bytes) else { return 0 }
    let file = File(bytes)
    // Later and earlier are no milliseconds any more.
    let room = -(1 << 52)...(1 << 52) as ClosedRange<Int64>
    let near = file.times.prefix(64).flatMap { [$0 &- 1, $0, $0 &+ 1] }.filter(room.contains)
    let months: [Int64] = (0..<24).map { 1_700_000_000 + $0 * 2_629_746 }
    let others: [Int64] = [0, -1, 951_782_400, Int64(hash(bytes) >> 20), -(1 << 45)]
    for seconds in near + months + others {
        let instant = Timestamp(seconds: seconds)
        let offset = rules.offset(at: instant)
        check(offset)
        check(LocalTime(zone: "zone", rules: rules, at: instant), offset)
        let expected = file.offset(at: seconds) ?? offset
        require(offset == expected, "\(offset) at \(seconds), and the file says \(expected)")
        let later = rules.offset(at: Timestamp(seconds: seconds + 146_097 * 86_400))
        if file.isAfterLast(seconds) { require(offset == later, "\(offset) at \(seconds), and \(later) after 400 years") }
    }
    for instant in [Timestamp(milliseconds: .min), Timestamp(milliseconds: .max)] { check(rules.offset(at: instant)) }
    return 0
}

private func check(_ offset: Int) { require(abs(offset) < 26 * 3600, "an offset of \(offset) s") }

private func check(_ local: LocalTime, _ offset: Int) {
    require(local.offsetSeconds == offset && (0..<1440).contains(local.minuteOfDay), "no time of day: \(local)")
}

/// The second half of a file that was read (RFC 9636, 3), by its places.
private struct File {
    var times: [Int64] = []
    private var offsets: [Int] = []
    private var before = 0
    private var hasFooter = false

    init(_ bytes: [UInt8]) {
        func number(_ at: Int, _ size: Int) -> Int64 {
            let value = bytes[at..<at + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
        }
        func counts(_ header: Int) -> [Int] { (0..<6).map { Int(number(header + 20 + 4 * $0, 4)) } }
        // UT and standard flags, leap seconds, times, types, characters.
        let old = counts(0)
        let header = 44 + old[0] + old[1] + old[2] * 8 + old[3] * 5 + old[4] * 6 + old[5]
        let new = counts(header)
        let indices = header + 44 + new[3] * 8
        let types = indices + new[3]
        times = (0..<new[3]).map { number(header + 44 + 8 * $0, 8) }
        offsets = (0..<new[3]).map { Int(number(types + 6 * Int(bytes[indices + $0]), 4)) }
        let standard: Int = (0..<new[4]).first(where: { bytes[types + 6 * $0 + 4] == 0 }) ?? 0
        before = Int(number(types + 6 * standard, 4))
        let footer = types + new[4] * 6 + new[5] + new[2] * 12 + new[1] + new[0]
        hasFooter = bytes[footer + 1] != UInt8(ascii: "\n")
    }

    func isAfterLast(_ seconds: Int64) -> Bool { times.last.map { $0 <= seconds } != false }

    /// nil where the footer decides.
    func offset(at seconds: Int64) -> Int? {
        if hasFooter, isAfterLast(seconds) { return nil }
        return times.lastIndex { $0 <= seconds }.map { offsets[$0] } ?? before
    }
}
