import StepUpCore
import StepUpCrypto

/// The files of `LookupSources` as they were read last: a value, so that one decision sees one state of them. Thread-safe.
public struct FileLookups: Lookups {
    private let sources: LookupSources
    private var lists: [String: ReadFile<CIDRList>] = [:]
    private var holidays: [String: ReadFile<Holidays>] = [:]
    private var country: ReadFile<CountryDatabase>?
    private var system: ReadFile<SystemDatabase>?
    private var place: ReadFile<MaxMindDatabase>?

    /// Nothing is read yet.
    public init(_ sources: LookupSources) { self.sources = sources }

    /// Reads what has changed since; a file that cannot be read is unknown until it can be. May take a second.
    /// - Returns: what was found, a line each, in words for the log.
    /// - Parameter quickly: what takes seconds, a database of libloc, is left for the next time.
    public mutating func refresh(quickly: Bool = false) -> [Note] {
        var notes: [Note] = []
        for file in sources.lists {
            Self.refresh(&lists[file.name], "the list \(file.name)", [file.path], CIDRList.sizeLimit, &notes) { bytes in
                try CIDRList(bytes[0])
            }
        }
        for file in sources.holidays {
            Self.refresh(&holidays[file.name], "the calendar \(file.name)", [file.path], 1 << 20, &notes) { bytes in
                try Holidays(iCalendar: bytes[0])
            }
        }
        switch sources.country {
        case .tor(let folder):
            let paths = ["\(folder)/geoip", "\(folder)/geoip6"]
            Self.refresh(&country, "the country database", paths, CountryTable.sizeLimit, &notes) { bytes in
                var table = CountryTable()
                for bytes in bytes { try table.add(bytes) }
                return .table(table)
            }
        case .maxMind(let path):
            Self.refresh(&country, "the country database", [path], MaxMindDatabase.sizeLimit, &notes) {
                .maxMind(try MaxMindDatabase($0[0]))
            }
        case nil: break
        }
        switch sources.system {
        case .loc(let path, let key) where !quickly:
            Self.refresh(&system, "the AS database", [path, key], LocDatabase.sizeLimit, &notes) { bytes in
                let (table, made) = try LocDatabase.read(bytes[0], key: bytes[1])
                return .table(table, made: made)
            }
        case .maxMind(let path):
            Self.refresh(&system, "the AS database", [path], MaxMindDatabase.sizeLimit, &notes) {
                .maxMind(try MaxMindDatabase($0[0]))
            }
        case .loc, nil: break
        }
        if let path = sources.place { Self.refresh(&place, "the place database", path, &notes) }
        return notes
    }

    /// The same as a new value.
    public func refreshed() -> (FileLookups, [Note]) {
        var next = self
        let notes = next.refresh()
        return (next, notes)
    }

    public struct Note: Hashable, Sendable {
        public var text: String
        public var isProblem: Bool
    }

    private static func refresh(
        _ file: inout ReadFile<MaxMindDatabase>?, _ what: String, _ path: String, _ notes: inout [Note]
    ) {
        refresh(&file, what, [path], MaxMindDatabase.sizeLimit, &notes) { try MaxMindDatabase($0[0]) }
    }

    private static func refresh<Content>(
        _ file: inout ReadFile<Content>?, _ what: String, _ paths: [String], _ limit: Int, _ notes: inout [Note],
        _ parse: ([[UInt8]]) throws -> Content
    ) {
        guard let next = ReadFile.next(after: file, paths, limit: limit, parse) else { return }
        if next.isNews(after: file) {
            let text = next.problem.map { "\($0); what hangs on it is unknown" } ?? "read from \(paths.joined(separator: " and "))"
            notes.append(Note(text: "\(what): \(text)", isProblem: next.problem != nil))
        }
        file = next
    }

    /// What a policy names and this host does not have, in words.
    public func problems(of policy: Policy) -> [String] { sources.problems(of: policy) }

    // MARK: Looking up

    /// - Returns: nil where no database is set up.
    public func locality(of address: IPAddress, at now: Timestamp) -> Locality? {
        guard sources.country != nil || sources.system != nil || sources.place != nil else { return nil }
        var databases: [String] = []
        func ask<Content, Fact>(
            _ kind: String, _ file: ReadFile<Content>?, _ built: (Content) -> Timestamp?, _ fact: (Content) -> Observed<Fact>
        ) -> Observed<Fact> {
            guard let file else { return .unknown("no database") }
            guard let content = file.content else { return .unknown("the database cannot be read") }
            let made = built(content) ?? file.changed
            databases.append("\(kind) \(made.rfc3339.prefix(10)) \(file.hash ?? "?")")
            if let reason = Self.old(made, sources.geoMaxAge, at: now) { return .unknown(reason) }
            return fact(content)
        }
        let country = ask("country", country, \.built) { $0.country(of: address) }
        let system = ask("asn", system, \.built) { $0.system(of: address) }
        var place = ask("place", place, \.built) { $0.place(of: address) }
        // Where no database of places knows better, somewhere in the country.
        if place == .unknown("no entry") || sources.place == nil {
            switch country {
            case .known(let code): place = Country.place(of: code).map { .known($0) } ?? .unknown("no entry")
            case .unknown(let reason) where sources.place == nil: place = .unknown(reason)
            default: break
            }
        }
        if sources.egress.contains(where: { $0.contains(address) }) { place = .notApplicable }
        return Locality(country: country, system: system, place: place, databases: databases)
    }

    public func list(_ name: String, holding address: IPAddress, at now: Timestamp) -> ListFact {
        guard let source = sources.lists.first(where: { $0.name == name }) else {
            return ListFact(list: name, hash: nil, result: .unknown("this host has no list of that name"))
        }
        guard let file = lists[name], let list = file.content else {
            return ListFact(list: name, hash: nil, result: .unknown("the list cannot be read"))
        }
        let result: ListFact.Result =
            if let reason = Self.old(file.changed, source.maxAge, at: now) {
                .unknown(reason)
            } else {
                list.network(holding: address).map { .listed($0.description) } ?? .notListed
            }
        return ListFact(list: name, hash: file.hash, result: result)
    }

    public func holidays(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading {
        guard let source = sources.holidays.first(where: { $0.name == calendar }) else {
            return HolidayFact.Reading(days: .unknown("this host has no such calendar"))
        }
        guard let file = holidays[calendar], let days = file.content else {
            return HolidayFact.Reading(days: .unknown("the calendar cannot be read"))
        }
        if let reason = Self.old(file.changed, source.maxAge, at: now) {
            return HolidayFact.Reading(days: .unknown(reason), hash: file.hash)
        }
        return HolidayFact.Reading(days: .known(days.days(around: today)), hash: file.hash)
    }

    private static func old(_ changed: Timestamp, _ limit: Span?, at now: Timestamp) -> String? {
        guard let limit else { return nil }
        if changed - now > .days(1) { return "dated in the future" }
        return now - changed > limit ? "older than \(limit.text)" : nil
    }

    // MARK: Status

    /// How a file stands, for an admin.
    public struct State: Hashable, Sendable {
        public var name: String
        /// What can be looked up in it: networks, days, ranges.
        public var entries: Int
        /// When its data was made or changed; nil: it could not be read.
        public var changed: Timestamp?
        /// Why what hangs on it is unknown; nil: it is good.
        public var problem: String?
    }

    /// Of every file that is set up.
    public func states(at now: Timestamp) -> [State] {
        func state<Content>(
            _ name: String, _ file: ReadFile<Content>?, _ limit: Span?, _ entries: (Content) -> Int,
            _ built: (Content) -> Timestamp? = { _ in nil }
        ) -> State {
            guard let file, let content = file.content else {
                return State(name: name, entries: 0, changed: nil, problem: file?.problem ?? "was not read yet")
            }
            let made = built(content) ?? file.changed
            return State(name: name, entries: entries(content), changed: made, problem: Self.old(made, limit, at: now))
        }
        var states: [State] = []
        if sources.country != nil { states.append(state("country database", country, sources.geoMaxAge, \.count, \.built)) }
        if sources.system != nil { states.append(state("AS database", system, sources.geoMaxAge, \.count, \.built)) }
        if sources.place != nil { states.append(state("place database", place, sources.geoMaxAge, \.count, \.built)) }
        states += sources.lists.map { state("list \($0.name)", lists[$0.name], $0.maxAge, \.count) }
        states += sources.holidays.map { file in
            var state = state("calendar \(file.name)", holidays[file.name], file.maxAge, \.count)
            if state.problem == nil, let last = holidays[file.name]?.content?.last, last.day < now.seconds / 86_400 {
                state.problem = "its last day was \(last); no later day is a holiday"
            }
            return state
        }
        return states
    }
}
