/// A line of an iCalendar file, unfolded: `NAME;PARAMETER=x:value` (RFC 5545, 3.1).
struct ContentLine {
    /// Where it begins in the file, from 1.
    let number: Int
    /// In upper case.
    let name: String
    /// Each as it was written, `VALUE=DATE`.
    private let parameters: [ArraySlice<UInt8>]
    let value: ArraySlice<UInt8>

    /// The lines of a whole file, which begins and ends as a calendar does. Empty ones are left out.
    static func lines(of bytes: [UInt8]) throws(ICalendarError) -> [ContentLine] {
        guard bytes.count <= ICalendarLimit.bytes else {
            throw ICalendarError(
                1, "the file has \(bytes.count) bytes; expected at most \(ICalendarLimit.bytes), so leave out old years")
        }
        let unfolded = unfold(bytes)
        guard let first = unfolded.first else { throw ICalendarError(1, "the file is empty; expected BEGIN:VCALENDAR") }
        guard isLine(first.text, "BEGIN:VCALENDAR") else {
            throw ICalendarError(
                first.number, "expected BEGIN:VCALENDAR; the file is no iCalendar file in UTF-8, or looks cut off")
        }
        guard let last = unfolded.last, isLine(last.text, "END:VCALENDAR") else {
            throw ICalendarError(
                unfolded.last?.number ?? 1, "the file looks cut off: it does not end with END:VCALENDAR; export or fetch it again")
        }
        var lines: [ContentLine] = []
        for line in unfolded { lines.append(try ContentLine(number: line.number, text: line.text)) }
        return lines
    }

    /// Works on bytes: a fold may fall inside a character (3.1).
    private static func unfold(_ bytes: [UInt8]) -> [(number: Int, text: [UInt8])] {
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        var lines: [(number: Int, text: [UInt8])] = []
        for (index, raw) in text.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            let line = raw.last == 0x0d ? raw.dropLast() : raw
            if let first = line.first, first == 0x20 || first == 0x09, !lines.isEmpty {
                lines[lines.count - 1].text += line.dropFirst()
            } else if !line.isEmpty {
                lines.append((index + 1, Array(line)))
            }
        }
        return lines
    }

    private static func isLine(_ text: [UInt8], _ expected: String) -> Bool {
        text.count == expected.utf8.count && String(decoding: text, as: UTF8.self).uppercased() == expected
    }

    private init(number: Int, text: [UInt8]) throws(ICalendarError) {
        var fields: [ArraySlice<UInt8>] = []
        var start = 0
        var isQuoted = false
        var value: ArraySlice<UInt8>?
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard !isQuoted, byte == UInt8(ascii: ";") || byte == UInt8(ascii: ":") else { continue }
            fields.append(text[start..<index])
            start = index + 1
            if byte == UInt8(ascii: ":") {
                value = text[start...]
                break
            }
        }
        guard let value, let name = fields.first, Self.isName(name) else {
            throw ICalendarError(number, "expected NAME:value or NAME;PARAMETER=x:value, not '\(ICalendarError.excerpt(text))'")
        }
        self.number = number
        self.name = String(decoding: name, as: UTF8.self).uppercased()
        parameters = Array(fields.dropFirst())
        self.value = value
    }

    /// Of a property or component. A name with anything else in it would be skipped as unknown, and its holiday lost.
    private static func isName(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty
            && text.allSatisfy { (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f }
    }

    var text: String { String(decoding: value, as: UTF8.self) }

    /// The value of a parameter without its quotes, in upper case.
    func parameter(_ name: String) -> String? {
        for parameter in parameters {
            let text = String(decoding: parameter, as: UTF8.self).uppercased()
            if text.hasPrefix("\(name)=") { return String(text.dropFirst(name.count + 1).filter { $0 != "\"" }) }
        }
        return nil
    }

    /// What `BEGIN` and `END` name, in upper case.
    func component() throws(ICalendarError) -> String {
        guard Self.isName(value) else {
            throw ICalendarError(number, "expected the name of a component after \(name):, not '\(ICalendarError.excerpt(value))'")
        }
        return text.uppercased()
    }

    /// Whole days separated by commas.
    func dates() throws(ICalendarError) -> [CivilDate] {
        let type = parameter("VALUE")
        guard type == nil || type == "DATE" else {
            throw ICalendarError(number, "\(name) has VALUE=\(ICalendarError.excerpt(type ?? "")); expected VALUE=DATE")
        }
        var dates: [CivilDate] = []
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let date = CivilDate(iCalendar: field) else {
                throw ICalendarError(number, "\(name) names '\(ICalendarError.excerpt(field))'; expected a day, YYYYMMDD")
            }
            dates.append(date)
        }
        return dates
    }

    func date() throws(ICalendarError) -> CivilDate {
        let dates = try dates()
        guard let date = dates.first, dates.count == 1 else {
            throw ICalendarError(number, "\(name) names \(dates.count) days; expected one")
        }
        return date
    }
}

extension CivilDate {
    /// `20261225` (3.3.4). A rule may begin long before the first login: with the first year of its holiday, or in 1601.
    init?(iCalendar text: some StringProtocol) {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.init("\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))", years: 1600...2199)
    }
}
