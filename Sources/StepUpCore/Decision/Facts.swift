/// What the shell resolved for a decision beyond the attempt itself; recorded with it (S22).
public struct Facts: Hashable, Sendable, CanonicalJSON {
    /// Local time in each zone that the policy names; a zone that could not be read is missing, and its rules are unknown.
    public var localTimes: [LocalTime]

    /// nil: this host has no databases, or there is no address to ask them about.
    public var locality: Locality?
    /// Of the lists that the policy names, where the login comes from an address that is known.
    public var lists: [ListFact]
    /// Of the calendars that the policy names; one whose zone could not be read is missing.
    public var holidays: [HolidayFact]

    public init(
        localTimes: [LocalTime] = [], locality: Locality? = nil, lists: [ListFact] = [], holidays: [HolidayFact] = []
    ) {
        (self.localTimes, self.locality, self.lists, self.holidays) = (localTimes, locality, lists, holidays)
    }

    /// At their longest, to know what an event must have room for.
    init(longestFor needs: Needs) {
        let hash = String(repeating: "0", count: 32)
        self.init(
            localTimes: needs.zones.map { LocalTime(zone: $0, offsetSeconds: -50_400, weekday: .mon, minuteOfDay: 1439) },
            locality: .longest,
            lists: needs.lists.map { ListFact(list: $0, hash: hash, result: .unknown(Locality.longestReason)) },
            holidays: needs.holidays.map {
                HolidayFact(
                    calendar: $0.calendar, zone: $0.zone,
                    reading: HolidayFact.Reading(days: .unknown(Locality.longestReason), hash: hash))
            })
    }

    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            if !holidays.isEmpty { out.member("holidays", holidays) }
            if !lists.isEmpty { out.member("lists", lists) }
            out.member("local_times", localTimes)
            out.member("locality", locality)
        }
    }

    public init(reader: JSONReader) throws(JSONError) {
        self.init()
        for time in try reader.member("local_times").array() {
            let dayReader = try time.member("weekday")
            guard let weekday = Weekday(name: try dayReader.string()) else { throw dayReader.failure("expected mon … sun") }
            localTimes.append(
                LocalTime(
                    zone: try time.member("zone").string(), offsetSeconds: Int(try time.member("offset_s").integer()),
                    weekday: weekday, minuteOfDay: Int(try time.member("minute").integer())))
        }
        locality = try reader.optional("locality", Locality.init)
        for list in try reader.optional("lists")?.array() ?? [] { lists.append(try ListFact(reader: list)) }
        for day in try reader.optional("holidays")?.array() ?? [] { holidays.append(try HolidayFact(reader: day)) }
    }
}

extension LocalTime: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("minute", minuteOfDay)
            out.member("offset_s", offsetSeconds)
            out.member("weekday", weekday.name)
            out.member("zone", zone)
        }
    }
}

/// The part of the history that one decision looks at.
public struct HistoryView: Hashable, Sendable {
    public var profile: Profile
    /// Attempts and failures that came from the source, over all accounts.
    public var sourceAttempts: RecentTimes
    /// Who tried from its network.
    public var networkUsers: RecentValues
    /// Attempts on this host.
    public var hostAttempts: RecentTimes
    /// What is usual among all accounts.
    public var population: Population
    /// All exemptions that may cover the account.
    public var exemptions: [Exemption]

    public init(
        profile: Profile, sourceAttempts: RecentTimes = RecentTimes(), networkUsers: RecentValues = RecentValues(),
        hostAttempts: RecentTimes = RecentTimes(), population: Population = Population(), exemptions: [Exemption] = []
    ) {
        (self.profile, self.sourceAttempts, self.networkUsers) = (profile, sourceAttempts, networkUsers)
        (self.hostAttempts, self.population, self.exemptions) = (hostAttempts, population, exemptions)
    }
}
