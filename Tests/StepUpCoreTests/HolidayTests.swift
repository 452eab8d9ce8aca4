import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("Holidays and iCalendar files")
struct HolidayTests {
    /// As a bank-holiday calendar exports it: rules, fixed feasts, Easter by the year, an alarm, a time zone, folds.
    private let office = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Example//Bank holidays//EN
        CALSCALE:GREGORIAN
        METHOD:PUBLISH
        X-WR-CALNAME:Zürich\\, London and New York
        BEGIN:VTIMEZONE
        TZID:Europe/Zurich
        BEGIN:STANDARD
        DTSTART:19701025T030000
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0100
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:memorial@example
        SUMMARY:Memorial Day
        DTSTART;VALUE=DATE:20250526
        DTEND;VALUE=DATE:20250527
        RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO
        BEGIN:VALARM
        ACTION:DISPLAY
        TRIGGER:-P1D
        DURATION:PT15M
        END:VALARM
        TRANSP:TRANSPARENT
        END:VEVENT
        BEGIN:VEVENT
        UID:thanksgiving@example
        SUMMARY:Thanksgiving and the day after
        DTSTART;VALUE=DATE:20251127
        DURATION:P2D
        RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH
        END:VEVENT
        BEGIN:VEVENT
        UID:christmas@example
        SUMMARY:Christmas and Boxing Day
        DTSTART;VALUE=DATE:16011225
        DTEND;VALUE=DATE:16011227
        RRULE:FREQ=YEARLY;UNTIL=20301231
        END:VEVENT
        BEGIN:VEVENT
        UID:easter-2026@example
        SUMMARY:Karfreitag bis Ostermontag\\; Good Friday to Easter Monday: the lon
         gest weekend
        DTSTART;VALUE=DATE:20260403
        DTEND;VALUE=DATE:20260407
        X-OWNER;CN="Office: Zürich; London":mailto:office@example
        END:VEVENT
        BEGIN:VEVENT
        UID:easter-2027@example
        SUMMARY:Ostermontag
        DTSTART:20270329
        END:VEVENT
        END:VCALENDAR

        """

    /// The lines of one event begin at line 7.
    private func file(_ lines: String, _ more: String...) -> String {
        let head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\nBEGIN:VEVENT\nUID:one\nSUMMARY:Shut\n"
        let events = more.map { "BEGIN:VEVENT\n\($0)\nEND:VEVENT\n" }.joined()
        return "\(head)\(lines)\nEND:VEVENT\n\(events)END:VCALENDAR\n"
    }

    private func read(_ text: String) throws(ICalendarError) -> Holidays { try Holidays(iCalendar: Array(text.utf8)) }

    private func days(_ text: String) -> [CivilDate] { text.split(separator: " ").compactMap { CivilDate($0) } }

    // MARK: Days

    @Test("a date is a real day of 1970 to 2199 as YYYY-MM-DD, and nothing else")
    func dates() throws {
        for text in ["1970-01-01", "2024-02-29", "2199-12-31", "2000-02-29"] { #expect(CivilDate(text)?.description == text) }
        for text in [
            "", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "1969-12-31", "2200-01-01", "2026-1-01",
            "20260101",
            "2026-01-01T00:00:00Z", " 2026-01-01", "2026/01/01", "+026-01-01", "２026-01-01", "2026-01-00",
        ] { #expect(CivilDate(text) == nil, "\(text)") }
        let christmas = try #require(CivilDate("2026-12-25"))
        #expect(christmas.weekday == .fri && christmas.day == 20_812)
    }

    @Test("the date of an instant is the one on the wall, on both sides of midnight")
    func localDate() throws {
        let instant = try #require(Timestamp(rfc3339: "2026-12-24T23:30:00Z"))
        #expect(CivilDate(local: instant, offsetSeconds: 3600).description == "2026-12-25")
        #expect(CivilDate(local: instant, offsetSeconds: 0).description == "2026-12-24")
        let beforeTheEpoch = CivilDate(local: Timestamp(milliseconds: -1), offsetSeconds: -43_200)
        #expect(beforeTheEpoch.description == "1969-12-31")
    }

    @Test("holidays are a set of days, which knows its last")
    func set() {
        let holidays = Holidays(days("2026-12-25 2026-01-01 2026-12-25"))
        #expect(holidays.count == 2 && holidays.last == CivilDate("2026-12-25"))
        #expect(holidays == Holidays(days("2026-01-01 2026-12-25")))
        #expect(Holidays([]).last == nil)
    }

    // MARK: Files

    @Test("a bank-holiday calendar gives its days, with LF or CRLF, and with a byte order mark")
    func realistic() throws {
        let holidays = try read(office)
        for day in days(
            "2025-05-26 2026-05-25 2027-05-31 2028-05-29 2099-05-25 2025-11-27 2025-11-28 2026-11-26 2026-11-27 2027-11-25 1970-12-25 "
                + "2026-12-25 2026-12-26 2030-12-26 2026-04-03 2026-04-04 2026-04-05 2026-04-06 2027-03-29")
        { #expect(holidays.contains(day), "\(day)") }
        for day in days(
            "2024-05-27 2026-05-24 2026-05-26 2026-11-19 2026-11-28 2026-12-24 2026-12-27 2031-12-25 2026-04-02 2026-04-07 2027-03-30"
        ) { #expect(!holidays.contains(day), "\(day)") }
        #expect(holidays.count == 75 + 75 * 2 + 61 * 2 + 4 + 1)
        #expect(holidays.last == CivilDate("2099-11-27"))
        let crlf = office.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        #expect(try read(crlf) == holidays)
        #expect(try Holidays(iCalendar: [0xef, 0xbb, 0xbf] + Array(crlf.utf8)) == holidays)
    }

    @Test("lines folded at any byte, also inside a character or a date, say the same")
    func folding() throws {
        let text = file("DESCRIPTION:Zürich 😀\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=3")
        let expected = try read(text)
        #expect(expected == Holidays(days("2026-12-25 2027-12-25 2028-12-25")))
        let bytes = Array(text.utf8)
        for at in bytes.indices where bytes[at] != 0x0a && at > 0 && bytes[at - 1] != 0x0a {
            for fold in ["\r\n ", "\n\t"] where at > 15 && at < bytes.count - 14 {
                #expect(try Holidays(iCalendar: bytes[..<at] + Array(fold.utf8) + bytes[at...]) == expected, "fold at \(at)")
            }
        }
    }

    @Test("a file that is cut off anywhere is an error, never a calendar with fewer days", arguments: ["\n", "\r\n"])
    func cutOff(_ end: String) throws {
        let text = office.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end)
        let bytes = Array(text.utf8)
        let whole = try Holidays(iCalendar: bytes)
        for length in bytes.indices {
            do {
                let holidays = try Holidays(iCalendar: Array(bytes[..<length]))
                #expect(holidays == whole && length >= bytes.count - end.utf8.count, "cut after \(length) bytes")
            } catch {
                #expect(length == 0 || error.reason.contains("looks cut off"), "cut after \(length) bytes: \(error)")
            }
        }
    }

    // MARK: Rules

    @Test(
        "rules give their days",
        arguments: [
            ("20240229", "FREQ=YEARLY;UNTIL=20400101", "2024-02-29 2028-02-29 2032-02-29 2036-02-29"),
            ("20240229", "FREQ=YEARLY;INTERVAL=3;UNTIL=20480229", "2024-02-29 2036-02-29 2048-02-29"),
            ("20260131", "FREQ=MONTHLY;COUNT=4", "2026-01-31 2026-03-31 2026-05-31 2026-07-31"),
            ("20260228", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1;COUNT=3", "2026-02-28 2027-02-28 2028-02-29"),
            ("20260131", "FREQ=MONTHLY;BYMONTHDAY=31,-1;COUNT=3", "2026-01-31 2026-02-28 2026-03-31"),
            ("20260101", "freq=yearly;bymonth=8,1;count=3", "2026-01-01 2026-08-01 2027-01-01"),
            ("20241105", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2", "2024-11-05 2028-11-07"),
            ("20260629", "FREQ=MONTHLY;BYDAY=5MO,-5TU;COUNT=3", "2026-06-29 2026-08-31 2026-09-01"),
            ("20260213", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;UNTIL=20261112", "2026-02-13 2026-03-13"),
            ("20260213", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;UNTIL=20261113", "2026-02-13 2026-03-13 2026-11-13"),
            ("20260105", "FREQ=WEEKLY;COUNT=2", "2026-01-05 2026-01-12"),
            // RFC 5545, 3.3.10: what WKST changes.
            ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05 1997-08-10 1997-08-19 1997-08-24"),
            ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05 1997-08-17 1997-08-19 1997-08-31"),
            ("20261224", "FREQ=DAILY;COUNT=3", "2026-12-24 2026-12-25 2026-12-26"),
            ("20261224", "FREQ=DAILY;BYMONTH=12;BYMONTHDAY=24,-1;INTERVAL=7;UNTIL=20280101", "2026-12-24 2026-12-31"),
            ("20980101", "FREQ=YEARLY", "2098-01-01 2099-01-01"),
            ("20260101", "FREQ=YEARLY;INTERVAL=999999;COUNT=999999", "2026-01-01"),
        ])
    func rules(_ start: String, _ rule: String, _ expected: String) throws {
        let holidays = try read(file("DTSTART;VALUE=DATE:\(start)\nRRULE:\(rule)"))
        #expect(holidays == Holidays(days(expected)))
    }

    @Test("days are added by RDATE and taken out by EXDATE, after COUNT has counted")
    func addedAndRemoved() throws {
        let holidays = try read(
            file(
                "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260103\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20270101,20260101\n"
                    + "RDATE;VALUE=DATE:20260601\nRDATE:20260701\nEXDATE:20260701"))
        #expect(holidays == Holidays(days("2028-01-01 2028-01-02 2026-06-01 2026-06-02")))
    }

    @Test("an override moves or cancels its day of its own series, wherever it stands in the file")
    func overrides() throws {
        let series = "UID:may\nDTSTART:20260504\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=3"
        let moved = "UID:may\nRECURRENCE-ID;VALUE=DATE:20260504\nDTSTART:20260508\nDURATION:P2D"
        let cancelled = "UID:may\nRECURRENCE-ID:20270503\nSTATUS:CANCELLED"
        let others = "UID:other\nDTSTART:20270503"
        for events in [[series, moved, cancelled], [cancelled, moved, series]] {
            let text = file("DTSTART:20260101", events[0], events[1], events[2])
            #expect(try read(text) == Holidays(days("2026-01-01 2026-05-08 2026-05-09 2028-05-01")))
        }
        #expect(try read(file("DTSTART:20260101", others, cancelled)).contains(days("2027-05-03")[0]))
    }

    @Test("a cancelled event is none, also at a time of day, and one without a busy time is one")
    func cancelled() throws {
        let holidays = try read(
            file(
                "DTSTART:20260101\nTRANSP:TRANSPARENT\nSTATUS:TENTATIVE", "DTSTART:20260102T090000\nSTATUS:Cancelled",
                "STATUS:CANCELLED"))
        #expect(holidays == Holidays(days("2026-01-01")))
    }

    // MARK: Errors

    @Test(
        "what an event cannot mean is an error that names its line and what is wrong",
        arguments: [
            ("DTSTART:20261225T090000", 7, "the event 'Shut' begins at a time of day ('20261225T090000'); only whole days"),
            ("DTSTART;TZID=Europe/Zurich:20261225T000000", 7, "begins at a time of day"),
            ("DTSTART;VALUE=DATE-TIME:20261225", 7, "begins at a time of day"),
            ("STATUS:CONFIRMED", 4, "the event 'Shut' has no DTSTART; expected DTSTART;VALUE=DATE:YYYYMMDD"),
            ("DTSTART:20260229", 7, "DTSTART names '20260229'; expected a day, YYYYMMDD"),
            ("DTSTART:15991231", 7, "expected a day"), ("DTSTART:2026-12-25", 7, "expected a day"),
            ("DTSTART:", 7, "expected a day"),
            ("DTSTART:20260101,20260102", 7, "DTSTART names 2 days; expected one"),
            ("DTSTART;VALUE=PERIOD:20260101", 7, "VALUE=PERIOD; expected VALUE=DATE"),
            ("DTSTART:20260101\nDTSTART:20260102", 8, "a second DTSTART"),
            ("STATUS:X\nSTATUS:CANCELLED\nDTSTART:20260101", 8, "a second STATUS"),
            ("DTSTART:20260101\nDTEND:20260101", 8, "DTEND is the day after its last"),
            ("DTSTART:20260101\nDTEND:20251231", 8, "DTEND is the day after its last"),
            ("DTSTART:20260101\nDTEND:20260102T120000", 8, "DTEND names '20260102T120000'; expected a day"),
            ("DTSTART:20260101\nDTEND:20270103", 8, "lasts 367 days; expected at most 366"),
            ("DTSTART:20260101\nDURATION:P999999W", 8, "lasts 6999993 days"),
            ("DTSTART:20260101\nDURATION:PT24H", 8, "DURATION is 'PT24H'; expected whole days or weeks"),
            ("DTSTART:20260101\nDURATION:-P1D", 8, "DURATION is '-P1D'"),
            ("DTSTART:20260101\nDURATION:P0D", 8, "before it has lasted a day"),
            ("DTSTART:20260101\nDURATION:P99999999999999999999D", 8, "DURATION is"),
            ("DTSTART:20260101\nDTEND:20260102\nDURATION:P1D", 9, "DTEND and DURATION in one event"),
            ("DTSTART:20260101\nRDATE;VALUE=PERIOD:20260101T000000Z/P1D", 8, "RDATE has VALUE=PERIOD; expected VALUE=DATE"),
            ("DTSTART:20260101\nRDATE:20260102,", 8, "RDATE names ''; expected a day"),
            ("DTSTART:20260101\nEXDATE:20260101T000000Z", 8, "EXDATE names '20260101T000000Z'"),
            ("DTSTART:20260101\nEXRULE:FREQ=YEARLY", 8, "EXRULE is not supported; name the days in EXDATE"),
            ("DTSTART:20260101\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260101", 8, "RANGE is not supported"),
            ("DTSTART:20260101\nRECURRENCE-ID:20260101T080000", 8, "RECURRENCE-ID names"),
            ("DTSTART:20260101\nRECURRENCE-ID:20260101\nRRULE:FREQ=DAILY;COUNT=2", 9, "RRULE in an event with RECURRENCE-ID"),
            ("DTSTART:20260101\nNONSENSE", 8, "expected NAME:value or NAME;PARAMETER=x:value, not 'NONSENSE'"),
            ("DTSTART:20260101\nRRULE :FREQ=DAILY", 8, "expected NAME:value"), ("DTSTART:20260101\n:x", 8, "expected NAME:value"),
            ("X-A;B=\"c:d\nDTSTART:20260101", 7, "expected NAME:value"),
            ("DTSTART:20260101\nX-LONG:a\n b\n c\nRRULE:FREQ=SOMETIMES", 11, "FREQ in RRULE is 'SOMETIMES'"),
        ])
    func badEvents(_ lines: String, _ line: Int, _ reason: String) {
        expect(file(lines), failsAt: line, with: reason)
    }

    @Test(
        "a part of RRULE that is not supported, or makes no sense, is named and never guessed",
        arguments: [
            ("", "RRULE has ''; expected parts"), ("COUNT=2", "RRULE has no FREQ"),
            ("FREQ=HOURLY", "FREQ in RRULE is 'HOURLY'; expected DAILY"),
            ("FREQ=YEARLY;", "RRULE has ''"), ("FREQ=YEARLY;=1", "RRULE has '=1'"), ("FREQ=YEARLY;FREQ=DAILY", "a second FREQ"),
            ("FREQ=YEARLY;BYSETPOS=-1", "BYSETPOS in RRULE is not supported"),
            ("FREQ=YEARLY;BYWEEKNO=1", "BYWEEKNO in RRULE is not supported"),
            ("FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY in"), ("FREQ=DAILY;BYHOUR=9", "BYHOUR in"),
            ("RSCALE=HEBREW;FREQ=YEARLY", "RSCALE in"),
            ("FREQ=YEARLY;BYDAY=1TH", "BYDAY in RRULE is not supported with FREQ=YEARLY unless BYMONTH"),
            ("FREQ=YEARLY;BYMONTHDAY=1", "BYMONTHDAY in RRULE is not supported with FREQ=YEARLY unless BYMONTH"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY in RRULE is not supported with FREQ=WEEKLY"),
            ("FREQ=WEEKLY;BYDAY=1TH", "expected weekdays without a number"),
            ("FREQ=DAILY;BYDAY=-1TH", "expected weekdays without a number"),
            ("FREQ=MONTHLY;BYDAY=6TH", "BYDAY in RRULE is '6TH'; expected weekdays"),
            ("FREQ=MONTHLY;BYDAY=0TH", "BYDAY in RRULE is '0TH'"),
            ("FREQ=MONTHLY;BYDAY=TH,", "BYDAY in RRULE is 'TH,'"), ("FREQ=MONTHLY;BYDAY=THU", "BYDAY in"),
            ("FREQ=MONTHLY;BYDAY=H", "BYDAY in"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "expected numbers from -31 to 31 without 0"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "expected numbers"),
            ("FREQ=YEARLY;BYMONTH=13", "BYMONTH in RRULE is '13'; expected numbers from 1 to 12"),
            ("FREQ=YEARLY;BYMONTH=5L", "BYMONTH in"),
            ("FREQ=YEARLY;COUNT=0", "COUNT in RRULE is '0'; expected a whole number from 1 to 999999"),
            ("FREQ=YEARLY;COUNT=1000000", "COUNT in"),
            ("FREQ=YEARLY;INTERVAL=0", "INTERVAL in"), ("FREQ=YEARLY;INTERVAL=99999999999999999999", "INTERVAL in"),
            ("FREQ=YEARLY;COUNT=2;UNTIL=20300101", "COUNT and UNTIL"), ("FREQ=YEARLY;WKST=XX", "WKST in"),
            ("FREQ=YEARLY;UNTIL=20300101T000000Z", "UNTIL in RRULE is '20300101T000000Z'; expected a day, YYYYMMDD"),
            (
                "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=2",
                "DTSTART 2026-01-01 is not among the days of RRULE to the end of 2099, of which the first is 2026-01-02"
            ),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "DTSTART 2026-01-01 is not among the days of RRULE to the end of 2099; let"),
            ("FREQ=YEARLY;UNTIL=20251231", "DTSTART 2026-01-01 is not among"),
        ])
    func badRules(_ rule: String, _ reason: String) {
        expect(file("DTSTART:20260101\nRRULE:\(rule)"), failsAt: 8, with: reason)
    }

    @Test(
        "what is no calendar, or a damaged one, is an error that names its line",
        arguments: [
            ("", 1, "the file is empty"), ("\n\n", 1, "the file is empty"), ("<!DOCTYPE html>\n<p>", 1, "expected BEGIN:VCALENDAR"),
            ("\nBEGIN:VCARD\nEND:VCARD", 2, "expected BEGIN:VCALENDAR"), ("\u{fffe}B", 1, "iCalendar file in UTF-8"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR", 2, "no VEVENT"),
            ("BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR", 4, "no VEVENT"),
            ("BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR", 2, "VERSION is '1.0'; expected 2.0"),
            ("BEGIN:VCALENDAR\nCALSCALE:HEBREW\nEND:VCALENDAR", 2, "CALSCALE is 'HEBREW'; expected GREGORIAN"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nEND:VCALENDAR", 4, "expected END:VEVENT for the BEGIN at line 2"),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VEVENT\nEND:VCALENDAR", 3,
                "a VEVENT inside VEVENT; expected END:VEVENT before it"
            ),
            ("BEGIN:VCALENDAR\nBEGIN:X-A\nBEGIN:VEVENT\nEND:VCALENDAR", 3, "a VEVENT inside X-A"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT \nEND:VCALENDAR", 2, "expected the name of a component after BEGIN:, not 'VEVENT '"),
            ("BEGIN:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR", 2, "a VCALENDAR inside another"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR", 3, "a file holds one calendar"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR", 3, "a file holds one calendar"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nX:y", 3, "looks cut off"),
            ("BEGIN:VCALENDAR\n" + String(repeating: "BEGIN:X\n", count: 20) + "END:VCALENDAR", 17, "more than 16 deep"),
        ])
    func badFiles(_ text: String, _ line: Int, _ reason: String) {
        expect(text, failsAt: line, with: reason)
    }

    @Test("an override that could be of two events, or is of none with a UID, is an error")
    func ambiguous() {
        let override = "UID:a\nRECURRENCE-ID:20260101\nDTSTART:20260102"
        expect(file("X:y", ""), failsAt: 4, with: "has no DTSTART")
        expect(
            file("DTSTART:20260101", "UID:a\nDTSTART:20260101", "UID:a\nDTSTART:20260101", override), failsAt: 13,
            with: "the UID of the event at line 9")
        expect(
            file("DTSTART:20260101", "RECURRENCE-ID:20260101\nDTSTART:20260102"), failsAt: 10, with: "RECURRENCE-ID without a UID")
    }

    @Test("a title is shown printable and short")
    func title() {
        let summary = "\u{1b}[31m" + String(repeating: "x", count: 5000)
        let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T000000\nSUMMARY:\(summary)\nEND:VEVENT\nEND:VCALENDAR"
        expect(text, failsAt: 3, with: "the event '\\u{1b}[31m" + String(repeating: "x", count: 55) + "…' begins")
    }

    // MARK: Limits

    @Test("files that ask for too much are refused at the line that does")
    func limits() throws {
        let long = "DTSTART:20260101\nDURATION:P366D\nRRULE:FREQ=DAILY"
        expect(file(long), failsAt: 4, with: "more than 20000 days")
        expect(file("DTSTART:20260101\nX:" + String(repeating: "y", count: 1 << 20)), failsAt: 1, with: "expected at most 1048576")
        let events = String(repeating: "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n", count: 10_001)
        expect("BEGIN:VCALENDAR\n\(events)END:VCALENDAR", failsAt: 2 + 30_000, with: "more than 10000 events")
        let rare = "BEGIN:VEVENT\nDTSTART:16000101\nRRULE:FREQ=DAILY;BYMONTH=1;BYMONTHDAY=1\nEND:VEVENT\n"
        expect(
            "BEGIN:VCALENDAR\n\(String(repeating: rare, count: 10_000))END:VCALENDAR", failsAt: 4 + 5 * 4,
            with: "more than 1000000 steps")
        let before1970 = "DTSTART:16000101\nDURATION:P366D\nRRULE:FREQ=DAILY;UNTIL=19681231"
        #expect(try read(file(before1970)).count == 0)
    }

    @Test("files damaged at random end soon in holidays or in an error with a line of the file")
    func fuzz() throws {
        let lines = file(
            "DTSTART;VALUE=DATE:20260504\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=3\nEXDATE:20270503",
            "UID:one\nRECURRENCE-ID:20260504\nDTSTART:20260508\nDURATION:P2D",
            "DTSTART:20260131\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20261231;INTERVAL=2\nRDATE:20260102,20260103",
            "DTSTART:20260105\nDTEND:20260107\nRRULE:FREQ=WEEKLY;WKST=SU;COUNT=4;BYDAY=MO\nBEGIN:VALARM\nX:\"y\n z\nEND:VALARM"
        ).split(separator: "\n").map { Array($0.utf8) }
        let favourites = Array("\n\r :;=,\"-09TZ+\0\u{80}".utf8)
        var random = SplitMix(state: 20_261_225)
        var good = 0
        let began = ContinuousClock.now
        for round in 0..<4000 {
            var damaged = lines
            if random.next() % 2 == 0 { damaged.swapAt(random.below(lines.count), random.below(lines.count)) }
            if random.next() % 4 == 0 { damaged.insert(lines[random.below(lines.count)], at: random.below(lines.count)) }
            if random.next() % 4 == 0 { damaged.remove(at: random.below(damaged.count)) }
            var bytes = Array(damaged.joined(separator: [0x0a]))
            for _ in 0..<random.below(3) {
                let at = random.below(bytes.count)
                switch random.next() % 4 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[at] = favourites[random.below(favourites.count)]
                case 2: bytes.insert(favourites[random.below(favourites.count)], at: at)
                default: bytes.remove(at: at)
                }
            }
            do {
                good += try Holidays(iCalendar: bytes).count > 0 ? 1 : 0
            } catch {
                let last = bytes.count { $0 == 0x0a } + 1
                #expect((1...last).contains(error.line) && !error.reason.isEmpty, "round \(round): \(error)")
            }
        }
        #expect(good > 200, "too few stayed good to mean anything: \(good)")
        #expect(ContinuousClock.now - began < .seconds(120))
    }

    private func expect(_ text: String, failsAt line: Int, with reason: String, at location: SourceLocation = #_sourceLocation) {
        do {
            let holidays = try read(text)
            Issue.record("\(holidays.count) holidays, but expected: \(reason)", sourceLocation: location)
        } catch {
            #expect(error.line == line && error.reason.contains(reason), "\(error)", sourceLocation: location)
            #expect(error.description == "line \(line): \(error.reason)", sourceLocation: location)
        }
    }
}

extension SplitMix {
    fileprivate mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
