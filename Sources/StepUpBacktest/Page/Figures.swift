/// Numbers as a reader likes them; integers throughout.
enum Figures {
    /// `12 345`, by thousands (SI brochure, 5.4.4: a thin space).
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var out = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { out += "\u{202f}" }
            out.append(digit)
        }
        return (number < 0 ? "\u{2212}" : "") + out
    }

    /// Hundredths as `0.35`.
    static func decimal(_ hundredths: Int) -> String {
        let part = hundredths.magnitude % 100
        return (hundredths < 0 ? "\u{2212}" : "") + count(Int(hundredths.magnitude / 100)) + "." + (part < 10 ? "0" : "")
            + "\(part)"
    }

    /// `12.5 %`
    static func percent(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "–" }
        let tenths = (part * 2000 / whole + 1) / 2
        return "\(tenths / 10).\(tenths % 10)\u{a0}%"
    }

    /// `+12`, `−3`, `±0`.
    static func change(_ number: Int, _ text: (Int) -> String) -> String {
        number == 0 ? "±0" : (number > 0 ? "+" : "") + text(number)
    }

    /// `1 login`, `2 logins`.
    static func of(_ number: Int, _ word: String, _ plural: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? word : plural ?? word + "s")"
    }
}
