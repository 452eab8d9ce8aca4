import StepUpCore

/// The data set of Wiefling et al. ("RBA", das-group): logins of 3.3 million users as CSV, with what became of them.
/// They are logins to a web service; here they count as logins by SSH, so that a policy for SSH has its say.
public struct RBAParser: LogParser {
    private static let program = Array("rba".utf8)[...]
    private static let fingerprintLimit = 160

    private let columns: RBAColumns
    private var clock = LocalClock(.utc)
    private var row = CSVRow()
    private var last: Timestamp?
    /// Of each field, the column of the row that is read; -1: there is none.
    private let places: [Int]

    /// - Parameter header: the first line, which names the columns; `read` gets those below it.
    /// - Throws: `RBAHeaderError` that names a required column that is missing.
    public init(header: ArraySlice<UInt8>) throws(RBAHeaderError) {
        let columns = try RBAColumns(header: header)
        self.columns = columns
        places = RBAColumns.Field.allCases.map { columns.fields.firstIndex(of: $0) ?? -1 }
    }

    /// Whether a line is the header of this data set.
    public static func recognises(_ line: ArraySlice<UInt8>) -> Bool { (try? RBAColumns(header: line)) != nil }

    public mutating func read(_ whole: ArraySlice<UInt8>, into reading: inout LogReading) {
        let line = FieldText.withoutReturn(whole)
        guard !line.isEmpty else { return reading.understood() }
        guard row.read(line) else { return Self.unknown("a row with a quoted field that does not end", &reading) }
        // The row would keep what it was read from.
        defer { _ = row.read([]) }
        guard row.count == columns.fields.count else { return Self.unknown("a row of \(row.count) columns", &reading) }
        guard let time = time(value(.time)) else { return reading.badTime(value(.time)) }
        guard let isSuccess = Self.truth(value(.success)) else {
            return Self.unknown("a row whose Login Successful is neither True nor False", &reading)
        }
        let user = value(.user)
        guard !user.isEmpty else { return Self.unknown("a row without a User ID", &reading) }
        reading.follow(time, after: &last)
        var event = LogEvent(
            isSuccess ? .accepted : .failed, at: time, host: "", channel: .pam, service: "sshd", user: FieldText.text(user))
        let address = value(.address)
        event.source =
            IPAddress(address).map(Observed.known) ?? .unknown(address.isEmpty ? "missing" : "malformed")
        event.key = key
        event.locality = locality
        if Self.truth(value(.takeover)) == true {
            event.label = .takeover
        } else if isSuccess {
            event.label = .legitimate
        }
        reading.add(event)
    }

    public mutating func finish(into reading: inout LogReading) {}

    /// Empty where there is no such column.
    private func value(_ field: RBAColumns.Field) -> ArraySlice<UInt8> {
        let place = places[field.rawValue]
        return place < 0 ? [] : row.value(place)
    }

    /// `2020-02-03 12:43:30.772`, in UTC.
    private mutating func time(_ text: ArraySlice<UInt8>) -> Timestamp? {
        let start = text.startIndex
        func number(_ range: Range<Int>) -> Int {
            (text[start + range.lowerBound..<start + range.upperBound]).number ?? -1
        }
        guard text.count >= 19, text[start + 4] == 0x2d, text[start + 7] == 0x2d, text[start + 10] == 0x20,
            text[start + 13] == 0x3a, text[start + 16] == 0x3a
        else { return nil }
        let fraction = text.dropFirst(19)
        guard fraction.isEmpty || fraction.first == 0x2e && fraction.count > 1,
            fraction.dropFirst().allSatisfy({ 0x30...0x39 ~= $0 }),
            let whole = clock.instant(
                year: number(0..<4), month: number(5..<7), day: number(8..<10), hour: number(11..<13),
                minute: number(14..<16), second: number(17..<19))
        else { return nil }
        var milliseconds: Int64 = 0
        for index in 1...3 {
            milliseconds = milliseconds * 10 + (index < fraction.count ? Int64(fraction[fraction.startIndex + index] - 0x30) : 0)
        }
        return whole + Span(milliseconds: milliseconds)
    }

    private static func truth(_ text: ArraySlice<UInt8>) -> Bool? {
        switch text.first.map(\.lowercasedASCII) {
        case UInt8(ascii: "1") where text.count == 1: true
        case UInt8(ascii: "0") where text.count == 1: false
        case UInt8(ascii: "t") where text.lazy.map(\.lowercasedASCII).elementsEqual("true".utf8): true
        case UInt8(ascii: "f") where text.lazy.map(\.lowercasedASCII).elementsEqual("false".utf8): false
        default: nil
        }
    }

    /// The browser in the place of a key: rules on `device_new` look at it.
    private var key: Observed<KeyFact> {
        let parts = (value(.browser), value(.os), value(.device))
        var text: [UInt8] = []
        text.reserveCapacity(Self.fingerprintLimit)
        if parts.0.isEmpty, parts.1.isEmpty, parts.2.isEmpty {
            text += value(.agent).prefix(Self.fingerprintLimit)
            if text.isEmpty { return .unknown("missing") }
        } else {
            let stroke = " / ".utf8
            text += parts.0.prefix(Self.fingerprintLimit)
            text += stroke
            text += parts.1.prefix(Self.fingerprintLimit)
            text += stroke
            text += parts.2.prefix(Self.fingerprintLimit)
        }
        return .known(KeyFact(type: "browser", fingerprint: Self.shown(text)))
    }

    /// What prints, clipped.
    private static func shown(_ text: [UInt8]) -> String {
        let kept = text.prefix(fingerprintLimit)
        if kept.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return String(decoding: kept, as: UTF8.self) }
        var out = ""
        for scalar in EvidenceText.printable(String(decoding: text, as: UTF8.self)).unicodeScalars {
            guard out.utf8.count + UTF8.width(scalar) <= fingerprintLimit else { break }
            out.unicodeScalars.append(scalar)
        }
        return out
    }

    private var locality: Locality {
        let (country, system) = (value(.country), value(.system))
        let isCode = country.count == 2 && country.allSatisfy { 0x61...0x7a ~= $0.lowercasedASCII }
        let number = (system).number.flatMap { $0 <= UInt32.max ? Int64($0) : nil }
        return Locality(
            country: isCode ? .known(String(decoding: country, as: UTF8.self)) : .unknown("missing"),
            system: number.map { .known(AutonomousSystem(number: $0, organisation: nil)) } ?? .unknown("missing"),
            place: .unknown("not in the data"))
    }

    private static func unknown(_ message: String, _ reading: inout LogReading) {
        reading.unknown(program, Array(message.utf8)[...])
    }
}
