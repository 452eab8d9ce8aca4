/// The signals a rule may ask about, with their thresholds. Exact definitions: Docs/Policy.md.
public enum Signal: Hashable, Sendable {
    /// Fires for every login in the rule's scope.
    case always
    /// The source address is not among the account's known ones.
    case ipNew
    /// Its /24 (IPv6: /48) is not.
    case netNew
    /// The key's fingerprint is not.
    case deviceNew
    /// Local time lies outside the window.
    case calendar(CalendarWindow)
    /// The country of the address is not among the account's known ones.
    case countryNew
    /// It is one of these, or, with `isOutside`, none of them.
    case countryListed([String], isOutside: Bool)
    /// The autonomous system of the address is not among the account's known ones.
    case asnNew
    /// Nor is the organisation that runs it.
    case asnNovelOrg
    /// To get here since the last login one would have travelled faster, and farther, by the least distance of the two places.
    case travel(aboveKmh: Int, beyondKm: Int)
    /// One of these lists of networks holds the address.
    case listed([String])
    /// More than `moreThan` attempts of the account within `window`, this one included; with `deviations`, also more than that many
    /// standard deviations above the mean of the account's logins.
    case velUser(moreThan: Int, within: Span, deviations: Int? = nil)
    /// The same of the source address, over all accounts.
    case velIP(moreThan: Int, within: Span, deviations: Int? = nil)
    /// The same on this host, over all accounts.
    case velHost(moreThan: Int, within: Span, deviations: Int? = nil)
    /// The same of the hosts that the account tried to log in to.
    case fanout(moreThan: Int, within: Span, deviations: Int? = nil)
    /// At least `atLeast` distinct users, this one included, tried from the network within `within`.
    case spray(atLeast: Int, within: Span)
    /// The command of a sudo matches one of these patterns. Advisory (S12).
    case command([String])
    /// At least `atLeast` failures of the account (first factor or code) within `window`.
    case failsRecent(atLeast: Int, within: Span)
    /// The host, or the NAS, has one of these tags.
    case target([String])
    /// No login of the account opened a session for so long, or ever.
    case dormant(after: Span)
    /// A token of the account was enrolled, confirmed, enabled or resynchronised within `within`.
    case credFresh(within: Span)
    /// At least `atLeast` failures since the last login of the account, and now a right first factor.
    case failThenOK(atLeast: Int)
    /// A session of the account is open from another network.
    case concurrent
    /// The hour of the week, by the clock of `zone`, has less than so many thousandths of the account's logins.
    case hourRare(zone: String, belowPermille: Int)
    /// The likelihood ratio of Freeman et al. is at least so many bits.
    case score(atLeast: Int)
    /// Fewer than `fewerThan` logins of the account ever opened a session; those by exemption or grace do not count.
    case coldStart(fewerThan: Int)

    /// Its name in a policy and in a decision.
    public var name: String {
        switch self {
        case .always: "always"
        case .ipNew: "ip_new"
        case .netNew: "net_new"
        case .deviceNew: "device_new"
        case .calendar: "calendar"
        case .countryNew: "country_new"
        case .countryListed: "country_listed"
        case .asnNew: "asn_new"
        case .asnNovelOrg: "asn_novel_org"
        case .travel: "travel"
        case .listed: "listed"
        case .fanout: "fanout"
        case .score: "score"
        case .velUser: "vel_user"
        case .velIP: "vel_ip"
        case .failsRecent: "fails_recent"
        case .coldStart: "cold_start"
        case .target: "target"
        case .velHost: "vel_host"
        case .spray: "spray"
        case .command: "command"
        case .dormant: "dormant"
        case .credFresh: "cred_fresh"
        case .failThenOK: "fail_then_ok"
        case .concurrent: "concurrent"
        case .hourRare: "hour_rare"
        }
    }

    public static let names = [
        "always", "ip_new", "net_new", "device_new", "calendar", "vel_user", "vel_ip", "fails_recent", "cold_start",
        "target", "dormant", "cred_fresh", "fail_then_ok", "concurrent", "hour_rare", "vel_host", "spray", "command",
        "country_new", "country_listed", "asn_new", "asn_novel_org", "travel", "listed", "fanout", "score",
    ]

    /// Whether it says where somebody logs in rather than how risky that looks: `not` may stand over these alone, for over the others
    /// more risk would ask for less.
    public var isContext: Bool { Self.contextNames.contains(name) }
    public static let contextNames = ["target"]

    /// The operands of its reading at their longest.
    var longestOperands: [Operand] {
        let address = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        switch self {
        case .always: return []
        case .ipNew: return [Operand("address", address), Operand("known_values", 50)]
        case .netNew: return [Operand("network", address + "/48"), Operand("known_values", 50)]
        case .deviceNew:
            return [Operand("key", "certificate SHA256:" + String(repeating: "x", count: 43)), Operand("known_values", 50)]
        case .calendar(let window):
            return [Operand("local", "mon 00:00"), Operand("window", window.description)]
                + (window.holidays.map { [Operand("holiday", $0)] } ?? [])
        case .velUser(let limit, let window, let deviations), .velIP(let limit, let window, let deviations),
            .velHost(let limit, let window, let deviations):
            return Self.paceOperands("attempts", 256, limit, window, deviations, UsualPaces.Tally.largest)
        case .fanout(let limit, let window, let deviations):
            return Self.paceOperands("hosts", RecentValues.capacity + 1, limit, window, deviations, UsualPaces.Tally.largest)
        case .score(let least):
            return [Operand("thousandths", -99_999), Operand("at_least", Int64(least))]
                + Population.Feature.allCases.map { Operand($0.rawValue, -99_999) } + [Operand("logins", 1000)]
        case .countryNew: return [Operand("country", "CH"), Operand("known_values", 50)]
        case .countryListed(let countries, _):
            return [Operand("country", "CH"), Operand("countries", countries.joined(separator: " "))]
        case .asnNew: return [Operand("asn", "AS4294967295"), Operand("known_values", 50)]
        case .asnNovelOrg:
            return [
                Operand("organisation", String(repeating: "\"", count: AutonomousSystem.nameLimit)), Operand("known_values", 50),
            ]
        case .travel(let speed, let distance):
            return Self.travelOperands(distance: 20_015, speed: 9_999_999, from: "2026-01-01T00:00:00.000Z", speed, distance)
        case .listed(let lists):
            return [
                Operand("list", String(repeating: "x", count: lists.map(\.utf8.count).max() ?? 0)),
                Operand("network", address + "/128"),
            ]
        case .failsRecent(let least, let window):
            return [Operand("failures", 256), Operand("at_least", Int64(least)), Operand("within_s", window.seconds)]
        case .spray(let least, let window):
            return [
                Operand("network", address + "/48"), Operand("users", 65), Operand("at_least", Int64(least)),
                Operand("within_s", window.seconds),
            ]
        case .command: return [Operand("command", String(repeating: "x", count: Self.commandLimit))]
        case .coldStart(let least): return [Operand("logins", 999_999_999), Operand("fewer_than", Int64(least))]
        case .dormant(let span): return [Operand("last_login", "2026-01-01T00:00:00.000Z"), Operand("after_s", span.seconds)]
        case .credFresh(let span): return [Operand("age_s", 99_999_999_999), Operand("within_s", span.seconds)]
        case .failThenOK(let least): return [Operand("failures", Int64(Profile.failuresLimit)), Operand("at_least", Int64(least))]
        case .concurrent: return [Operand("network", address + "/48"), Operand("other", address + "/48")]
        case .hourRare(let zone, let below):
            return [
                Operand("local", "mon 00:00"), Operand("zone", zone), Operand("logins", 999_999_999),
                Operand("millionths", 1_000_000),
                Operand("below_millionths", Int64(below) * 1000),
            ]
        case .target(let tags): return [Operand("tags", tags.joined(separator: " "))]
        }
    }

    /// The zone by whose clock it goes; nil: none.
    public var zone: String? {
        switch self {
        case .calendar(let window): window.zone
        case .hourRare(let zone, _): zone
        default: nil
        }
    }

    /// The reason of its being unknown at its longest.
    var longestReason: String {
        switch self {
        case .calendar(let window) where window.holidays != nil: Locality.longestReason
        case .countryNew, .countryListed, .asnNew, .asnNovelOrg, .travel, .listed: Locality.longestReason
        default: if let zone { "zone \(zone) could not be read" } else { "source: shared address" }
        }
    }

    /// The lists of networks that it asks about.
    public var lists: [String] {
        if case .listed(let lists) = self { lists } else { [] }
    }

    /// Thresholds and windows are bounded by what the history keeps.
    public static let countLimit = RecentTimes.capacity - 1
    public static let windowLimit = RecentTimes.reach
    public static let sprayLimit = RecentValues.capacity - 1
    public static let sprayWindowLimit = RecentValues.reach
    /// Bytes of a command that a decision shows.
    static let commandLimit = 64
}

/// The hours in which a login is usual: days of the week and a time of day, in a zone. A window whose end is not later than
/// its start runs over midnight and belongs to the day on which it began.
public struct CalendarWindow: Hashable, Sendable {
    /// Sorted by weekday.
    public var days: [Weekday]
    /// Minutes since local midnight; `from` is inside, `to` is not. `to` may be 1440.
    public var fromMinute: Int
    public var toMinute: Int
    public var zone: String
    /// The calendar whose days are not usual at any hour; nil: none.
    public var holidays: String?

    public init(days: [Weekday], fromMinute: Int, toMinute: Int, zone: String, holidays: String? = nil) {
        self.days = days.sorted { $0.rawValue < $1.rawValue }
        (self.fromMinute, self.toMinute, self.zone, self.holidays) = (fromMinute, toMinute, zone, holidays)
    }

    public func contains(_ time: LocalTime, holidays: HolidayFact.Days = .init(today: false, yesterday: false)) -> Bool {
        if fromMinute < toMinute || time.minuteOfDay >= fromMinute {
            return !holidays.today && days.contains(time.weekday) && time.minuteOfDay >= fromMinute
                && (time.minuteOfDay < toMinute || toMinute < fromMinute)
        }
        return !holidays.yesterday && time.minuteOfDay < toMinute && days.contains(time.weekday.previous)
    }

    /// `mon tue wed thu fri 07:00-19:00 Europe/Zurich`, and `but zurich` where a calendar has days that are not.
    public var description: String {
        func clock(_ minute: Int) -> String { "\(pad(minute / 60, 2)):\(pad(minute % 60, 2))" }
        return days.map(\.name).joined(separator: " ") + " \(clock(fromMinute))-\(clock(toMinute)) \(zone)"
            + (holidays.map { " but \($0)" } ?? "")
    }
}
