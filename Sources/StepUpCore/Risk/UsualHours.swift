/// At which hours of the week an account logs in, by a time zone's clock (`hour_rare`). An hour counts only once it is known as
/// other values are (S21): a login at it proved at least `otp`, or it passed its probation.
public struct UsualHours: Hashable, Sendable {
    public static let hoursOfWeek = 168
    /// Logins before which nothing can be said.
    public static let leastLogins = 20

    /// Logins by hour of the week; Monday 00:00 is 0.
    var counts: [Int: Int] = [:]
    /// The hours, as words, that may be counted.
    var known = KnownValues()

    public init() {}

    /// Logins that were counted.
    public var total: Int { counts.values.reduce(0, +) }

    /// How usual an hour is: ¼, ½, ¼ of the logins in the hour before, in it and after it, the week being a circle, with one tenth of a login
    /// added to each hour (Laplace); in millionths of all. Integers throughout.
    public func millionths(_ hour: Int) -> Int {
        let (week, before, after) = (
            Self.hoursOfWeek, (hour + Self.hoursOfWeek - 1) % Self.hoursOfWeek, (hour + 1) % Self.hoursOfWeek
        )
        let quarters = counts[before, default: 0] + 2 * counts[hour, default: 0] + counts[after, default: 0]
        return (10 * quarters + 4) * 1_000_000 / (40 * total + 4 * week)
    }

    mutating func login(_ hour: Int, proved: Bool, at time: Timestamp) {
        known.login(String(hour), proved: proved, at: time)
        if known.isKnown(String(hour), at: time) { counts[hour, default: 0] += 1 }
    }

    /// A failure came at that hour: its probation starts anew.
    mutating func failure(_ hour: Int) { known.failure(String(hour)) }
}

extension LocalTime {
    /// Monday 00:00 is 0, Sunday 23:00 is 167.
    public var hourOfWeek: Int { (weekday.rawValue - 1) * 24 + minuteOfDay / 60 }
}
