/// What the shell resolved for a decision beyond the attempt itself; recorded with it (S22).
public struct Facts: Hashable, Sendable, CanonicalJSON {
    /// Local time in each zone that the policy names; a zone that could not be read is missing, and its rules are unknown.
    public var localTimes: [LocalTime]

    public init(localTimes: [LocalTime]) { self.localTimes = localTimes }

    /// - Parameter zones: those that the policy's rules name, as far as they could be read.
    public init(zones: [String: ZoneRules], at now: Timestamp) {
        localTimes = zones.sorted { $0.key < $1.key }.map { LocalTime(zone: $0.key, rules: $0.value, at: now) }
    }

    public func write(to out: inout CanonicalWriter) { out.object { $0.member("local_times", localTimes) } }

    public init(reader: JSONReader) throws(JSONError) {
        localTimes = []
        for time in try reader.member("local_times").array() {
            let dayReader = try time.member("weekday")
            guard let weekday = Weekday(name: try dayReader.string()) else { throw dayReader.failure("expected mon … sun") }
            localTimes.append(
                LocalTime(
                    zone: try time.member("zone").string(), offsetSeconds: Int(try time.member("offset_s").integer()),
                    weekday: weekday, minuteOfDay: Int(try time.member("minute").integer())))
        }
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
    public var networkUsers: RecentUsers
    /// Attempts on this host.
    public var hostAttempts: RecentTimes
    /// All exemptions that may cover the account.
    public var exemptions: [Exemption]

    public init(
        profile: Profile, sourceAttempts: RecentTimes = RecentTimes(), networkUsers: RecentUsers = RecentUsers(),
        hostAttempts: RecentTimes = RecentTimes(), exemptions: [Exemption] = []
    ) {
        (self.profile, self.sourceAttempts, self.networkUsers) = (profile, sourceAttempts, networkUsers)
        (self.hostAttempts, self.exemptions) = (hostAttempts, exemptions)
    }
}
