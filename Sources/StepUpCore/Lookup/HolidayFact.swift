/// Whether a login's day is a holiday of a calendar, by the clock of a zone; recorded with the decision (S22).
public struct HolidayFact: Hashable, Sendable {
    public struct Days: Hashable, Sendable {
        public var today: Bool
        /// For windows that run over midnight: they belong to the day on which they began.
        public var yesterday: Bool

        public init(today: Bool, yesterday: Bool) { (self.today, self.yesterday) = (today, yesterday) }
    }

    public struct Reading: Hashable, Sendable {
        public var days: Observed<Days>
        /// The first 128 bits of the file's SHA-256, in hex; nil: the policy itself has the list, or there is no file.
        public var hash: String?

        public init(days: Observed<Days>, hash: String? = nil) { (self.days, self.hash) = (days, hash) }
    }

    /// The calendar's name, and the zone.
    public var calendar: String
    public var zone: String
    public var reading: Reading

    public init(calendar: String, zone: String, reading: Reading) {
        (self.calendar, self.zone, self.reading) = (calendar, zone, reading)
    }
}

extension HolidayFact: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("calendar", calendar)
            out.member("days", reading.days)
            out.member("hash", reading.hash)
            out.member("zone", zone)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        let days = try Observed(reader: try reader.member("days"), decode: Days.init)
        self.init(
            calendar: try reader.member("calendar").string(), zone: try reader.member("zone").string(),
            reading: Reading(days: days, hash: try reader.optional("hash")?.string()))
    }
}

extension HolidayFact.Days: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("today", today)
            out.member("yesterday", yesterday)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(today: try reader.member("today").bool(), yesterday: try reader.member("yesterday").bool())
    }
}
