/// The part of RRULE (RFC 5545, 3.3.10) that whole days need. Every other part is refused by its name.
struct RecurrenceRule {
    enum Frequency: String { case daily, weekly, monthly, yearly }

    /// `MO`: nth is 0. `1MO` and `-1MO`: the first and the last of a month.
    struct DayOfMonth: Hashable {
        var nth: Int
        var weekday: Weekday
    }

    var frequency: Frequency
    var interval: Int64 = 1
    var count: Int?
    var until: CivilDate?
    /// Each empty set allows all.
    var months: Set<Int> = []
    /// 1 … 31, or −31 … −1 from the month's end.
    var monthDays: Set<Int> = []
    var weekdays: Set<DayOfMonth> = []
    var weekStart = Weekday.mon

    /// The days of the rule from `start` on, ascending, to its end or the end of 2099; nil when they take more than `steps`.
    func days(from start: CivilDate, steps: inout Int) -> [CivilDate]? {
        let last = min(until ?? ICalendarLimit.horizon, ICalendarLimit.horizon)
        var found: [CivilDate] = []
        var n: Int64 = 0
        while true {
            let period = period(n, from: start)
            guard let first = period.first, first.lowerBound <= last.day else { return found }
            for day in period.joined() {
                steps -= 1
                guard steps >= 0 else { return nil }
                let date = CivilDate(day: day)
                guard date >= start, date <= last, allows(date) else { continue }
                found.append(date)
                if found.count == count { return found }
            }
            n += interval
        }
    }

    /// Days of the `n`th day, week, month or year after the start's.
    private func period(_ n: Int64, from start: CivilDate) -> [Range<Int64>] {
        let civil = start.civil
        switch frequency {
        case .daily:
            return [start.day + n..<start.day + n + 1]
        case .weekly:
            let first = start.day - Int64((start.weekday.rawValue - weekStart.rawValue + 7) % 7) + n * 7
            return [first..<first + 7]
        case .monthly:
            let index = civil.month - 1 + Int(n)
            return [Self.month(index % 12 + 1, year: civil.year + index / 12)]
        case .yearly:
            return months.sorted().map { Self.month($0, year: civil.year + Int(n)) }
        }
    }

    private func allows(_ date: CivilDate) -> Bool {
        let civil = date.civil
        guard months.isEmpty || months.contains(civil.month) else { return false }
        let fromEnd = Int(date.day - Self.month(civil.month, year: civil.year).upperBound)
        guard monthDays.isEmpty || monthDays.contains(civil.day) || monthDays.contains(fromEnd) else { return false }
        let nths = [0, (civil.day - 1) / 7 + 1, (fromEnd + 1) / 7 - 1]
        return weekdays.isEmpty || nths.contains { weekdays.contains(DayOfMonth(nth: $0, weekday: date.weekday)) }
    }

    private static func month(_ month: Int, year: Int) -> Range<Int64> {
        let next = month == 12 ? (1, year + 1) : (month + 1, year)
        return CivilTime.days(year: year, month: month, day: 1)..<CivilTime.days(year: next.1, month: next.0, day: 1)
    }
}
