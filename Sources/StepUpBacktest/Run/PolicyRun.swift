import StepUpCore
import StepUpLogs

/// One policy over the events, and what it did to whom.
struct PolicyRun: Sendable {
    let policy: Policy
    private let name: String
    private var simulation: Simulation
    private var sessions = SessionTable()
    private var people: [String: Record] = [:]
    private var days: [Int64: PolicyOutcome.Day] = [:]
    private var rules: [PolicyOutcome.Rule]
    private var hours = [Int](repeating: 0, count: 168)
    private var firstTen = [PolicyOutcome.Ordinal](repeating: PolicyOutcome.Ordinal(), count: 10)
    private var prompts = 0
    private var hardware = 0
    private var denials = 0
    private var denied: [PolicyOutcome.Denial] = []
    private var probes = Probes()
    private var strangers: Set<String> = []
    private static let mostStrangers = 10_000
    private let zone: ZoneRules

    private struct Record {
        var logins = 0
        var prompts = 0
        var denials = 0
        var first: Timestamp
        /// A bit for each rule that fired.
        var fired: UInt64 = 0
    }

    init(_ candidate: Backtest.Candidate, _ settings: Backtest.Settings) {
        (policy, name, zone) = (candidate.policy, candidate.name, settings.zone)
        simulation = Simulation(
            policy, zones: candidate.zones, lookups: settings.lookups ?? NothingKnown())
        rules = policy.rules.map { rule in
            PolicyOutcome.Rule(
                name: rule.name, requirement: rule.requirement, mode: rule.mode,
                words: rule.words.sentence)
        }
    }

    mutating func take(_ event: LogEvent, _ login: SimulatedLogin) -> Decision? {
        switch event.kind {
        case .accepted: return accepted(event, login)
        case .failed: failed(event, login)
        case .closed:
            if let session = event.session, let open = sessions.close(session) {
                simulation.close(open.attempt, of: open.login, at: event.time)
            }
        case .invalidUser: break
        }
        return nil
    }

    mutating func probe(_ attempts: [ImaginedAttempts.Attempt]) { probes.attempts(attempts, simulation) }

    var remembered: Int { simulation.history.accountCount }

    // MARK: Logins

    private mutating func accepted(_ event: LogEvent, _ login: SimulatedLogin) -> Decision {
        // An attacker has no code. Whoever else was let in would have had one.
        let decision = simulation.login(login, at: event.time, answer: event.label == .takeover ? .wrong : .right)
        if event.label == .takeover {
            probes.takeover(decision)
            return decision
        }
        if login.stays, let session = event.session, let attempt = simulation.lastAttempt {
            if let old = sessions.open(session, attempt, login) { simulation.close(old.attempt, of: old.login, at: event.time) }
        }
        count(decision, event)
        return decision
    }

    private mutating func failed(_ event: LogEvent, _ login: SimulatedLogin) {
        probes.failure(event, login, simulation)
        guard Self.reachesPAM(event.method) else { return }
        if event.isAccount, isKnown(event.user) {
            simulation.fail(login, at: event.time)
        } else {
            simulation.failNobody(login, at: event.time)
        }
    }

    /// Some logs do not say whose name is nobody's: of those that were never let in, so many are remembered and no more.
    private mutating func isKnown(_ user: String) -> Bool {
        if people[user] != nil || strangers.contains(user) { return true }
        guard strangers.count < Self.mostStrangers else { return false }
        strangers.insert(user)
        return true
    }

    /// A key that was offered and not taken is no failed login: clients offer all they have, and PAM never hears of it.
    private static func reachesPAM(_ method: String) -> Bool {
        !["publickey", "hostbased", "none"].contains(method) && !method.hasPrefix("gssapi")
    }

    // MARK: Counting

    private mutating func count(_ decision: Decision, _ event: LogEvent) {
        let (isPrompt, isDenial) = (decision.verdict == .challenge, decision.verdict == .deny)
        let fired = decision.rules.filter(\.result.hasFired)
        var record = people[event.user] ?? Record(first: event.time)
        if record.logins < firstTen.count {
            firstTen[record.logins].logins += 1
            if isPrompt || isDenial { firstTen[record.logins].prompts += 1 }
        }
        record.logins += 1
        let local = LocalTime(zone: "", rules: zone, at: event.time)
        let date = CivilDate(local: event.time, offsetSeconds: local.offsetSeconds)
        days[date.day, default: PolicyOutcome.Day(date: date)].logins += 1
        if isPrompt {
            prompts += 1
            record.prompts += 1
            days[date.day]?.prompts += 1
            if decision.required >= .hardware { hardware += 1 }
            hours[local.hourOfWeek] += 1
        }
        if isDenial {
            denials += 1
            record.denials += 1
            days[date.day]?.denials += 1
            if denied.count < 20 {
                denied.append(PolicyOutcome.Denial(time: event.time, user: event.user, rules: fired.map(\.name)))
            }
        }
        let enforced = fired.filter { $0.mode == .enforce }
        for (index, outcome) in decision.rules.enumerated() where outcome.result.hasFired && index < rules.count {
            rules[index].fired += 1
            if outcome.result == .firedUnknown { rules[index].unknown += 1 }
            if enforced.count == 1, outcome.mode == .enforce { rules[index].alone += 1 }
            if index < 64 { record.fired |= 1 << UInt64(index) }
        }
        people[event.user] = record
    }

    // MARK: The outcome

    func outcome(_ past: PastCounts, _ settings: Backtest.Settings) -> PolicyOutcome {
        var outcome = PolicyOutcome(name: name, hash: policy.hash)
        (outcome.prompts, outcome.denials, outcome.hardware) = (prompts, denials, hardware)
        outcome.days = past.days(settings).map { days[$0.day] ?? PolicyOutcome.Day(date: $0) }
        outcome.perDay = PolicyOutcome.Quantiles(outcome.days.map(\.prompts))
        let all = people.map { name, record in
            var person = PolicyOutcome.Person(name: name)
            (person.logins, person.prompts, person.denials) = (record.logins, record.prompts, record.denials)
            person.perWeek = record.prompts * 100 * 7 * 86_400 / past.seconds(since: record.first)
            return person
        }
        outcome.perWeek = PolicyOutcome.Quantiles(all.map(\.perWeek))
        outcome.worst = Array(
            all.filter { $0.prompts + $0.denials > 0 }
                .sorted { ($1.prompts + $1.denials, $0.name) < ($0.prompts + $0.denials, $1.name) }.prefix(10))
        outcome.rules = rules
        for index in rules.indices.prefix(64) {
            outcome.rules[index].people = people.values.count { $0.fired >> UInt64(index) & 1 == 1 }
        }
        (outcome.hours, outcome.firstTen) = (hours, firstTen)
        outcome.caught = probes.caught
        outcome.deniedLogins = denied
        return outcome
    }
}

/// Where nothing is looked up.
struct NothingKnown: Lookups {
    func locality(of address: IPAddress, at now: Timestamp) -> Locality? { nil }
    func list(_ name: String, holding address: IPAddress, at now: Timestamp) -> ListFact {
        ListFact(list: name, hash: nil, result: .unknown("not looked up"))
    }
    func holidays(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading {
        HolidayFact.Reading(days: .unknown("not looked up"))
    }
}

/// Sessions whose end will be told, the latest `capacity` of them.
struct SessionTable: Sendable {
    static let capacity = 16_384

    struct Open: Sendable {
        var attempt: AttemptID
        var login: SimulatedLogin
    }

    private var entries: [String: Open] = [:]

    /// - Returns: what had that name before: a process's number has come again, and nobody told of the end.
    mutating func open(_ session: String, _ attempt: AttemptID, _ login: SimulatedLogin) -> Open? {
        if entries.count >= Self.capacity {
            // Ids begin with the time: the older half has ended, or will be forgotten after a day anyway.
            let middle = entries.values.map(\.attempt).sorted()[entries.count / 2]
            entries = entries.filter { $0.value.attempt >= middle }
        }
        return entries.updateValue(Open(attempt: attempt, login: login), forKey: session)
    }

    mutating func close(_ session: String) -> Open? { entries.removeValue(forKey: session) }
}

extension PolicyOutcome.Quantiles {
    /// Nearest rank.
    init(_ values: [Int]) {
        self.init()
        let sorted = values.sorted()
        guard let last = sorted.last else { return }
        func rank(_ percent: Int) -> Int { sorted[max(0, (sorted.count * percent + 99) / 100 - 1)] }
        (p50, p95, most) = (rank(50), rank(95), last)
    }
}

extension Paragraph {
    /// All in one line: parts of a list one behind the other.
    fileprivate var sentence: String {
        var out = ""
        var isList = false
        for line in lines {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("- ") {
                out += (isList ? "; " : " ") + text.dropFirst(2)
                isList = true
            } else {
                out += (isList ? ". " : out.isEmpty ? "" : " ") + text
                isList = false
            }
        }
        return isList ? out + "." : out
    }
}
