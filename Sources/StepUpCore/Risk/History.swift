/// The history that risk looks at: a pure fold over the log. It can be thrown away and rebuilt from the events at any time, and
/// is then the same (S21, S22).
///
/// A batch of events can be taken back (`rollback`): decisions of one transaction see those before them, and a transaction that
/// fails leaves no trace (S19). Between batches parts of it may rest beside the log (`AtRest`), so that a start need not fold it all.
public struct History: Sendable {
    /// Events folded.
    public private(set) var size: Int64 = 0
    public internal(set) var open = OpenTable()
    /// Hash of the policy that came into force last.
    public internal(set) var policy: String?
    /// And of the one that runs beside it; nil: none does.
    public internal(set) var shadow: String?
    var accounts: [String: Profile] = [:]
    /// Accounts whose profile rests and has not been needed yet.
    var resting: Set<String> = []
    var sources = SourceTable()
    /// Attempts on this host, over all accounts, with a first factor that was proved.
    var hostAttempts = RecentTimes()
    var population = Population()
    var exemptions: [String: Exemption] = [:]
    var fallbacks = Fallbacks()
    /// Graces that were granted at this size or before have ended.
    var graceFloor: Int64 = 0
    /// What differs from what rests.
    var changes = Changes()
    /// What was handed out to be put to rest in this batch.
    var taken: Changes?
    private var journal: Journal?

    private struct Journal: Sendable {
        var size: Int64
        var accounts: [String: Profile?] = [:]
        var sources: [IPAddress: SourceRecord?] = [:]
        var wholeSources: SourceTable?
        var open: [AttemptID: OpenAttempt?] = [:]
        var population: [String: Int?] = [:]
        var exemptions: [String: Exemption]
        var fallbacks: Fallbacks
        var hostAttempts: RecentTimes
        var policy: String?
        var shadow: String?
        var graceFloor: Int64
    }

    public init() {}

    /// One that rests: `size` events are folded in it.
    init(size: Int64) { self.size = size }

    /// What a decision about this attempt may look at.
    public func view(for attempt: Attempt) -> HistoryView {
        HistoryView(
            profile: attempt.subject.account.flatMap { profile($0.name) } ?? Profile(),
            sourceAttempts: attempt.source.value.flatMap { sources[$0]?.attempts } ?? RecentTimes(),
            networkUsers: attempt.source.value.flatMap { sources[$0.network.address]?.users } ?? RecentValues(),
            hostAttempts: hostAttempts, population: population,
            exemptions: exemptions(of: attempt.subject.account?.name))
    }

    /// The profile of an account, which must be awake.
    public func profile(_ account: String) -> Profile? {
        guard var profile = awake(account) else { return nil }
        if !profile.graces.isEmpty { profile.graces.removeAll { $0.granted <= graceFloor } }
        return profile
    }

    /// Accounts with a profile, sorted.
    public var accountNames: [String] { (Array(accounts.keys) + Array(resting)).sorted() }

    public var accountCount: Int { accounts.count + resting.count }

    /// Exemptions of one account, or all, sorted by id.
    public func exemptions(of account: String? = nil) -> [Exemption] {
        if exemptions.isEmpty { return [] }
        return exemptions.values.filter { account == nil || $0.user == account }.sorted { $0.id < $1.id }
    }

    /// Whether the module fell back in this request.
    public func hasFallenBack(_ request: String) -> Bool { fallbacks.contains(request) }

    // MARK: Batches

    /// From here on `rollback` leads back to this state.
    public mutating func begin() {
        journal = Journal(
            size: size, exemptions: exemptions, fallbacks: fallbacks, hostAttempts: hostAttempts, policy: policy,
            shadow: shadow, graceFloor: graceFloor)
    }

    /// Makes the batch final.
    public mutating func commit() {
        journal = nil
        taken = nil
    }

    /// Takes back all since `begin`.
    public mutating func rollback() {
        guard let journal else { return }
        self.journal = nil
        (size, exemptions, fallbacks) = (journal.size, journal.exemptions, journal.fallbacks)
        (policy, shadow) = (journal.policy, journal.shadow)
        (graceFloor, hostAttempts) = (journal.graceFloor, journal.hostAttempts)
        for (name, old) in journal.accounts { accounts[name] = old }
        for (id, old) in journal.open { open[id] = old }
        for (key, old) in journal.population { population.counts[key] = old }
        if let table = journal.wholeSources { sources = table }
        for (address, old) in journal.sources { sources[address] = old }
        // What was handed out did not come to rest. (What the batch touched stays marked: it is put to rest once more, unchanged.)
        if let taken { changes.add(taken) }
        taken = nil
    }

    /// Of a history that is never put to rest: what would have to be is not kept.
    public mutating func forgetChanges() { changes = Changes() }

    // MARK: The fold

    /// Folds one event, the next of the log. Every account that it is about must be awake.
    public mutating func apply(_ event: Event) {
        size += 1
        switch event.body {
        case .decided(let decided): apply(decided)
        case .factorChecked(let check): apply(check, event)
        case .concluded(let end): apply(end, event)
        case .sessionOpened: if let id = event.attempt { sessionOpened(id, at: event.time) }
        case .notCompleted: if let id = event.attempt { setOpen(id, nil) }
        case .firstFactorFailed(let report): failed(report.subject.account?.name, report.subject, report.source, at: event.time)
        case .failuresAggregated(let source, let count):
            for _ in 0..<max(0, min(count, Int64(RecentTimes.capacity))) { failed(event.account, nil, source, at: event.time) }
        case .overridden: if let id = event.attempt { setOpen(id, nil) }
        case .tokenChanged(let change):
            if let account = event.account { update(account) { $0.apply(change, at: event.time) } }
        case .userReset(let scope, _):
            if let account = event.account { update(account) { $0.reset(scope) } }
        case .exemptionGranted(let exemption, _): setExemption(exemption.id, exemption)
        case .exemptionRevoked(let id, _): setExemption(id, nil)
        case .clockStepped(let milliseconds):
            graceFloor = size
            moveReleased(by: milliseconds)
        // Nobody can say whether the clock was set while the daemon was away (S06).
        case .daemonStarted: graceFloor = size
        case .fellBack(let fallback):
            fallbacks.append(fallback.request)
            changes.fallbacks = true
        case .policyLoaded(let hash, _, _): policy = hash
        case .shadowPolicy(let hash, _, _): shadow = hash
        case .sessionClosed: if let id = event.attempt, let account = event.account { sessionClosed(id, account) }
        case .challenged, .callerRefused, .policyRejected, .daemonStopped, .ledgerInitialised: break
        }
    }

    private mutating func apply(_ decided: Decided) {
        let attempt = decided.attempt
        // Before this attempt is noted itself.
        let paces = Paces(
            at: attempt.time, source: attempt.source.value.map { sources[$0]?.attempts ?? RecentTimes() }, host: hostAttempts)
        if let address = attempt.source.value { note(attempt.subject, from: address, at: attempt.time) }
        guard let account = attempt.subject.account else { return }
        // Who has proved nothing at all must not be able to make the owner's logins look like a burst.
        if decided.decision.basis != .firstFactor {
            update(account.name) { profile in
                profile.attempts.record(attempt.time)
                profile.targets.record(attempt.target, at: attempt.time)
            }
            hostAttempts.record(attempt.time)
        }
        setOpen(
            attempt.id,
            OpenAttempt(
                account: account.name, channel: attempt.channel, service: attempt.service, request: attempt.request,
                began: attempt.time,
                source: attempt.source, key: attempt.key, basis: decided.decision.basis,
                required: decided.decision.required,
                hours: Dictionary(decided.facts.localTimes.map { ($0.zone, $0.hourOfWeek) }) { first, _ in first },
                locality: decided.facts.locality, paces: paces, target: attempt.target))
    }

    private mutating func apply(_ check: FactorChecked, _ event: Event) {
        guard let id = event.attempt, let attempt = open[id] else { return }
        if check.result == .accepted, let kind = check.kind {
            var proved = attempt
            proved.proved = max(proved.proved, kind.assurance)
            setOpen(id, proved)
        }
        update(attempt.account) { $0.apply(check, attempt, at: event.time) }
    }

    private mutating func apply(_ end: Concluded, _ event: Event) {
        guard let id = event.attempt, var attempt = open[id] else { return }
        guard end.outcome == .allowed || end.outcome == .ignored else {
            setOpen(id, nil)
            return
        }
        attempt.stage = .released(at: event.time)
        attempt.proved = end.proved
        setOpen(id, attempt)
        if let until = end.graceUntil, let source = attempt.source.value, let key = attempt.key.value {
            let grace = Grace(
                attempt: id, source: source.description, key: key.fingerprint, service: attempt.service, host: event.host,
                proved: end.proved, granted: size, began: event.time, until: until)
            update(attempt.account) { profile in
                profile.graces.removeAll { $0.until <= event.time }
                profile.graces = profile.graces.suffix(7) + [grace]
            }
        }
    }

    private mutating func sessionOpened(_ id: AttemptID, at time: Timestamp) {
        guard let attempt = open[id], case .released = attempt.stage else { return }
        setOpen(id, nil)
        var (counted, isFirst): ([Population.Value]?, Bool) = (nil, false)
        update(attempt.account) { profile in
            isFirst = profile.ownCounts.total == 0
            counted = profile.login(id, attempt, at: time)
        }
        if let counted { for (key, count) in population.login(counted, isFirst: isFirst) { setCount(key, count) } }
    }

    private mutating func sessionClosed(_ id: AttemptID, _ account: String) {
        guard awake(account)?.sessions.contains(where: { $0.attempt == id }) == true else { return }
        update(account) { profile in profile.sessions.removeAll { $0.attempt == id } }
    }

    /// Two minutes are two minutes, whatever the wall clock says (S20).
    private mutating func moveReleased(by milliseconds: Int64) {
        for id in open.allReleased {
            guard var attempt = open[id], case .released(let at) = attempt.stage else { continue }
            attempt.stage = .released(at: Timestamp(milliseconds: at.milliseconds + milliseconds))
            setOpen(id, attempt)
        }
    }

    /// A first factor failed, of `account` if the name was somebody's.
    /// - Parameter subject: who; nil where many were counted together.
    private mutating func failed(_ account: String?, _ subject: Subject?, _ source: Observed<IPAddress>, at time: Timestamp) {
        if let address = source.value { note(subject, from: address, at: time) }
        guard let account else { return }
        update(account) { profile in
            profile.attempts.record(time)
            profile.fail(source: source, key: .notApplicable, at: time)
        }
    }

    // MARK: Journalled changes

    private mutating func update(_ account: String, _ change: (inout Profile) -> Void) {
        let before = awake(account)
        if journal?.accounts.index(forKey: account) == nil { journal?.accounts.updateValue(before, forKey: account) }
        change(&accounts[account, default: Profile()])
        changes.accounts.insert(account)
    }

    private mutating func setOpen(_ id: AttemptID, _ value: OpenAttempt?) {
        if journal?.open.index(forKey: id) == nil { journal?.open.updateValue(open[id], forKey: id) }
        open[id] = value
        changes.open.insert(id)
    }

    private mutating func setCount(_ key: String, _ count: Int) {
        if journal?.population.index(forKey: key) == nil { journal?.population.updateValue(population.counts[key], forKey: key) }
        population.counts[key] = count
        changes.population.insert(key)
    }

    private mutating func setExemption(_ id: String, _ value: Exemption?) {
        exemptions[id] = value
        changes.exemptions.insert(id)
    }

    private mutating func note(_ subject: Subject?, from address: IPAddress, at time: Timestamp) {
        change(address, at: time) { $0.attempts.record(time) }
        if let subject { change(address.network.address, at: time) { $0.users.record(subject.identity, at: time) } }
    }

    private mutating func change(_ address: IPAddress, at time: Timestamp, _ change: (inout SourceRecord) -> Void) {
        if journal != nil, journal?.wholeSources == nil, journal?.sources.index(forKey: address) == nil {
            journal?.sources.updateValue(sources[address], forKey: address)
        }
        if sources.isFull, sources[address] == nil {
            // Rare: the eviction touches many, so the table as it is goes into the journal whole.
            if journal != nil, journal?.wholeSources == nil { journal?.wholeSources = sources }
            changes.sources.formUnion(sources.evict(before: time))
        }
        sources.change(address, change)
        changes.sources.insert(address)
    }
}

extension History: Equatable {
    /// Equal when the folded state is; open batches and what rests do not count. Every account must be awake.
    public static func == (a: Self, b: Self) -> Bool {
        precondition(a.resting.isEmpty && b.resting.isEmpty, "histories are compared awake")
        return a.size == b.size && a.open == b.open && a.accounts == b.accounts && a.sources == b.sources
            && a.exemptions == b.exemptions && a.fallbacks == b.fallbacks && a.policy == b.policy && a.shadow == b.shadow
            && a.graceFloor == b.graceFloor
            && a.hostAttempts == b.hostAttempts && a.population == b.population
    }
}
