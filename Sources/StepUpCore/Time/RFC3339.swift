extension Timestamp {
    /// A day, `2026-11-01` (its start), or a moment, `2026-11-01T08:00:00Z`, with or without a fraction; UTC alone.
    public init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func areDigits(_ range: Range<Int>) -> Bool {
            range.upperBound <= bytes.count && bytes[range].allSatisfy { $0 >= 48 && $0 <= 57 }
        }
        // Of two digits or four; a fraction may have any number of them.
        func number(_ range: Range<Int>) -> Int? {
            guard areDigits(range) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), (1...12).contains(month),
            (1...31).contains(day), bytes[4] == 0x2d, bytes[7] == 0x2d
        else { return nil }
        let midnight = CivilTime.days(year: year, month: month, day: day) * 86_400
        let back = CivilTime(seconds: midnight)
        guard back.month == month, back.day == day else { return nil }
        if bytes.count == 10 {
            self.init(seconds: midnight)
            return
        }
        guard bytes.count >= 20, bytes[10] | 0x20 == UInt8(ascii: "t"), bytes.last.map({ $0 | 0x20 }) == UInt8(ascii: "z"),
            bytes[13] == 0x3a, bytes[16] == 0x3a, let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19), hour < 24, minute < 60, second < 60
        else { return nil }
        var milliseconds = 0
        if bytes.count > 20 {
            guard bytes[19] == 0x2e, bytes.count >= 22, areDigits(20..<bytes.count - 1) else { return nil }
            let digits = bytes[20..<bytes.count - 1].prefix(3).map { Int($0) - 48 }
            milliseconds = (digits + [0, 0]).prefix(3).reduce(0) { $0 * 10 + $1 }
        }
        self.init(milliseconds: (midnight + Int64(hour * 3600 + minute * 60 + second)) * 1000 + Int64(milliseconds))
    }
}
