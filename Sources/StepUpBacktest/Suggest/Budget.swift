/// How often people may be asked: `1 per user per week`.
public struct Budget: Hashable, Sendable, CustomStringConvertible {
    /// Hundredths of a prompt per person and week.
    public var perWeek: Int
    public var description: String

    /// - Returns: nil unless it is `N per user per day`, `week` or `month`; N may have up to two decimals, and `person` stands for `user`.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 5, words[1] == "per", words[2] == "user" || words[2] == "person", words[3] == "per",
            let hundredths = Self.hundredths(words[0])
        else { return nil }
        switch words[4] {
        case "day": perWeek = hundredths * 7
        case "week": perWeek = hundredths
        case "month": perWeek = hundredths * 12 / 52
        default: return nil
        }
        description = words.joined(separator: " ")
    }

    private static func hundredths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int(parts[0]), (0...1000).contains(whole) else { return nil }
        guard parts.count == 2 else { return whole * 100 }
        guard (1...2).contains(parts[1].count), parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let part = Int(parts[1])
        else {
            return nil
        }
        return whole * 100 + (parts[1].count == 1 ? part * 10 : part)
    }
}
