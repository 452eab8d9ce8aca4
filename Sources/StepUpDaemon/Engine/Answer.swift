import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger
import StepUpWire

extension Engine {
    /// An answer to a prompt: find the challenge it belongs to, look at the code, record what became of it, and allow, ask again
    /// or end.
    mutating func handle(_ request: AnswerRequest, from peer: ModulePeer, in step: Step) throws -> ModuleReply {
        let binding = try binding(request.facts, peer)
        guard let prompt = keys.openState(request.state, binding: binding, day: step.day) else {
            return try refuse(peer, in: step)
        }
        if let radius = request.facts.radius {
            return try answer(request, to: prompt, radius, binding: binding, from: peer, in: step)
        }
        guard let pending = try pending(prompt, binding, in: step) else { return try refuse(peer, in: step) }
        return try settle(pending, request, in: step)
    }

    /// An answer to no prompt of ours.
    mutating func refuse(_ peer: ModulePeer, in step: Step) throws -> ModuleReply {
        // Within a budget: a NAS passes on whatever it is sent (S24).
        if refusals.admits(at: step.clock.bootTime) {
            try record(.callerRefused(uid: peer.uid, reason: "a state that is unknown, used or of another client"), in: step)
        }
        return ModuleReply(.deny, code: "refused", message: "the challenge is unknown, used or of another client")
    }

    /// What becomes of a prompt that waited for this answer.
    mutating func settle(_ pending: Pending, _ request: AnswerRequest, in step: Step) throws -> ModuleReply {
        let (challenge, attempt) = pending
        try step.transaction.removeChallenge(of: challenge.attempt)
        let isExpired = step.clock.isPast(challenge.expires, bootID: challenge.bootID, bootTime: challenge.bootTimeExpires)
        guard !isExpired else {
            return try conclude(
                challenge.attempt, account: attempt.account, .abandoned, reason: "expired", proved: .none, in: step)
        }

        let tag = try keys.answerTag(request.answer, attempt: challenge.attempt)
        let check = try check(
            request.answer, tag, round: challenge.round, wrongAnswers: challenge.wrongAnswers, attempt, in: step)
        try record(.factorChecked(check), attempt: challenge.attempt, account: attempt.account, in: step)
        if check.result == .accepted, let kind = check.kind {
            return try conclude(
                challenge.attempt, account: attempt.account, .allowed, reason: "proved", proved: kind.assurance, in: step)
        }
        try disableExhausted(check.failed, of: attempt.account, in: step)
        guard challenge.round < settings.tries else {
            return try conclude(
                challenge.attempt, account: attempt.account, .denied, reason: "max_tries", proved: .none, in: step)
        }
        return try self.challenge(
            challenge.attempt, account: attempt.account, required: attempt.required, round: challenge.round + 1,
            wrongAnswers: challenge.wrongAnswers + [tag], binding: challenge.binding, prompt: prompts(request.facts).retry, in: step
        )
    }

    /// A prompt that waits, and what it is about.
    typealias Pending = (challenge: StoredChallenge, attempt: OpenAttempt)

    /// The prompt that a state names, if it is one of this conversation and still waits.
    func pending(_ prompt: Keyring.Prompt, _ binding: String, in step: Step) throws -> Pending? {
        guard let attempt = history.open[prompt.attempt], attempt.stage == .deciding,
            let challenge = try step.transaction.challenge(of: prompt.attempt), challenge.round == prompt.round,
            challenge.binding == binding
        else { return nil }
        return (challenge, attempt)
    }

    /// Looks at a code and consumes it if it is right.
    /// - Parameter wrongAnswers: tags of those that this attempt has seen already.
    mutating func check(
        _ answer: Secret, _ tag: String, round: Int64, wrongAnswers: [String], _ attempt: OpenAttempt, in step: Step
    ) throws -> FactorChecked {
        try wake(attempt.account, in: step)
        let profile = history.profile(attempt.account) ?? Profile()
        let known = profile.knowsClient(source: attempt.source, key: attempt.key, at: step.now)
        func outcome(
            _ result: FactorChecked.Result, _ token: StoredToken? = nil, counter: Int64? = nil, failed: [TokenID] = []
        ) -> FactorChecked {
            FactorChecked(
                result: result, round: round, token: token?.id, kind: token?.kind, counter: counter,
                failed: failed, knownClient: known)
        }

        let fitting = try step.transaction.tokens(of: attempt.account).filter { token in
            token.kind.assurance >= attempt.required && profile.token(token.id)?.status == .active
        }
        guard !fitting.isEmpty else { return outcome(.noToken) }
        if wrongAnswers.contains(tag) { return outcome(.repeated) }
        let usable = fitting.filter { profile.token($0.id)?.accepts(knownClient: known, at: step.now) == true }
        guard !usable.isEmpty else { return outcome(.throttled) }

        var accepted: (token: StoredToken, counter: Int64, state: TokenState)?
        var wrong: [TokenID] = []
        for token in usable {
            switch try verify(answer, token, at: step.now) {
            case .accepted(let counter, let next, let drift):
                if accepted == nil { accepted = (token, counter, TokenState(counter: next, drift: drift)) }
            // A code that was used is used, whichever other token it would be right for.
            case .replayed: return outcome(.replayed, token)
            case .wrong: wrong.append(token.id)
            case .malformed: break
            }
        }
        if let accepted {
            try step.transaction.updateState(of: accepted.token, to: accepted.state)
            return outcome(.accepted, accepted.token, counter: accepted.counter)
        }
        return wrong.isEmpty ? outcome(.malformed) : outcome(.wrong, failed: wrong)
    }

    /// Looks at a code for one token. A secret that cannot be opened is an error, not a wrong code.
    func verify(_ answer: Secret, _ token: StoredToken, at now: Timestamp) throws -> OTPResult {
        let secret = try keys.open(token)
        let parameters = try OTPParameters(reader: JSONReader(token.parameters))
        switch token.kind {
        case .totp:
            return try TOTP.verify(
                answer, secret: secret, parameters: parameters, lastStep: token.state.counter, drift: token.state.drift,
                now: now, window: settings.totpWindow)
        case .hotp:
            return try HOTP.verify(
                answer, secret: secret, parameters: parameters, counter: token.state.counter ?? 0,
                lookAhead: settings.hotpLookAhead)
        }
    }

    /// A token whose failures in a row have reached the limit stays disabled until an admin resets it.
    private mutating func disableExhausted(_ failed: [TokenID], of account: String, in step: Step) throws {
        for id in failed {
            guard let token = history.profile(account)?.token(id), token.failures >= TokenRecord.failureLimit else { continue }
            try record(
                .tokenChanged(
                    TokenChanged(
                        action: .exhausted, token: id, kind: token.kind, label: token.label, counter: nil, actor: nil)),
                account: account, in: step)
        }
    }
}
