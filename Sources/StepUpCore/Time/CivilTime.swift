/// Date and time of day in the proleptic Gregorian calendar, without a zone.
public struct CivilTime: Hashable, Sendable {
    public var year: Int
    /// 1 … 12
    public var month: Int
    /// 1 … 31
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int

    /// The civil time at `seconds` since the epoch, already shifted into the zone that is meant.
    /// Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    public init(seconds: Int64) {
        let days = floorDivide(seconds, 86_400)
        let ofDay = Int(seconds - days * 86_400)
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = ofDay / 3600
        minute = ofDay % 3600 / 60
        second = ofDay % 60
    }

    /// Days since 1970-01-01 of a Gregorian date (days_from_civil, same source).
    public static func days(year: Int, month: Int, day: Int) -> Int64 {
        let y = Int64(month <= 2 ? year - 1 : year)
        let era = floorDivide(y, 400)
        let yearOfEra = y - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds, `2026-11-23T08:15:00.000Z`.
    public var rfc3339: String {
        let civil = CivilTime(seconds: seconds)
        let fraction = Int(milliseconds - seconds * 1000)
        return "\(pad(civil.year, 4))-\(pad(civil.month, 2))-\(pad(civil.day, 2))"
            + "T\(pad(civil.hour, 2)):\(pad(civil.minute, 2)):\(pad(civil.second, 2)).\(pad(fraction, 3))Z"
    }
}

/// Decimal with leading zeros up to `width`.
func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
