import StepUpCore

/// Instants of times that a log writes as the clock on the wall showed them, without an offset.
public struct LocalClock: Sendable {
    private let zone: ZoneRules
    /// The instant that was returned last.
    private var last: Timestamp?
    /// The date that was asked for last, its day since the epoch, and its offset if the clock does not change near it.
    private var date = (year: 0, month: 0, day: 0)
    private var midnight: Int64 = 0
    private var steady: Int64?

    /// Lines of one log may lie a little apart from their order: not yet a reason to take an hour for the second of its name.
    private static let jitter = Span.minutes(1)

    public init(_ zone: ZoneRules) { self.zone = zone }

    /// The instant of a time; nil: there is no such date or time of day. In an hour that the clock runs through twice it is the one
    /// that is not before the last that was returned (but for a minute, for lines stand a little out of order); in one that the
    /// clock leaves out, the offset before it counts. A leap second is the last millisecond of its minute.
    public mutating func instant(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int = 0)
        -> Timestamp?
    {
        guard 0..<24 ~= hour, 0..<60 ~= minute, 0...60 ~= second, set(year, month, day) else { return nil }
        let isLeap = second == 60
        let local = midnight + Int64(hour * 3600 + minute * 60 + (isLeap ? 59 : second))
        let instant = Timestamp(milliseconds: (local - (steady ?? offset(local))) * 1000 + (isLeap ? 999 : Int64(millisecond)))
        last = instant
        return instant
    }

    /// - Returns: false if there is no such date.
    private mutating func set(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        if date == (year, month, day) { return true }
        guard 1...9999 ~= year, 1...12 ~= month, 1...31 ~= day else { return false }
        let start = CivilTime.days(year: year, month: month, day: day) * 86_400
        guard CivilTime(seconds: start).day == day else { return false }
        (date, midnight) = ((year, month, day), start)
        // No zone is more than a day off.
        let near = [-1, 0, 1, 2].map { zone.offset(at: Timestamp(seconds: start + $0 * 86_400)) }
        steady = near.allSatisfy { $0 == near[0] } ? Int64(near[0]) : nil
        return true
    }

    /// Seconds east of UTC at a local time near which the clock changes.
    private func offset(_ local: Int64) -> Int64 {
        let before = Int64(zone.offset(at: Timestamp(seconds: local - 86_400)))
        let after = Int64(zone.offset(at: Timestamp(seconds: local + 86_400)))
        func holds(_ offset: Int64) -> Bool { Int64(zone.offset(at: Timestamp(seconds: local - offset))) == offset }
        guard holds(after) else { return before }
        guard holds(before), let last else { return holds(before) ? max(before, after) : after }
        let first = Timestamp(seconds: local - max(before, after))
        return first + Self.jitter < last ? min(before, after) : max(before, after)
    }
}
