import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger
import StepUpWire

/// What a login over RADIUS has beyond one over PAM: retries, clients that cannot ask, and what goes back to the NAS.
extension Engine {
    mutating func begin(
        _ request: BeginRequest, _ subject: Subject, _ name: NameResolver.Answer, _ radius: RadiusFacts, from peer: ModulePeer,
        in step: Step
    ) throws -> ModuleReply {
        let binding = try binding(request.facts, peer)
        let key = try retryKey(request, radius, binding: binding)
        if let key, let reply = try repeated(key, binding: binding, in: step), try isOpen(reply, in: step) { return reply }
        var reply = try handle(request, subject, name, from: peer, in: step)
        decorate(&reply, radius)
        if let key { try remember(reply, for: key, round: 1, in: step) }
        return reply
    }

    mutating func answer(
        _ request: AnswerRequest, to prompt: Keyring.Prompt, _ radius: RadiusFacts, binding: String, from peer: ModulePeer,
        in step: Step
    ) throws -> ModuleReply {
        let key = try retryKey(request, prompt, binding: binding)
        if let reply = try repeated(key, binding: binding, in: step), reply.verdict != .allow || isUnclaimed(reply) { return reply }
        // A refusal is remembered by nobody: it would let an outsider decide what the person's own answer gets.
        guard let pending = try pending(prompt, binding, in: step) else { return try refuse(peer, in: step) }
        var reply = try settle(pending, request, in: step)
        decorate(&reply, radius)
        try remember(reply, for: key, round: prompt.round + 1, in: step)
        return reply
    }

    /// A prompt that was answered meanwhile is not shown again: whoever begins anew within the minute gets a new one.
    private func isOpen(_ reply: ModuleReply, in step: Step) throws -> Bool {
        switch reply.verdict {
        case .challenge: try reply.attempt.flatMap { try step.transaction.challenge(of: $0)?.round } == 1
        case .allow: isUnclaimed(reply)
        case .deny, .ignore: true
        }
    }

    /// An allow is good again until its session has opened: then the packet was not lost.
    private func isUnclaimed(_ reply: ModuleReply) -> Bool {
        guard let attempt = reply.attempt, case .released = history.open[attempt]?.stage else { return false }
        return true
    }

    /// Adds what goes back to the NAS.
    private func decorate(_ reply: inout ModuleReply, _ radius: RadiusFacts) {
        if reply.verdict == .allow, let attempt = reply.attempt {
            var attributes = RadiusAttributes(["Class": RadiusFacts.classValue(attempt)])
            attributes.add(radius.profile?.attributes(for: history.open[attempt]?.proved ?? .none) ?? [])
            reply.attributes = attributes
        } else if reply.code == Self.noCode {
            reply.attributes = RadiusAttributes(["Reply-Message": settings.radius.appendMessage])
        }
    }

    /// Why a login is refused that had to bring a code along and brought none.
    static let noCode = "no_code"

    // MARK: Password and code in one field

    /// Before the first factor: keep the field as it is, or take a code off it. Consumes nothing.
    mutating func split(_ request: SplitRequest, _ subject: Subject, in step: Step) throws -> ModuleReply {
        let keep = ModuleReply(.ignore, code: "keep")
        guard let radius = request.facts.radius, let account = subject.account?.name else { return keep }
        let (place, isKnown) = (place(of: radius), isKnownPlace(radius, account, at: step.now))
        guard splits.admits(account, from: place, isKnown: isKnown, at: step.clock.bootTime) else { return keep }
        let (found, hadShape) = try appendedCode(in: request.field, of: account, radius, in: step)
        guard let found else {
            if hadShape { splits.miss(account, from: place, isKnown: isKnown, at: step.clock.bootTime) }
            return keep
        }
        var reply = ModuleReply(.ignore, code: "split")
        reply.password = found.password
        return reply
    }

    /// What counts as one place when misses are counted: client and network.
    private func place(of radius: RadiusFacts) -> String {
        "\(radius.client?.description ?? "?") \(radius.source.value?.network.description ?? "?")"
    }

    private func isKnownPlace(_ radius: RadiusFacts, _ account: String, at now: Timestamp) -> Bool {
        guard let address = radius.source.value, let profile = history.profile(account) else { return false }
        return profile.networks.isKnown(address.network.description, at: now)
    }

    /// The code that stands in a field: one that is right now, or was used already.
    /// - Returns: also whether something stood there that had the shape of a code.
    private func appendedCode(
        in field: Secret, of account: String, _ radius: RadiusFacts, in step: Step
    ) throws -> (AppendedCode?, hadShape: Bool) {
        guard radius.codes.append != .no else { return (nil, false) }
        let tokens = try step.transaction.tokens(of: account).filter { history.profile(account)?.token($0.id)?.status == .active }
        let digits = Set(try tokens.map { try OTPParameters(reader: JSONReader($0.parameters)).digits })
        let candidates = field.withBytes {
            AppendedCode.candidates(in: $0, digits: digits, radius.codes)
        }
        for candidate in candidates {
            let code = Self.part(candidate.code, of: field)
            for token in tokens {
                switch try verify(code, token, at: step.now) {
                case .accepted, .replayed: return (candidate, true)
                case .wrong, .malformed: break
                }
            }
        }
        return (nil, !candidates.isEmpty)
    }

    private static func part(_ range: Range<Int>, of field: Secret) -> Secret { field.withBytes { Secret($0[range]) } }

    /// The field that was split: its code is used up, whatever the decision says, or it would be good for somebody who saw it. Nil if no
    /// code stands in the field.
    mutating func consumeAppended(
        _ field: Secret, _ attempt: Attempt, _ radius: RadiusFacts, in step: Step
    ) throws -> FactorChecked? {
        guard let account = attempt.subject.account?.name, let open = history.open[attempt.id],
            let found = try appendedCode(in: field, of: account, radius, in: step).0
        else { return nil }
        let code = Self.part(found.code, of: field)
        let check = try check(
            code, try keys.answerTag(code, attempt: attempt.id), round: 1, wrongAnswers: [], open, in: step)
        try record(.factorChecked(check), attempt: attempt.id, account: account, in: step)
        if check.result == .accepted { splits.clear(account, from: place(of: radius)) }
        return check
    }

    /// Ends an attempt whose code, if there is one, stands in the field already.
    mutating func concludeAppended(
        _ field: Secret?, _ attempt: Attempt, _ decision: Decision, _ radius: RadiusFacts, in step: Step
    ) throws -> ModuleReply {
        let check = try field.flatMap { try consumeAppended($0, attempt, radius, in: step) }
        let proved = check?.result == .accepted ? check?.kind?.assurance ?? .none : .none
        func end(_ outcome: Concluded.Outcome, _ reason: String) throws -> ModuleReply {
            try conclude(attempt.id, account: attempt.subject.account?.name, outcome, reason: reason, proved: proved, in: step)
        }
        switch (decision.verdict, check?.result) {
        case (.challenge, nil): return try end(.denied, Self.noCode)
        case (.challenge, .accepted): return try end(.allowed, "proved")
        case (.challenge, _): return try end(.denied, "max_tries")
        // Nothing was asked; but a code that was used before is somebody else's to send.
        case (.allow, .replayed): return try end(.denied, "replayed")
        default: return try end(decision.verdict.outcome, decision.basis.rawValue)
        }
    }
}
