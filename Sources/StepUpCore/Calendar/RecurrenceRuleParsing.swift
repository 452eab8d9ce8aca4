extension RecurrenceRule {
    /// - Parameter start: of the event, which gives the day that the rule leaves open.
    init(_ line: ContentLine, start: CivilDate) throws(ICalendarError) {
        let parts = try RulePart.parts(of: line)
        guard let part = parts.first(where: { $0.name == "FREQ" }) else {
            throw ICalendarError(line.number, "RRULE has no FREQ; expected FREQ=YEARLY or another")
        }
        guard let frequency = Frequency(rawValue: part.value.lowercased()) else {
            throw part.error("DAILY, WEEKLY, MONTHLY or YEARLY")
        }
        self.init(frequency: frequency)
        for part in parts {
            switch part.name {
            case "INTERVAL": interval = Int64(try part.number())
            case "COUNT": count = try part.number()
            case "UNTIL":
                guard let date = CivilDate(iCalendar: part.value) else { throw part.error("a day, YYYYMMDD, as in DTSTART") }
                until = date
            case "BYMONTH": months = try part.numbers(1...12)
            case "BYMONTHDAY":
                guard frequency != .weekly else { throw part.unsupported(" with FREQ=WEEKLY") }
                monthDays = try part.numbers(-31...31)
            case "BYDAY": weekdays = try part.weekdays()
            case "WKST":
                guard let weekday = Weekday(iCalendar: part.value) else { throw part.error("a weekday, such as MO") }
                weekStart = weekday
            default: break
            }
        }
        if count != nil, until != nil { throw ICalendarError(line.number, "RRULE has COUNT and UNTIL; expected one of them") }
        try complete(parts, start: start)
    }

    /// What a rule does not say comes from its start. Where the RFC means every month or a weekday of the year, most files mean
    /// something else, and it is refused.
    private mutating func complete(_ parts: [RulePart], start: CivilDate) throws(ICalendarError) {
        switch frequency {
        case .daily, .weekly:
            if let part = parts.first(where: { $0.name == "BYDAY" }), weekdays.contains(where: { $0.nth != 0 }) {
                throw part.error("weekdays without a number, such as MO, with FREQ=\(frequency.rawValue.uppercased())")
            }
            if frequency == .weekly, weekdays.isEmpty { weekdays = [DayOfMonth(nth: 0, weekday: start.weekday)] }
        case .monthly, .yearly:
            if frequency == .yearly, months.isEmpty {
                if let part = parts.first(where: { $0.name == "BYDAY" || $0.name == "BYMONTHDAY" }) {
                    throw part.unsupported(" with FREQ=YEARLY unless BYMONTH says of which month")
                }
                months = [start.civil.month]
            }
            if weekdays.isEmpty, monthDays.isEmpty { monthDays = [start.civil.day] }
        }
    }
}

/// `BYMONTH=5`
private struct RulePart {
    let line: Int
    /// In upper case, as is the value.
    let name: String
    let value: String

    private static let known: Set<String> = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"]

    static func parts(of line: ContentLine) throws(ICalendarError) -> [RulePart] {
        var parts: [RulePart] = []
        for field in line.text.uppercased().split(separator: ";", omittingEmptySubsequences: false) {
            guard let equals = field.firstIndex(of: "="), equals > field.startIndex else {
                throw ICalendarError(
                    line.number,
                    "RRULE has '\(ICalendarError.excerpt(field))'; expected parts such as FREQ=YEARLY, with ';' between them")
            }
            let part = RulePart(
                line: line.number, name: String(field[..<equals]), value: String(field[field.index(after: equals)...]))
            guard known.contains(part.name) else { throw part.unsupported("") }
            if parts.contains(where: { $0.name == part.name }) {
                throw ICalendarError(line.number, "RRULE has a second \(part.name); expected one")
            }
            parts.append(part)
        }
        return parts
    }

    func error(_ expected: String) -> ICalendarError {
        ICalendarError(line, "\(name) in RRULE is '\(ICalendarError.excerpt(value))'; expected \(expected)")
    }

    func unsupported(_ when: String) -> ICalendarError {
        ICalendarError(
            line,
            "\(ICalendarError.excerpt(name)) in RRULE is not supported\(when); write the rule otherwise, or each day as an event")
    }

    func number() throws(ICalendarError) -> Int {
        guard let number = Int(value), (1...999_999).contains(number) else { throw error("a whole number from 1 to 999999") }
        return number
    }

    /// Separated by commas; 0 is none of them.
    func numbers(_ range: ClosedRange<Int>) throws(ICalendarError) -> Set<Int> {
        var numbers: Set<Int> = []
        for field in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Int(field), number != 0, range.contains(number) else {
                throw error("numbers from \(range.lowerBound) to \(range.upperBound)\(range.contains(0) ? " without 0" : "")")
            }
            numbers.insert(number)
        }
        return numbers
    }

    func weekdays() throws(ICalendarError) -> Set<RecurrenceRule.DayOfMonth> {
        var days: Set<RecurrenceRule.DayOfMonth> = []
        for field in value.split(separator: ",", omittingEmptySubsequences: false) {
            let ordinal = field.dropLast(2)
            let nth = ordinal.isEmpty ? 0 : Int(ordinal)
            guard let weekday = Weekday(iCalendar: field.suffix(2)), let nth, (-5...5).contains(nth), ordinal.isEmpty || nth != 0
            else {
                throw error("weekdays such as MO, 1MO (the first of the month) or -1MO (the last)")
            }
            days.insert(RecurrenceRule.DayOfMonth(nth: nth, weekday: weekday))
        }
        return days
    }
}

extension Weekday {
    /// `MO` … `SU`
    fileprivate init?(iCalendar text: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name.prefix(2).uppercased() == text }) else { return nil }
        self = found
    }
}
