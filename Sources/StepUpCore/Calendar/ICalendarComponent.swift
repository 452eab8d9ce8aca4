/// An event as it stands in the file: its own properties, without those of the components in it, such as alarms.
struct ICalendarComponent {
    /// Of its BEGIN.
    let line: Int
    private var properties: [ContentLine] = []

    private init(line: Int) { self.line = line }

    /// The events of one calendar. Time zones, alarms, other components and properties that are not known are skipped.
    static func events(in lines: [ContentLine]) throws(ICalendarError) -> [ICalendarComponent] {
        var events: [ICalendarComponent] = []
        var open: [(name: String, line: Int)] = []
        for (index, line) in lines.enumerated() {
            guard index == 0 || !open.isEmpty else {
                throw ICalendarError(line.number, "the calendar has ended before this line; a file holds one calendar")
            }
            switch line.name {
            case "BEGIN":
                let name = try line.component()
                try check(line, name: name, in: open.map(\.name))
                if name == "VEVENT" { events.append(ICalendarComponent(line: line.number)) }
                guard events.count <= ICalendarLimit.events else {
                    throw ICalendarError(line.number, "more than \(ICalendarLimit.events) events; leave out old years")
                }
                open.append((name, line.number))
            case "END":
                let name = try line.component()
                if let last = open.popLast(), last.name != name {
                    throw ICalendarError(
                        line.number,
                        "expected END:\(ICalendarError.excerpt(last.name)) for the BEGIN at line \(last.line), not "
                            + "END:\(ICalendarError.excerpt(name)); a part of the file is missing")
                }
            default:
                if open.count == 1 { try check(line) }
                if open.count == 2, open[1].name == "VEVENT" { events[events.count - 1].properties.append(line) }
            }
        }
        guard !events.isEmpty else {
            throw ICalendarError(lines.last?.number ?? 1, "the calendar has no VEVENT; expected one for each holiday")
        }
        return events
    }

    /// An event anywhere but in the calendar itself would be skipped with what it is in.
    private static func check(_ line: ContentLine, name: String, in open: [String]) throws(ICalendarError) {
        if name == "VEVENT", open != ["VCALENDAR"] {
            let outer = ICalendarError.excerpt(open.last ?? "")
            throw ICalendarError(line.number, "a VEVENT inside \(outer); expected END:\(outer) before it")
        }
        guard (name == "VCALENDAR") == open.isEmpty else {
            throw ICalendarError(line.number, "a VCALENDAR inside another; a file holds one calendar")
        }
        guard open.count < ICalendarLimit.depth else {
            throw ICalendarError(line.number, "components more than \(ICalendarLimit.depth) deep")
        }
    }

    /// What changes the meaning of all that follows.
    private static func check(_ property: ContentLine) throws(ICalendarError) {
        let expected: [String: String] = ["VERSION": "2.0", "CALSCALE": "GREGORIAN"]
        guard let value = expected[property.name], property.text.uppercased() != value else { return }
        throw ICalendarError(
            property.number,
            "\(property.name) is '\(ICalendarError.excerpt(property.value))'; expected \(value), so export it again as that")
    }

    func all(_ name: String) -> [ContentLine] { properties.filter { $0.name == name } }

    /// The property that may stand once.
    func one(_ name: String) throws(ICalendarError) -> ContentLine? {
        let found = all(name)
        if found.count > 1 { throw ICalendarError(found[1].number, "a second \(name) in one event; expected one") }
        return found.first
    }

    /// For people: its SUMMARY, as it stands in the file.
    var title: String {
        guard let summary = all("SUMMARY").first else { return "the event" }
        return "the event '\(ICalendarError.excerpt(summary.value))'"
    }
}
