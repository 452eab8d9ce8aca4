/// What one file may ask for: more is an error, never a part of the holidays.
enum ICalendarLimit {
    static let bytes = 1 << 20
    static let events = 10_000
    static let daysOfEvent: Int64 = 366
    static let days = 20_000
    /// Days that rules are tried on, of all events together.
    static let steps = 1_000_000
    static let depth = 16
    /// Rules without an end are followed to here.
    static let horizon = CivilDate(day: CivilTime.days(year: 2099, month: 12, day: 31))
}

/// What is wrong with an iCalendar file, and where.
public struct ICalendarError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1; of a folded line its first.
    public var line: Int
    public var reason: String
    init(_ line: Int, _ reason: String) { (self.line, self.reason) = (line, reason) }
    public var description: String { "line \(line): \(reason)" }

    /// Text from the file: as it stands there, printable and short.
    static func excerpt(_ bytes: some Collection<UInt8>) -> String {
        let scalars = String(decoding: bytes.prefix(300), as: UTF8.self).unicodeScalars
        return EvidenceText.printable(String(scalars.prefix(60))) + (scalars.count > 60 ? "…" : "")
    }

    static func excerpt(_ text: some StringProtocol) -> String { excerpt(text.utf8) }
}

extension Holidays {
    /// The days of the events in an iCalendar file (RFC 5545), from 1970 on. Each event lasts whole days; a rule without an end is
    /// followed to the end of 2099. What is not understood is an error: a holiday is never left out in silence.
    /// - Throws: `ICalendarError`, which names the line and what was expected there.
    public init(iCalendar bytes: [UInt8]) throws(ICalendarError) {
        var events: [HolidayEvent] = []
        for component in try ICalendarComponent.events(in: try ContentLine.lines(of: bytes)) {
            events.append(try HolidayEvent(component))
        }
        // By the UID of their series: the days whose event another one replaces (3.8.4.4).
        var replaced: [[UInt8]: Set<CivilDate>] = [:]
        for event in events {
            if let date = event.replaces { replaced[event.uid, default: []].insert(date) }
        }
        var series: [[UInt8]: Int] = [:]
        var days: Set<CivilDate> = []
        var added = 0
        var steps = ICalendarLimit.steps
        for event in events {
            var omitted: Set<CivilDate> = []
            if event.replaces == nil, let dates = replaced[event.uid] {
                if let line = series.updateValue(event.line, forKey: event.uid) {
                    throw ICalendarError(
                        event.line,
                        "the event has the UID of the event at line \(line), and a RECURRENCE-ID could mean either; "
                            + "give each its own UID")
                }
                omitted = dates
            }
            for start in try event.starts(steps: &steps) where !omitted.contains(start) {
                for day in max(start.day, 0)..<max(start.day + event.length, 0) {
                    added += 1
                    guard added <= ICalendarLimit.days else {
                        throw ICalendarError(
                            event.line,
                            "with this event the file has more than \(ICalendarLimit.days) days; leave some out, or end "
                                + "the rules with UNTIL")
                    }
                    days.insert(CivilDate(day: day))
                }
            }
        }
        self.init(days)
    }
}
