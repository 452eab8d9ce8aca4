/// Decides an attempt. Pure: no I/O, no clock, no randomness, no floating point; the same arguments give the same decision on
/// every machine, for ever. It runs live, in tests, and in `audit replay`.
///
/// The strongest requirement wins; `deny` absorbs; an unresolved subject and a missing first factor are never allowed.
public func decide(_ attempt: Attempt, _ history: HistoryView, _ policy: Policy, _ facts: Facts) -> Decision {
    let rules = policy.rules.map { $0.outcome(attempt, history, facts) }
    let floor = policy.floors.filter { $0.scope.match(attempt) != .differs }.map(\.requirement).max() ?? .none
    var (required, watched) = (floor, floor)
    for rule in rules where rule.result.hasFired {
        watched = max(watched, rule.requirement)
        if rule.mode == .enforce { required = max(required, rule.requirement) }
    }

    func decision(_ verdict: Decision.Verdict, _ basis: Decision.Basis, _ reference: String? = nil) -> Decision {
        Decision(
            verdict: verdict, basis: basis, required: required, floor: floor, shadowRequired: watched,
            reference: reference, rules: rules)
    }
    func recordedOr(_ refusal: Decision) -> Decision {
        attempt.phase == .account && attempt.accountMode == .record ? decision(.ignore, .recorded) : refusal
    }

    guard attempt.subject.account != nil else { return recordedOr(decision(.deny, .unknownUser)) }
    if attempt.phase == .auth, case .missing = attempt.firstFactor { return decision(.deny, .firstFactor) }
    if required == .deny { return recordedOr(decision(.deny, .policy)) }
    if required == .none { return decision(.allow, .notRequired) }
    if floor == .none, let exemption = history.exemptions.first(where: { $0.covers(attempt) }) {
        return decision(.allow, .exemption, exemption.id)
    }
    if attempt.phase == .account { return recordedOr(decision(.deny, .stepUpSkipped)) }
    if let grace = history.profile.graces.first(where: { $0.covers(required, attempt) }) {
        return decision(.allow, .grace, grace.attempt.description)
    }
    return decision(.challenge, .required)
}

extension Rule {
    func outcome(_ attempt: Attempt, _ history: HistoryView, _ facts: Facts) -> RuleOutcome {
        // An exception counts only when it surely matches: what is unknown never excuses.
        if let exception, exception.match(attempt) == .matches { return RuleOutcome(self, .outOfScope) }
        let match = scope.match(attempt)
        if match == .differs { return RuleOutcome(self, .outOfScope) }
        let (truth, signals) = condition.read(attempt, history, facts)
        func unknown(_ reason: String) -> RuleOutcome {
            RuleOutcome(self, onUnknown == .fire ? .firedUnknown : .skippedUnknown, signals, reason: reason)
        }
        switch truth {
        case .notApplicable: return RuleOutcome(self, .notApplicable, signals)
        case .quiet: return RuleOutcome(self, .quiet, signals)
        case .unknown(let reason): return unknown(reason)
        case .fired:
            if case .unknown(let reason) = match { return unknown("source: \(reason)") }
            return RuleOutcome(self, .fired, signals)
        }
    }
}
