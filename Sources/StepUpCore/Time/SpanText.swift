/// Lengths of time as people write them in a policy: a whole number and `s`, `m`, `h` or `d`.
extension Span {
    /// `90s`, `5m`, `12h`, `1d`; nil for anything else and for more than ten years.
    public init?(text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let digits = bytes.dropLast()
        guard let unit = bytes.last, (1...9).contains(digits.count), digits.allSatisfy({ $0 >= 48 && $0 <= 57 }),
            let number = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        switch unit {
        case UInt8(ascii: "s"): self = .seconds(number)
        case UInt8(ascii: "m"): self = .minutes(number)
        case UInt8(ascii: "h"): self = .hours(number)
        case UInt8(ascii: "d"): self = .days(number)
        default: return nil
        }
        guard self <= .days(3660) else { return nil }
    }

    /// In the largest unit that divides it: `90s`, `5m`.
    public var text: String {
        let (number, unit) = inLargestUnit
        return "\(number)\(unit.prefix(1))"
    }

    /// The same for people: `90 seconds`, `1 day`.
    public var words: String {
        let (number, unit) = inLargestUnit
        return Words.count(number, unit)
    }

    private var inLargestUnit: (number: Int64, unit: String) {
        let whole = seconds
        for (unit, name) in [(86_400, "day"), (3600, "hour"), (60, "minute")] as [(Int64, String)]
        where whole != 0 && whole % unit == 0 { return (whole / unit, name) }
        return (whole, "second")
    }
}
