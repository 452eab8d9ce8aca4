/// What was found when an attempt was decided; what was not looked up then, or is about something else, is looked up now.
public struct RecordedLookups: Lookups {
    private let source: IPAddress?
    private let time: Timestamp
    private let facts: Facts
    private let today: any Lookups

    public init(_ decided: Decided, otherwise today: any Lookups) {
        (source, time) = (decided.attempt.source.value, decided.attempt.time)
        (facts, self.today) = (decided.facts, today)
    }

    public func locality(of address: IPAddress, at now: Timestamp) -> Locality? {
        (address == source ? facts.locality : nil) ?? today.locality(of: address, at: now)
    }

    public func list(_ name: String, holding address: IPAddress, at now: Timestamp) -> ListFact {
        (address == source ? facts.lists.first { $0.list == name } : nil) ?? today.list(name, holding: address, at: now)
    }

    public func holidays(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading {
        recorded(calendar, on: today, at: now) ?? self.today.holidays(calendar, on: today, at: now)
    }

    /// Of a zone where it was that day.
    private func recorded(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading? {
        guard now == time else { return nil }
        return facts.holidays.first { fact in
            guard fact.calendar == calendar, let local = facts.localTimes.first(where: { $0.zone == fact.zone }) else {
                return false
            }
            return CivilDate(local: now, offsetSeconds: local.offsetSeconds) == today
        }?.reading
    }
}
