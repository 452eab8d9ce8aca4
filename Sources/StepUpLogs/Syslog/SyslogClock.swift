import StepUpCore

/// The times of lines of syslog, classic (`Dec 10 06:55:46`, no year, no zone) and ISO 8601 (`2026-12-10T06:55:46.123+01:00`).
struct SyslogClock: Sendable {
    private var local: LocalClock
    private var year: Int?
    private let end: CivilTime
    /// Day of the year of the line above, and whether its year was one too many if the next leaps forward.
    private var dayOfYear = -1
    private var rolledAt: Int?
    private var day: (year: Int, month: Int, day: Int, seconds: Int64) = (-1, 0, 0, 0)
    /// How the year went, to be told.
    private(set) var guessed: ClosedRange<Int>?

    init(_ context: LogContext) {
        local = LocalClock(context.zone)
        year = context.year
        end = CivilTime(seconds: context.end.seconds + Int64(context.zone.offset(at: context.end)))
    }

    /// The time with which a line begins, which is taken with the blank behind it.
    /// - Returns: nil: it begins with none, or with one that there is not.
    mutating func take(_ line: inout ArraySlice<UInt8>) -> Timestamp? {
        guard let first = line.first else { return nil }
        guard first >= 0x30, first <= 0x39 else { return takeClassic(&line, given: nil) }
        // `2026 Mar  1 08:00:00`, as syslog-ng can write it.
        if line.count > 5, line[line.startIndex + 4] == 0x20, let year = line.prefix(4).number {
            var rest = line.dropFirst(5)
            guard let time = takeClassic(&rest, given: year) else { return nil }
            line = rest
            return time
        }
        return takeISO(&line)
    }

    // MARK: Classic

    private mutating func takeClassic(_ line: inout ArraySlice<UInt8>, given before: Int?) -> Timestamp? {
        guard line.count >= 16, let month = Self.month(line) else { return nil }
        var rest = line[(line.startIndex + 3)...]
        guard rest.first == 0x20 else { return nil }
        rest.skipBlanks()
        guard let day = rest.word().number, (1...31).contains(day) else { return nil }
        var word = rest.word()
        var given = before
        // Some write a year before the time.
        if word.count == 4, let number = word.number {
            given = number
            word = rest.word()
        }
        guard let (hour, minute, second, millisecond) = Self.clock(word) else { return nil }
        let year = given ?? inferredYear(month, day)
        guard
            let time = local.instant(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        else { return nil }
        line = rest
        return time
    }

    /// A month that lies far behind that of the line above begins another year; one that then leaps as far ahead shows that a clock was
    /// wrong for a while.
    private mutating func inferredYear(_ month: Int, _ day: Int) -> Int {
        let ofYear = month * 31 + day
        defer { dayOfYear = ofYear }
        guard let year, dayOfYear >= 0 else {
            // The latest year in which this is no later than the log's end, a day's grace allowed.
            let endOfYear = end.month * 31 + end.day
            var first = year ?? (ofYear <= endOfYear + 1 ? end.year : end.year - 1)
            if year == nil, month == 2, day == 29 { while Self.midnight(first, 2, 29) == nil { first -= 1 } }
            self.year = first
            guessed = first...first
            return first
        }
        if ofYear < dayOfYear - Self.halfYear {
            // A clock that has lost its battery begins at the first of January.
            rolledAt = ofYear == Self.firstOfJanuary ? dayOfYear : nil
            self.year = year + 1
        } else if let rolledAt, ofYear > dayOfYear + Self.halfYear / 2, abs(ofYear - rolledAt) < Self.halfYear / 2 {
            // The clock was set to where the log was before.
            self.rolledAt = nil
            self.year = year - 1
        } else if ofYear > Self.firstOfJanuary {
            rolledAt = nil
        }
        let now = self.year ?? year
        guessed = min(guessed?.lowerBound ?? now, now)...max(guessed?.upperBound ?? now, now)
        return now
    }

    /// In days of months of 31.
    private static let halfYear = 180
    private static let firstOfJanuary = 32

    static func month(_ line: ArraySlice<UInt8>) -> Int? {
        let start = line.startIndex
        let key = UInt32(line[start] | 0x20) << 16 | UInt32(line[start + 1] | 0x20) << 8 | UInt32(line[start + 2] | 0x20)
        return switch key {
        case 0x6a616e: 1
        case 0x666562: 2
        case 0x6d6172: 3
        case 0x617072: 4
        case 0x6d6179: 5
        case 0x6a756e: 6
        case 0x6a756c: 7
        case 0x617567: 8
        case 0x736570: 9
        case 0x6f6374: 10
        case 0x6e6f76: 11
        case 0x646563: 12
        default: nil
        }
    }

    /// `06:55:46` or `06:55:46.123`.
    static func clock(_ word: ArraySlice<UInt8>) -> (Int, Int, Int, Int)? {
        let start = word.startIndex
        guard word.count >= 8, word[start + 2] == 0x3a, word[start + 5] == 0x3a, let hour = word[start..<start + 2].number,
            let minute = word[(start + 3)..<(start + 5)].number, let second = word[(start + 6)..<(start + 8)].number
        else { return nil }
        if word.count == 8 { return (hour, minute, second, 0) }
        let fraction = word[(start + 9)...]
        guard word[start + 8] == 0x2e || word[start + 8] == 0x2c, !fraction.isEmpty, fraction.count <= 9, fraction.number != nil
        else { return word.count == 9 && word[start + 8] == 0x3a ? (hour, minute, second, 0) : nil }
        let milliseconds = fraction.prefix(3).number ?? 0
        return (
            hour, minute, second, fraction.count >= 3 ? milliseconds : fraction.count == 2 ? milliseconds * 10 : milliseconds * 100
        )
    }

    // MARK: ISO 8601

    private mutating func takeISO(_ line: inout ArraySlice<UInt8>) -> Timestamp? {
        let start = line.startIndex
        guard line.count >= 19, line[start + 4] == 0x2d, line[start + 7] == 0x2d,
            line[start + 10] == 0x54 || line[start + 10] == 0x20 || line[start + 10] == 0x74,
            let year = line[start..<start + 4].number, let month = line[(start + 5)..<(start + 7)].number,
            let day = line[(start + 8)..<(start + 10)].number
        else { return nil }
        var rest = line[(start + 11)...]
        var word = rest.word()
        var offset: Int64?
        if let last = word.last, last == 0x5a || last == 0x7a {
            offset = 0
            word = word.dropLast()
        } else if let (seconds, length) = Self.offset(word) {
            offset = seconds
            word = word.dropLast(length)
        }
        guard let (hour, minute, second, millisecond) = Self.clock(word) else { return nil }
        guard let offset else {
            guard
                let time = local.instant(
                    year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
            else { return nil }
            line = rest
            return time
        }
        if self.day.year != year || self.day.month != month || self.day.day != day {
            guard let midnight = Self.midnight(year, month, day) else { return nil }
            self.day = (year, month, day, midnight)
        }
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        line = rest
        return Timestamp(
            milliseconds: (self.day.seconds + Int64(hour * 3600 + minute * 60 + second) - offset) * 1000 + Int64(millisecond))
    }

    /// `+01:00`, `+0100` or `+01` at the end of a time.
    /// - Returns: seconds east of UTC, and how many bytes that takes.
    private static func offset(_ word: ArraySlice<UInt8>) -> (Int64, Int)? {
        for length in [6, 5, 3] where word.count >= 8 + length {
            let start = word.endIndex - length
            guard word[start] == 0x2b || word[start] == 0x2d, let hours = word[(start + 1)..<(start + 3)].number else { continue }
            var minutes = 0
            if length > 3 {
                guard length == 5 || word[start + 3] == 0x3a, let number = word[(word.endIndex - 2)...].number else { continue }
                minutes = number
            }
            guard hours <= 26, minutes < 60 else { return nil }
            return (Int64(hours * 3600 + minutes * 60) * (word[start] == 0x2d ? -1 : 1), length)
        }
        return nil
    }

    /// Seconds since 1970 of a day; nil: there is no such day.
    private static func midnight(_ year: Int, _ month: Int, _ day: Int) -> Int64? {
        guard (1970...2199).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        let seconds = CivilTime.days(year: year, month: month, day: day) * 86_400
        return CivilTime(seconds: seconds).day == day ? seconds : nil
    }
}
