/// What a decision may look up beyond the attempt and its history. A host reads it from files; a scenario says it.
public protocol Lookups: Sendable {
    /// nil: this host has no databases.
    func locality(of address: IPAddress, at now: Timestamp) -> Locality?
    func list(_ name: String, holding address: IPAddress, at now: Timestamp) -> ListFact
    func holidays(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading
}

/// What a policy needs to have looked up, each sorted: found once, when it is loaded.
public struct Needs: Hashable, Sendable {
    public var zones: [String] = []
    public var lists: [String] = []
    /// Calendars of holidays, each with the zone by whose clock its days go.
    public var holidays: [CalendarZone] = []

    public struct CalendarZone: Hashable, Comparable, Sendable {
        public var calendar: String
        public var zone: String

        public static func < (a: Self, b: Self) -> Bool { (a.calendar, a.zone) < (b.calendar, b.zone) }
    }

    /// Of all of these policies together.
    public init(_ policies: [Policy]) {
        let signals = policies.flatMap { $0.rules.flatMap(\.condition.signals) }
        zones = Set(signals.compactMap(\.zone)).sorted()
        lists = Set(signals.flatMap(\.lists)).sorted()
        holidays = Set(
            signals.compactMap { signal in
                guard case .calendar(let window) = signal, let name = window.holidays else { return nil }
                return CalendarZone(calendar: name, zone: window.zone)
            }
        ).sorted()
    }
}

extension Facts {
    /// - Parameters:
    ///   - needs: of the policies that decide.
    ///   - listed: holidays that the policies themselves list, by calendar.
    ///   - zones: those that could be read.
    ///   - lookups: nil: nothing can be looked up.
    public init(
        for source: Observed<IPAddress>, at now: Timestamp, _ needs: Needs, listed: [String: Holidays] = [:],
        zones: [String: ZoneRules], _ lookups: (any Lookups)?
    ) {
        self.init(
            localTimes: needs.zones.compactMap { name in zones[name].map { LocalTime(zone: name, rules: $0, at: now) } })
        if let address = source.value {
            locality = lookups?.locality(of: address, at: now)
            lists = needs.lists.map { name in
                lookups?.list(name, holding: address, at: now)
                    ?? ListFact(list: name, hash: nil, result: .unknown("this host has no list of that name"))
            }
        }
        holidays = needs.holidays.compactMap { need in
            guard let time = localTimes.first(where: { $0.zone == need.zone }) else { return nil }
            let today = CivilDate(local: now, offsetSeconds: time.offsetSeconds)
            let reading =
                listed[need.calendar].map { HolidayFact.Reading(days: .known($0.days(around: today))) }
                ?? lookups?.holidays(need.calendar, on: today, at: now)
                ?? HolidayFact.Reading(days: .unknown("this host has no such calendar"))
            return HolidayFact(calendar: need.calendar, zone: need.zone, reading: reading)
        }
    }
}

extension Holidays {
    /// What a window that may run over midnight needs to know.
    public func days(around today: CivilDate) -> HolidayFact.Days {
        HolidayFact.Days(today: contains(today), yesterday: contains(CivilDate(day: today.day - 1)))
    }
}
