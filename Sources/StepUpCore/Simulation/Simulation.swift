/// Logins that never were, decided by the function that decides real ones and folded as real ones are. Pure.
public struct Simulation: Sendable {
    public private(set) var history = History()
    private let policy: Policy
    private let needs: Needs
    private let zones: [String: ZoneRules]
    private let lookups: (any Lookups)?
    private var count: Int64 = 0
    /// Of the login that was decided last.
    public private(set) var lastAttempt: AttemptID?

    /// - Parameters:
    ///   - zones: those that the policy names; a rule whose zone is missing finds it unknown.
    ///   - lookups: a host's; nil: each login says itself what would be found.
    public init(
        _ policy: Policy, zones: [String: ZoneRules], history: History = History(), lookups: (any Lookups)? = nil
    ) {
        (self.policy, self.zones, self.history) = (policy, zones, history)
        (needs, self.lookups) = (policy.needs, lookups)
    }

    /// What would be decided now; nothing is remembered.
    public func decision(_ login: SimulatedLogin, at time: Timestamp) -> Decision {
        let attempt = attempt(login, at: time)
        return decision(attempt, facts(login, attempt))
    }

    /// What would be decided about an attempt with these facts.
    public func decision(_ attempt: Attempt, _ facts: Facts) -> Decision {
        decide(attempt, history.view(for: attempt), policy, facts)
    }

    private func facts(_ login: SimulatedLogin, _ attempt: Attempt) -> Facts {
        var facts = Facts(
            for: attempt.source, at: attempt.time, needs, listed: policy.holidays, zones: zones,
            lookups ?? SimulatedLookups(login: login))
        if lookups != nil, let locality = login.locality, attempt.source.value != nil { facts.locality = locality }
        return facts
    }

    /// A login, decided and brought to its end.
    public mutating func login(_ login: SimulatedLogin, at time: Timestamp, answer: SimulatedAnswer = .right) -> Decision {
        let attempt = attempt(login, at: time)
        let facts = facts(login, attempt)
        let decision = decision(attempt, facts)
        func end(_ outcome: Concluded.Outcome, proved: Requirement = .none, opens: Bool = false, wrong: Bool = false) {
            record(login, Decided(attempt, facts, decision, policy, self), outcome, proved: proved, opens: opens, wrong: wrong)
        }
        switch decision.verdict {
        case .allow, .ignore: end(.allowed, opens: decision.verdict == .allow)
        case .deny: end(.denied)
        case .challenge:
            switch answer {
            case .right: end(.allowed, proved: decision.required, opens: true)
            case .wrong: end(.denied, wrong: true)
            case .none: end(.abandoned)
            }
        }
        return decision
    }

    /// A login of the past that was let in, whatever this policy would have said of it.
    /// - Parameter proved: what it proved beyond the first factor: from `otp` on it teaches (S21).
    public mutating func recall(_ login: SimulatedLogin, proved: Requirement, at time: Timestamp) {
        let decision = Decision(
            verdict: proved == .none ? .allow : .challenge, basis: proved == .none ? .notRequired : .required, required: proved,
            floor: .none, shadowRequired: proved, reference: nil, rules: [])
        let attempt = attempt(login, at: time)
        record(login, Decided(attempt, facts(login, attempt), decision, policy, self), .allowed, proved: proved, opens: true)
    }

    /// A first factor that failed.
    public mutating func fail(_ login: SimulatedLogin, at time: Timestamp) {
        history.forgetChanges()
        let subject = Subject.account(Account(name: login.user, uid: 0, groups: login.groups))
        let report = Reported(service: login.service, subject: subject, source: policy.unshared(login.source), evidence: [:])
        apply(.firstFactorFailed(report), nil, login, at: time)
    }

    /// A first factor that failed, of a name that is nobody's.
    public mutating func failNobody(_ login: SimulatedLogin, at time: Timestamp) {
        history.forgetChanges()
        let subject = Subject.unresolved(hash: login.user, length: login.user.utf8.count)
        let report = Reported(service: login.service, subject: subject, source: policy.unshared(login.source), evidence: [:])
        history.apply(
            Event(
                time: time, host: login.host, attempt: nil, account: nil, salt: Self.salt, body: .firstFactorFailed(report)))
    }

    /// The session of a login that stayed ends.
    public mutating func close(_ attempt: AttemptID, of login: SimulatedLogin, at time: Timestamp) {
        let report = Reported(
            service: login.service, subject: .account(Account(name: login.user, uid: 0, groups: [])), source: login.source,
            evidence: [:])
        apply(.sessionClosed(report), attempt, login, at: time)
    }

    private func attempt(_ login: SimulatedLogin, at time: Timestamp) -> Attempt {
        var attempt = login.attempt(at: time, number: count)
        attempt.source = policy.unshared(attempt.source)
        return attempt
    }

    private mutating func record(
        _ login: SimulatedLogin, _ decided: Decided, _ outcome: Concluded.Outcome, proved: Requirement, opens: Bool,
        wrong: Bool = false
    ) {
        history.forgetChanges()
        let attempt = decided.attempt
        let time = attempt.time
        lastAttempt = attempt.id
        count += 1
        apply(.decided(decided), attempt.id, login, at: time)
        if wrong {
            apply(
                .factorChecked(
                    FactorChecked(result: .wrong, round: 1, token: nil, kind: nil, counter: nil, failed: [], knownClient: false)),
                attempt.id, login, at: time)
        }
        let end = Concluded(
            outcome: outcome, reason: "simulated", proved: proved, graceUntil: policy.grace(after: outcome, proved, at: time))
        apply(.concluded(end), attempt.id, login, at: time)
        guard opens else { return }
        let report = Reported(service: login.service, subject: attempt.subject, source: attempt.source, evidence: [:])
        apply(.sessionOpened(report), attempt.id, login, at: time)
        if !login.stays { apply(.sessionClosed(report), attempt.id, login, at: time) }
    }

    private static let salt = [UInt8](repeating: 0, count: 16)

    private mutating func apply(_ body: Event.Body, _ attempt: AttemptID?, _ login: SimulatedLogin, at time: Timestamp) {
        history.apply(
            Event(
                time: time, host: login.host, attempt: attempt, account: login.user, salt: Self.salt,
                body: body))
    }
}

extension Decided {
    fileprivate init(_ attempt: Attempt, _ facts: Facts, _ decision: Decision, _ policy: Policy, _ simulation: Simulation) {
        self.init(
            attempt: attempt, facts: facts, decision: decision, policy: policy.hash, historySize: simulation.history.size)
    }
}
