/// An event of whole days (RFC 5545, 3.6.1), or the one that takes the place of a day in another's series.
struct HolidayEvent {
    let line: Int
    /// Empty if it has none.
    let uid: [UInt8]
    /// Of an override: the day in the series with its UID that it moves or cancels.
    let replaces: CivilDate?
    /// In days, 1 or more.
    let length: Int64
    /// Nil for an event that is cancelled.
    private let first: CivilDate?
    private var rule: (line: Int, rule: RecurrenceRule)?
    private var added: Set<CivilDate> = []
    private var removed: Set<CivilDate> = []

    init(_ event: ICalendarComponent) throws(ICalendarError) {
        line = event.line
        uid = try event.one("UID").map { Array($0.value) } ?? []
        replaces = try Self.override(event, hasUID: !uid.isEmpty)
        if try event.one("STATUS")?.text.uppercased() == "CANCELLED" {
            (first, length) = (nil, 0)
            return
        }
        let start = try Self.start(of: event)
        first = start
        length = try Self.length(of: event, from: start)
        if let line = try event.one("RRULE") { rule = (line.number, try RecurrenceRule(line, start: start)) }
        for line in event.all("RDATE") { added.formUnion(try line.dates()) }
        for line in event.all("EXDATE") { removed.formUnion(try line.dates()) }
        if let line = event.all("EXRULE").first {
            throw ICalendarError(line.number, "EXRULE is not supported; name the days in EXDATE")
        }
    }

    private static func override(_ event: ICalendarComponent, hasUID: Bool) throws(ICalendarError) -> CivilDate? {
        guard let line = try event.one("RECURRENCE-ID") else { return nil }
        guard line.parameter("RANGE") == nil else {
            throw ICalendarError(line.number, "RANGE is not supported in RECURRENCE-ID; expected an override of one day")
        }
        guard hasUID else {
            throw ICalendarError(line.number, "RECURRENCE-ID without a UID; expected the UID of the series it is of")
        }
        if let rule = event.all("RRULE").first ?? event.all("RDATE").first {
            throw ICalendarError(rule.number, "\(rule.name) in an event with RECURRENCE-ID, which stands for one day of a series")
        }
        return try line.date()
    }

    private static func start(of event: ICalendarComponent) throws(ICalendarError) -> CivilDate {
        guard let line = try event.one("DTSTART") else {
            throw ICalendarError(event.line, "\(event.title) has no DTSTART; expected DTSTART;VALUE=DATE:YYYYMMDD")
        }
        if line.parameter("VALUE") == "DATE-TIME" || line.text.uppercased().dropFirst(8).hasPrefix("T") {
            throw ICalendarError(
                line.number,
                "\(event.title) begins at a time of day ('\(ICalendarError.excerpt(line.value))'); only whole days can be "
                    + "holidays, so make it last all day or take it out")
        }
        return try line.date()
    }

    private static func length(of event: ICalendarComponent, from start: CivilDate) throws(ICalendarError) -> Int64 {
        let end = try event.one("DTEND")
        let duration = try event.one("DURATION")
        guard let line = end ?? duration else { return 1 }
        if end != nil, let duration {
            throw ICalendarError(duration.number, "DTEND and DURATION in one event; expected one of them")
        }
        let length = end == nil ? Self.days(line.text) : try line.date().day - start.day
        guard let length else {
            throw ICalendarError(
                line.number, "DURATION is '\(ICalendarError.excerpt(line.value))'; expected whole days or weeks, such as P1D or P1W"
            )
        }
        guard length >= 1 else {
            throw ICalendarError(line.number, "the event ends before it has lasted a day; DTEND is the day after its last")
        }
        guard length <= ICalendarLimit.daysOfEvent else {
            throw ICalendarError(line.number, "the event lasts \(length) days; expected at most \(ICalendarLimit.daysOfEvent)")
        }
        return length
    }

    /// `P3D` or `P1W` (3.3.6).
    private static func days(_ text: String) -> Int64? {
        let bytes = Array(text.utf8.drop { $0 == 0x2b })
        guard (3...8).contains(bytes.count), bytes[0] | 0x20 == UInt8(ascii: "p") else { return nil }
        let digits = bytes[1..<bytes.count - 1]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1) - 48 }
        switch bytes[bytes.count - 1] | 0x20 {
        case UInt8(ascii: "d"): return number
        case UInt8(ascii: "w"): return number * 7
        default: return nil
        }
    }

    /// The days on which it begins.
    /// - Parameter steps: days that rules may still be tried on.
    func starts(steps: inout Int) throws(ICalendarError) -> Set<CivilDate> {
        guard let first else { return [] }
        var starts = added.union([first])
        if let (line, rule) = rule {
            guard let days = rule.days(from: first, steps: &steps) else {
                throw ICalendarError(
                    line,
                    "the rules of the file take more than \(ICalendarLimit.steps) steps; end them with UNTIL, or write "
                        + "FREQ=YEARLY")
            }
            // RFC 5545 leaves undefined whether such a DTSTART belongs to the series (3.8.5.3).
            guard days.first == first else {
                throw ICalendarError(
                    line,
                    "DTSTART \(first) is not among the days of RRULE to the end of 2099"
                        + "\(days.first.map { ", of which the first is \($0)" } ?? ""); let the event start on a day of its rule")
            }
            starts.formUnion(days)
        }
        return starts.subtracting(removed)
    }
}
