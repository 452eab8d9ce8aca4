import StepUpCore

/// A rule's signal and its thresholds.
enum SignalReader {
    static func signal(_ table: inout TableReader, _ zoneProblem: (String) -> String?) throws(ConfigError) -> Signal {
        let value = try table.require("signal", "one of \(Signal.names.joined(separator: ", "))")
        let name = try value.string()
        switch name {
        case "always": return .always
        case "ip_new": return .ipNew
        case "net_new": return .netNew
        case "device_new": return .deviceNew
        case "country_new": return .countryNew
        case "country_listed": return try countries(&table)
        case "asn_new": return .asnNew
        case "asn_novel_org": return .asnNovelOrg
        case "travel":
            return .travel(
                aboveKmh: Int(try table.take("above_kmh")?.integer(1...40_000) ?? 800),
                beyondKm: Int(try table.take("beyond_km")?.integer(0...20_000) ?? 500))
        case "listed":
            let value = try table.require("lists", "names of lists in stepup.toml, such as lists = [\"tor-exits\"]")
            var lists: [String] = []
            for list in try value.strings() { lists.append(try list.label("a list's name", limit: ListFact.nameLimit)) }
            guard (1...8).contains(lists.count), Set(lists).count == lists.count else {
                throw value.failure("'lists' has one to eight names, each once")
            }
            return .listed(lists)
        case "score": return .score(atLeast: Int(try table.require("at_least", "bits, such as at_least = 12").integer(1...60)))
        case "fanout":
            let (limit, window, deviations) = try pace(&table, Signal.sprayLimit, Signal.sprayWindowLimit)
            return .fanout(moreThan: limit, within: window, deviations: deviations)
        case "calendar": return .calendar(try window(try table.require("inside", insideHint), zoneProblem))
        case "vel_user":
            let (limit, window, deviations) = try pace(&table)
            return .velUser(moreThan: limit, within: window, deviations: deviations)
        case "vel_ip":
            let (limit, window, deviations) = try pace(&table)
            return .velIP(moreThan: limit, within: window, deviations: deviations)
        case "fails_recent":
            return .failsRecent(atLeast: try count(&table, "at_least"), within: try within(&table))
        case "vel_host":
            let (limit, window, deviations) = try pace(&table)
            return .velHost(moreThan: limit, within: window, deviations: deviations)
        case "spray":
            return .spray(
                atLeast: Int(
                    try table.require("at_least", "a number, such as at_least = 5").integer(2...Int64(Signal.sprayLimit))),
                within: try span(&table, "within", "10m", .seconds(1)...Signal.sprayWindowLimit))
        case "command":
            let value = try table.require("matches", "patterns, such as matches = [\"*/visudo*\"]")
            var patterns: [String] = []
            for pattern in try value.strings() { patterns.append(try pattern.line(limit: 128)) }
            guard (1...64).contains(patterns.count) else { throw value.failure("'matches' has 1 to 64 patterns") }
            return .command(patterns)
        case "concurrent": return .concurrent
        case "dormant": return .dormant(after: try span(&table, "after", "30d", .hours(1)...(.days(3650))))
        case "cred_fresh": return .credFresh(within: try span(&table, "within", "24h", .minutes(1)...(.days(90))))
        case "fail_then_ok": return .failThenOK(atLeast: try count(&table, "at_least"))
        case "hour_rare":
            let value = try table.require("zone", "by whose clock, such as zone = \"Europe/Zurich\"")
            return .hourRare(
                zone: try zone(value, zoneProblem),
                belowPermille: Int(try table.take("below_permille")?.integer(1...100) ?? 5))
        case "target":
            return .target(try table.require("tags", "the host's or the NAS's, such as tags = [\"trading\"]").tags())
        case "cold_start": return .coldStart(fewerThan: try count(&table, "fewer_than"))
        default:
            let near = Suggestion.text(for: name, among: Signal.names)
            throw value.failure(
                "there is no signal '\(EvidenceText.printable(name))'\(near); known: \(Signal.names.joined(separator: ", "))")
        }
    }

    /// `more_than` and `within`, and `deviations`: above what is usual for the account, too.
    private static func pace(
        _ table: inout TableReader, _ most: Int = Signal.countLimit, _ widest: Span = Signal.windowLimit
    ) throws(ConfigError) -> (Int, Span, Int?) {
        let limit = Int(try table.require("more_than", "a number, such as more_than = 5").integer(1...Int64(most)))
        let value = try table.require("within", "a length of time, such as within = \"10m\"")
        let window = try value.span(.seconds(1)...widest)
        let deviations = try table.take("deviations")?.integer(1...20)
        guard deviations == nil || Paces.windows.contains(window) else {
            throw value.failure(
                "with 'deviations', 'within' is one of \(Paces.windows.map(\.text).joined(separator: ", ")): for these it is known "
                    + "what is usual")
        }
        return (limit, window, deviations.map { Int($0) })
    }

    /// `countries = [...]`: one of them; `outside = [...]`: none of them.
    private static func countries(_ table: inout TableReader) throws(ConfigError) -> Signal {
        let outside = table.take("outside")
        let hint = "such as countries = [\"KP\"], or outside = [\"CH\", \"LI\"]"
        let value = if let outside { outside } else { try table.require("countries", hint) }
        if outside != nil, let other = table.take("countries") {
            throw other.failure("a rule has 'countries' or 'outside', not both")
        }
        var codes: [String] = []
        for code in try value.strings() {
            guard let country = try code.country(), !codes.contains(country) else { throw code.failure("it stands twice") }
            codes.append(country)
        }
        guard (1...64).contains(codes.count) else { throw value.failure("'\(value.key)' has 1 to 64 countries") }
        return .countryListed(codes, isOutside: outside != nil)
    }

    private static func count(_ table: inout TableReader, _ key: String) throws(ConfigError) -> Int {
        Int(try table.require(key, "a number, such as \(key) = 5").integer(1...Int64(Signal.countLimit)))
    }

    private static func zone(_ value: TableReader.Value, _ zoneProblem: (String) -> String?) throws(ConfigError) -> String {
        let zone = try value.line(limit: 64)
        if let problem = zoneProblem(zone) { throw value.failure(problem) }
        return zone
    }

    private static func span(
        _ table: inout TableReader, _ key: String, _ example: String, _ range: ClosedRange<Span>
    ) throws(ConfigError) -> Span {
        try table.require(key, "a length of time, such as \(key) = \"\(example)\"").span(range)
    }

    private static func within(_ table: inout TableReader) throws(ConfigError) -> Span {
        try table.require("within", "a length of time, such as within = \"10m\"").span(.seconds(1)...Signal.windowLimit)
    }

    private static let insideHint =
        "the usual hours, such as inside = { days = [\"mon\", \"fri\"], hours = \"07:00-19:00\", zone = \"Europe/Zurich\" }"

    private static func window(
        _ value: TableReader.Value, _ zoneProblem: (String) -> String?
    ) throws(ConfigError) -> CalendarWindow {
        var table = try value.table("'inside'")
        var days: [Weekday] = []
        let daysValue = try table.require("days", insideHint)
        for element in try daysValue.strings() {
            guard let day = Weekday(name: try element.string()) else {
                throw element.failure("a day is one of mon, tue, wed, thu, fri, sat, sun")
            }
            guard !days.contains(day) else { throw element.failure("\(day.name) stands twice") }
            days.append(day)
        }
        guard !days.isEmpty else { throw daysValue.failure("'days' is empty: the rule would always fire; use signal = \"always\"") }
        let hoursValue = try table.require("hours", insideHint)
        let hours = try hoursValue.string().split(separator: "-", omittingEmptySubsequences: false).map(minute)
        guard hours.count == 2, let from = hours[0], let to = hours[1], from != to, from < 1440 else {
            throw hoursValue.failure(
                "'hours' must be HH:MM-HH:MM with a start that differs from the end, such as 07:00-19:00, 22:00-06:00 or 00:00-24:00"
            )
        }
        let zoneValue = try table.require("zone", insideHint)
        let zone = try zone(zoneValue, zoneProblem)
        let holidays = try table.take("holidays").map { value throws(ConfigError) in
            try value.label("a calendar's name", limit: ListFact.nameLimit)
        }
        try table.finish()
        return CalendarWindow(days: days, fromMinute: from, toMinute: to, zone: zone, holidays: holidays)
    }

    /// Minutes since midnight of `HH:MM`; 24:00 is 1440.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
        else { return nil }
        return hour * 60 + minute
    }
}
