extension Signal {
    /// What has to be so that it fires: a clause that goes with "when".
    var words: String {
        let newNetwork = "network (/24, or /48 of IPv6)"
        return switch self {
        case .always: "somebody logs in, whatever else is so"
        case .ipNew: "the address is new to the account"
        case .netNew: "the \(newNetwork) is new to the account"
        case .deviceNew: "the device (its key or certificate) is new to the account"
        case .calendar(let window): "the time is \(window.words)"
        case .countryNew: "the country of the address is new to the account"
        case .countryListed(let countries, isOutside: false): "the country of the address is \(Words.list(countries))"
        case .countryListed(let countries, isOutside: true): "the country of the address is not \(Words.list(countries))"
        case .asnNew: "the provider of the address (its autonomous system) is new to the account"
        case .asnNovelOrg: "the organisation that provides the address is new to the account"
        case .travel(let speed, let distance):
            "the way from the last login is farther than \(distance) km and would have taken more than \(speed) km/h"
        case .listed(let lists): "the address is on the list \(Words.list(lists))"
        case .velUser(let limit, let window, let deviations):
            "the account makes more than \(Self.pace(limit, "attempt", window, deviations))"
        case .velIP(let limit, let window, let deviations):
            "the address makes more than \(Self.pace(limit, "attempt", window, deviations, "over all accounts"))"
        case .velHost(let limit, let window, let deviations):
            "the host sees more than \(Self.pace(limit, "attempt", window, deviations, "with a right first factor, over all accounts"))"
        case .fanout(let limit, let window, let deviations):
            "the account tries more than \(Self.pace(limit, "host", window, deviations))"
        case .spray(let least, let window):
            "the \(newNetwork) tries \(Words.count(least, "different name")) or more, this one included, within \(window.words)"
        case .command(let patterns): "the command of sudo matches \(Words.names(patterns))"
        case .failsRecent(let least, let window):
            "the account had \(Words.count(least, "failure")) or more within the last \(window.words)"
        case .target(let tags): "\(Self.target) is tagged \(Words.list(tags))"
        case .dormant(let span): "the account has not logged in for \(span.words), or never did"
        case .credFresh(let span):
            "a token of the account was enrolled, confirmed, enabled or resynchronised less than \(span.words) ago"
        case .failThenOK(let least):
            "the account had \(Words.count(least, "failure")) or more since its last login, and now its first factor is right"
        case .concurrent: "a session of the account is open from another network"
        case .hourRare(let zone, let below):
            "less than \(Self.percent(below)) of the account's logins are at this hour of the week, by the clock of \(Words.name(zone))"
        case .score(let least):
            "network, country, device and hour together are unlike the account's other logins, by a score of \(Words.count(least, "bit")) or more"
        case .coldStart(let least):
            "the account has logged in fewer than \(Words.count(least, "time")), those by exemption or grace not counted"
        }
    }

    static let target = "the host or VPN gateway"

    /// The facts that it looks at and that may be unknown; empty: it never is.
    var uncertain: [String] {
        switch self {
        case .always, .failsRecent, .target, .dormant, .credFresh, .failThenOK, .coldStart: []
        case .ipNew, .netNew, .spray, .concurrent: ["the address"]
        case .deviceNew: ["the device"]
        case .calendar(let window): ["the local time"] + (window.holidays.map { ["the calendar \($0)"] } ?? [])
        case .countryNew, .countryListed: ["the country"]
        case .asnNew: ["the provider"]
        case .asnNovelOrg: ["the organisation"]
        case .travel: ["the way from the last login"]
        case .listed(let lists): ["the address"] + lists.map { "the list \($0)" }
        case .velUser(_, _, let deviations), .velHost(_, _, let deviations), .fanout(_, _, let deviations):
            deviations == nil ? [] : [Self.habit(UsualPaces.leastLogins)]
        case .velIP(_, _, let deviations): ["the address"] + (deviations == nil ? [] : [Self.habit(UsualPaces.leastLogins)])
        case .score: ["where from and with what somebody comes"]
        case .command: ["the command (a shell or an editor hides it)"]
        case .hourRare: ["the local time", Self.habit(UsualHours.leastLogins)]
        }
    }

    /// Whether it is unknown wherever one of `uncertain` is. What is usual is asked only above the fixed limit, and one list that has
    /// the address is enough.
    var hangsOnEachFact: Bool {
        switch self {
        case .velUser(_, _, let deviations), .velIP(_, _, let deviations), .velHost(_, _, let deviations),
            .fanout(_, _, let deviations):
            deviations == nil
        case .listed(let lists): lists.count == 1
        default: true
        }
    }

    /// Whether it asks if the account is known by a value.
    var isOfKnownValues: Bool {
        switch self {
        case .ipNew, .netNew, .deviceNew, .countryNew, .asnNew, .asnNovelOrg: true
        default: false
        }
    }

    /// Whether it looks at where from or with what somebody logs in, which has no meaning for some services.
    var isOfOrigin: Bool {
        switch self {
        case .countryListed, .travel, .listed, .velIP, .spray, .concurrent, .score: true
        default: isOfKnownValues
        }
    }

    private static func habit(_ logins: Int) -> String { "the habit of the account (it takes \(logins) logins to know)" }

    private static func pace(_ limit: Int, _ what: String, _ window: Span, _ deviations: Int?, _ which: String? = nil) -> String {
        let usual = deviations.map {
            ", and that is more than \(Words.count($0, "standard deviation")) above what is usual for the account"
        }
        let counted = Words.count(limit, what) + (which.map { " \($0)" } ?? "")
        return "\(counted), this one included, within \(window.words)\(usual ?? "")"
    }

    private static func percent(_ permille: Int) -> String {
        "\(permille / 10)\(permille % 10 == 0 ? "" : ".\(permille % 10)") %"
    }
}

extension CalendarWindow {
    /// `outside Monday to Friday, 07:00 to 19:00, by the clock of Europe/Zurich`.
    fileprivate var words: String {
        func clock(_ minute: Int) -> String { "\(pad(minute / 60, 2)):\(pad(minute % 60, 2))" }
        let hours = "\(clock(fromMinute)) to \(clock(toMinute))\(toMinute < fromMinute ? " of the next day" : "")"
        let days = days.count == Weekday.allCases.count ? "" : "\(Self.words(days)), "
        return "outside \(days)\(hours), by the clock of \(Words.name(zone))"
            + (holidays.map { ", or on a holiday of the calendar \($0)" } ?? "")
    }

    /// `Monday to Friday`, `Monday, Wednesday and Friday`.
    private static func words(_ days: [Weekday]) -> String {
        if days.count > 2, let first = days.first, let last = days.last, last.rawValue - first.rawValue == days.count - 1 {
            return "\(first.words) to \(last.words)"
        }
        return Words.list(days.map(\.words), "and")
    }
}

extension Weekday {
    fileprivate var words: String {
        switch self {
        case .mon: "Monday"
        case .tue: "Tuesday"
        case .wed: "Wednesday"
        case .thu: "Thursday"
        case .fri: "Friday"
        case .sat: "Saturday"
        case .sun: "Sunday"
        }
    }
}
