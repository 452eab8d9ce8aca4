/// The POSIX TZ string of a TZif footer (RFC 9636, 3.3.1), such as `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Hashable, Sendable {
    private var standardOffset: Int
    private var daylight: Daylight?

    private struct Daylight: Hashable, Sendable {
        var offset: Int
        var start: Change
        var end: Change
    }

    private struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// Mm.w.d: weekday `d` (0 = Sunday) of week `w` (5 = last) of month `m`.
            case weekday(month: Int, week: Int, day: Int)
            /// Jn: day 1 … 365, February 29 never counted.
            case julian(Int)
            /// n: day 0 … 365, February 29 counted.
            case zeroBased(Int)
        }
        var day: Day
        /// Seconds after local midnight; RFC 9636 allows −167 … 167 hours.
        var time: Int

        /// The change as seconds since the epoch of local standard/daylight wall time, without offset.
        func localSeconds(year: Int) -> Int64 {
            let days: Int64
            switch day {
            case .julian(let n):
                let leap = CivilTime.days(year: year, month: 3, day: 1) - CivilTime.days(year: year, month: 2, day: 1) == 29
                days = CivilTime.days(year: year, month: 1, day: 1) + Int64(n - 1) + (leap && n >= 60 ? 1 : 0)
            case .zeroBased(let n):
                days = CivilTime.days(year: year, month: 1, day: 1) + Int64(n)
            case .weekday(let month, let week, let day):
                let first = CivilTime.days(year: year, month: month, day: 1)
                let firstWeekday = Int(((first + 4) % 7 + 7) % 7)
                var date = first + Int64((day - firstWeekday + 7) % 7 + (week - 1) * 7)
                let nextMonth =
                    month == 12
                    ? CivilTime.days(year: year + 1, month: 1, day: 1) : CivilTime.days(year: year, month: month + 1, day: 1)
                if date >= nextMonth { date -= 7 }
                days = date
            }
            return days * 86_400 + Int64(time)
        }
    }

    func offset(at seconds: Int64) -> Int {
        guard let daylight else { return standardOffset }
        let year = CivilTime(seconds: seconds + Int64(standardOffset)).year
        let start = daylight.start.localSeconds(year: year) - Int64(standardOffset)
        let end = daylight.end.localSeconds(year: year) - Int64(daylight.offset)
        let isDaylight = start < end ? (seconds >= start && seconds < end) : !(seconds >= end && seconds < start)
        return isDaylight ? daylight.offset : standardOffset
    }

    /// `nil` for an empty footer: the last transition holds for ever.
    init?(footer: ArraySlice<UInt8>) throws(ZoneError) {
        if footer.isEmpty { return nil }
        var scanner = Scanner(bytes: footer)
        try scanner.name()
        standardOffset = try scanner.offset()
        guard !scanner.isAtEnd else { return }
        try scanner.name()
        let offset = scanner.peek == UInt8(ascii: ",") ? standardOffset + 3600 : try scanner.offset()
        let start = try scanner.change()
        let end = try scanner.change()
        guard scanner.isAtEnd else { throw ZoneError("text after the footer's rules") }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    private struct Scanner {
        let bytes: ArraySlice<UInt8>
        var position: Int

        init(bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }
        var isAtEnd: Bool { position == bytes.endIndex }
        var peek: UInt8? { isAtEnd ? nil : bytes[position] }

        mutating func accept(_ character: Unicode.Scalar) -> Bool {
            guard peek == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws(ZoneError) {
            guard accept(character) else { throw ZoneError("the footer lacks '\(character)'") }
        }

        mutating func name() throws(ZoneError) {
            let start = position
            if accept("<") {
                while let byte = peek, byte != UInt8(ascii: ">") { _ = byte; position += 1 }
                try expect(">")
            } else {
                while let byte = peek, byte | 0x20 >= 97, byte | 0x20 <= 122 { position += 1 }
            }
            guard position - start >= 3 else { throw ZoneError("the footer lacks a zone name") }
        }

        mutating func number(_ range: ClosedRange<Int>) throws(ZoneError) -> Int {
            var value: Int?
            while let byte = peek, byte >= 48, byte <= 57, value ?? 0 <= range.upperBound {
                value = (value ?? 0) * 10 + Int(byte - 48)
                position += 1
            }
            guard let value else { throw ZoneError("the footer lacks a number") }
            guard range.contains(value) else {
                throw ZoneError("the footer has \(value) where \(range.lowerBound) to \(range.upperBound) may stand")
            }
            return value
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time(hours: ClosedRange<Int>) throws(ZoneError) -> Int {
            let isNegative = accept("-")
            if !isNegative { _ = accept("+") }
            var seconds = try number(hours) * 3600
            if accept(":") { seconds += try number(0...59) * 60 }
            if accept(":") { seconds += try number(0...59) }
            return isNegative ? -seconds : seconds
        }

        /// Seconds east of UTC, which the text counts to the west.
        mutating func offset() throws(ZoneError) -> Int { try -time(hours: 0...24) }

        mutating func change() throws(ZoneError) -> Change {
            try expect(",")
            let day: Change.Day
            if accept("M") {
                let month = try number(1...12)
                try expect(".")
                let week = try number(1...5)
                try expect(".")
                let weekday = try number(0...6)
                day = .weekday(month: month, week: week, day: weekday)
            } else if accept("J") {
                day = .julian(try number(1...365))
            } else {
                day = .zeroBased(try number(0...365))
            }
            return Change(day: day, time: accept("/") ? try time(hours: 0...167) : 7200)
        }
    }
}
