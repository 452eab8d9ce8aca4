import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpWire

extension Engine {
    /// A login begins: decide, record the decision, and release the verdict or put a prompt.
    mutating func handle(
        _ request: BeginRequest, _ subject: Subject, _ name: NameResolver.Answer, from peer: ModulePeer, in step: Step
    ) throws -> ModuleReply {
        let (policy, radius) = (active.policy, request.facts.radius)
        let attempt = Attempt(
            id: try newAttemptID(step), request: request.facts.request, time: step.now, host: settings.host,
            channel: request.facts.channel, phase: request.phase, accountMode: request.accountMode,
            service: AttemptFacts.service(request.facts), subject: subject,
            source: source(of: request.facts, request.firstFactor), key: try key(of: request),
            firstFactor: AttemptFacts.firstFactor(request), tags: radius.map { $0.profile?.tags ?? [] } ?? settings.tags,
            evidence: evidence(request, subject, name))
        let facts = Facts(
            for: attempt.source, at: step.now, plan.needs, listed: plan.holidays, zones: plan.zones, lookups)
        let view = history.view(for: attempt)
        let decision = decide(attempt, view, policy, facts)
        let beside = shadow.map { ShadowDecision(decide(attempt, view, $0.policy, facts), of: $0.policy) }
        // Whoever has proved nothing may not fill the ledger: beyond a rate such a denial is counted like a failed first factor (S24).
        // Nobody's account is charged with it: it is not known to have been theirs.
        if attempt.phase == .auth, case .missing = attempt.firstFactor,
            !failures.admits(nil, from: attempt.source, at: step.clock, sparing: isSparing)
        {
            return ModuleReply(.deny, code: decision.basis.rawValue)
        }
        try record(
            .decided(
                Decided(
                    attempt: attempt, facts: facts, decision: decision, policy: policy.hash, historySize: history.size,
                    shadow: beside)),
            attempt: attempt.id, account: subject.account?.name, in: step)
        requests.add(attempt.request, attempt.id, subject.account?.name)

        // The module did not wait: whatever we say now, it has done what its admin configured (S02).
        if history.hasFallenBack(attempt.request) {
            try record(.overridden(request: attempt.request), attempt: attempt.id, account: subject.account?.name, in: step)
            return ModuleReply(.deny, attempt: attempt.id, code: "overridden")
        }
        if let radius, request.field != nil || (decision.verdict == .challenge && !radius.canChallenge) {
            return try concludeAppended(request.field, attempt, decision, radius, in: step)
        }
        switch decision.verdict {
        case .challenge:
            return try challenge(
                attempt.id, account: subject.account?.name, required: decision.required, round: 1, wrongAnswers: [],
                binding: try binding(request.facts, peer), prompt: prompts(request.facts).first, in: step)
        case .allow, .deny, .ignore:
            return try conclude(
                attempt.id, account: subject.account?.name, decision.verdict.outcome, reason: decision.basis.rawValue,
                proved: .none, in: step)
        }
    }

    private func key(of request: BeginRequest) throws -> Observed<KeyFact> {
        try request.facts.radius?.device(AttemptFacts.fingerprint) ?? AttemptFacts.key(request.facts, request.firstFactor)
    }

    private func evidence(
        _ request: BeginRequest, _ subject: Subject, _ name: NameResolver.Answer
    ) -> [String: String] {
        // A caller's arguments hold the name as it was typed; one that is nobody's may be a password (S11).
        let command = subject.account == nil ? nil : request.command
        var evidence = AttemptFacts.evidence(request.facts, command: command)
        switch name {
        case .failed(let reason), .stale(_, let reason):
            evidence["name_service"] = EvidenceText.escape(Array(reason.utf8), limit: 64)
        case .account, .nobody: break
        }
        return evidence
    }

    /// Puts a prompt: a durable challenge, its event, and the reply that carries its sealed name.
    mutating func challenge(
        _ attempt: AttemptID, account: String?, required: Requirement, round: Int64, wrongAnswers: [String],
        binding: String, prompt: String, in step: Step
    ) throws -> ModuleReply {
        let expires = step.now + settings.challengeLifetime
        try record(
            .challenged(Challenged(required: required, round: round, expires: expires)), attempt: attempt,
            account: account, in: step)
        try step.transaction.insert(
            StoredChallenge(
                attempt: attempt, binding: binding, round: round, expires: expires, bootID: step.clock.bootID,
                bootTimeExpires: step.clock.bootTime + settings.challengeLifetime.milliseconds, wrongAnswers: wrongAnswers))
        let state = try keys.sealState(attempt, round: round, binding: binding, day: step.day, entropy)
        return ModuleReply(
            .challenge, attempt: attempt, code: "required", prompt: .init(text: prompt, echo: false, state: state))
    }

    /// Ends an attempt: the final event, and the reply that it explains.
    mutating func conclude(
        _ attempt: AttemptID, account: String?, _ outcome: Concluded.Outcome, reason: String, proved: Requirement,
        in step: Step
    ) throws -> ModuleReply {
        let until = active.policy.grace(after: outcome, proved, at: step.now)
        try record(
            .concluded(Concluded(outcome: outcome, reason: reason, proved: proved, graceUntil: until)), attempt: attempt,
            account: account, in: step)
        return ModuleReply(outcome.verdict, attempt: attempt, code: reason)
    }
}

extension Decision.Verdict {
    /// What is released at once. A challenge is not a conclusion; were it asked, it is a denial.
    var outcome: Concluded.Outcome {
        switch self {
        case .allow: .allowed
        case .ignore: .ignored
        case .deny, .challenge: .denied
        }
    }
}

extension Concluded.Outcome {
    /// The one place where what is not an allow becomes a deny.
    var verdict: ModuleReply.Verdict {
        switch self {
        case .allowed: .allow
        case .ignored: .ignore
        case .denied, .cancelled, .abandoned: .deny
        }
    }
}
