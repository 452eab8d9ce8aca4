/// The clock on the wall of a zone at the moment of an attempt, as it is recorded in the decision: replay never reads a zone
/// file (S22).
public struct LocalTime: Hashable, Sendable {
    /// IANA name, such as `Europe/Zurich`.
    public var zone: String
    /// Seconds east of UTC.
    public var offsetSeconds: Int
    public var weekday: Weekday
    /// Minutes since local midnight, 0 … 1439.
    public var minuteOfDay: Int

    public init(zone: String, offsetSeconds: Int, weekday: Weekday, minuteOfDay: Int) {
        (self.zone, self.offsetSeconds, self.weekday, self.minuteOfDay) = (zone, offsetSeconds, weekday, minuteOfDay)
    }

    /// The local time in `zone` at `instant` by `rules`.
    public init(zone: String, rules: ZoneRules, at instant: Timestamp) {
        let offset = rules.offset(at: instant)
        let local = instant.seconds + Int64(offset)
        let days = floorDivide(local, 86_400)
        self.init(
            zone: zone, offsetSeconds: offset, weekday: Weekday(daysSinceEpoch: days),
            minuteOfDay: Int(local - days * 86_400) / 60)
    }

    /// `14:05`
    public var clock: String { "\(pad(minuteOfDay / 60, 2)):\(pad(minuteOfDay % 60, 2))" }
}

/// A day of the week, in ISO 8601 order.
public enum Weekday: Int, CaseIterable, Hashable, Sendable {
    case mon = 1, tue, wed, thu, fri, sat, sun

    /// 1970-01-01 was a Thursday.
    init(daysSinceEpoch days: Int64) {
        let index = Int(((days + 3) % 7 + 7) % 7)
        self = Self.allCases[index]
    }

    /// `mon` … `sun`
    public var name: String { Self.names[rawValue - 1] }
    // Asked for at every decision; what a case is called by reflection takes a microsecond.
    private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public var previous: Weekday { Self.allCases[(rawValue + 5) % 7] }
}
