/// A day of the Gregorian calendar, without a zone.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let day: Int64

    public init(day: Int64) { self.day = day }

    /// `2026-12-25`: a real day of the years 1970 to 2199, written in just this way; nil for anything else.
    public init?(_ text: some StringProtocol) { self.init(text, years: 1970...2199) }

    /// The day on the calendar at `instant`, `offsetSeconds` east of UTC.
    public init(local instant: Timestamp, offsetSeconds: Int) {
        self.init(day: floorDivide(instant.seconds + Int64(offsetSeconds), 86_400))
    }

    init?(_ text: some StringProtocol, years: ClosedRange<Int>) {
        guard text.utf8.count == 10, let midnight = Timestamp(rfc3339: text) else { return nil }
        self.init(day: floorDivide(midnight.seconds, 86_400))
        guard years.contains(civil.year) else { return nil }
    }

    public var weekday: Weekday { Weekday(daysSinceEpoch: day) }

    public var description: String { "\(pad(civil.year, 4))-\(pad(civil.month, 2))-\(pad(civil.day, 2))" }

    /// Its midnight.
    var civil: CivilTime { CivilTime(seconds: day * 86_400) }

    public static func < (a: Self, b: Self) -> Bool { a.day < b.day }
}
