/// A login as a scenario tells it: the facts that a rule may look at.
public struct SimulatedLogin: Hashable, Sendable {
    public var user: String
    public var groups: [String]
    public var service: String
    public var host: String
    public var tags: [String]
    public var channel: Channel
    public var source: Observed<IPAddress>
    public var key: Observed<KeyFact>
    /// Its session stays open; else it is closed at once.
    public var stays = false
    /// What the databases would say of its address; where a host's are asked, nil leaves the word to them.
    public var locality: Locality? = .usual
    /// The arguments of a sudo.
    public var command: String?
    /// The lists that hold its address; others do not.
    public var listed: Set<String> = []
    /// Whether its day is a holiday by the calendars of the host.
    public var isHoliday = false

    public init(
        user: String, groups: [String] = [], service: String, host: String, tags: [String] = [], channel: Channel = .pam,
        source: Observed<IPAddress>, key: Observed<KeyFact>
    ) {
        (self.user, self.groups, self.service, self.host) = (user, groups, service, host)
        (self.tags, self.channel, self.source, self.key) = (tags, channel, source, key)
    }

    /// The facts of a real one; of a name that is nobody's the user is empty.
    public init(_ attempt: Attempt) {
        let account = attempt.subject.account
        self.init(
            user: account?.name ?? "", groups: account?.groups ?? [], service: attempt.service, host: attempt.host,
            tags: attempt.tags,
            channel: attempt.channel, source: attempt.source, key: attempt.key)
        (locality, command) = (nil, attempt.evidence["command"])
    }

    /// - Parameter number: makes its id; two of one moment need two.
    func attempt(at time: Timestamp, number: Int64) -> Attempt {
        let random = withUnsafeBytes(of: number.bigEndian) { [0, 0] + Array($0) }
        return Attempt(
            id: AttemptID(time: time, random: random), request: Hex.encode([0, 0, 0, 0, 0, 0] + random), time: time, host: host,
            channel: channel, phase: .auth, accountMode: nil, service: service,
            subject: .account(Account(name: user, uid: 0, groups: groups)), source: source, key: key,
            firstFactor: .proved(["simulated"]), tags: tags, evidence: command.map { ["command": $0] } ?? [:])
    }
}

extension Locality {
    /// Of an account's usual place, in scenarios that do not say.
    public static let usual = Locality(
        country: .known("CH"), system: .known(AutonomousSystem(number: 64_500, organisation: "Usual")),
        place: Country.place(of: "CH").map { .known($0) } ?? .unknown("no entry"))
}

/// Says what a scenario says.
struct SimulatedLookups: Lookups {
    var login: SimulatedLogin

    func locality(of address: IPAddress, at now: Timestamp) -> Locality? { login.locality }

    func list(_ name: String, holding address: IPAddress, at now: Timestamp) -> ListFact {
        ListFact(list: name, hash: nil, result: login.listed.contains(name) ? .listed(address.description) : .notListed)
    }

    func holidays(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading {
        HolidayFact.Reading(days: .known(HolidayFact.Days(today: login.isHoliday, yesterday: false)))
    }
}

/// What a person does when asked.
public enum SimulatedAnswer: String, CaseIterable, Hashable, Sendable {
    /// A code that meets what is required; then the session opens.
    case right
    case wrong
    /// None at all.
    case none
}
