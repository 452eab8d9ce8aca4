import StepUpCore

/// `[holidays]`: a calendar's name and its days, a line each.
enum HolidaysReader {
    static func calendars(_ value: TableReader.Value) throws(ConfigError) -> [String: Holidays] {
        var calendars: [String: Holidays] = [:]
        for value in try value.members() {
            let name = try value.keyLabel("a calendar's name", limit: ListFact.nameLimit)
            var days: Set<CivilDate> = []
            for day in try value.strings() {
                guard let date = CivilDate(try day.string()) else { throw day.failure("a day is written as 2026-12-25") }
                guard days.insert(date).inserted else { throw day.failure("\(date) stands twice") }
            }
            guard !days.isEmpty else { throw value.failure("'\(name)' has no day") }
            calendars[name] = Holidays(days)
        }
        return calendars
    }
}
