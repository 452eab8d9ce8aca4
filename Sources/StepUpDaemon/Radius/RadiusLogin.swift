import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger
import StepUpWire

/// What a login over RADIUS has beyond one over PAM: retries, clients that cannot ask, and what goes back to the NAS.
extension Engine {
    func radius(_ facts: RequestFacts) -> RadiusFacts? {
        facts.channel == .radius
            ? RadiusFacts(client: facts.client, attributes: facts.attributes, settings: settings.radius) : nil
    }

    mutating func begin(
        _ request: BeginRequest, _ subject: Subject, _ name: NameResolver.Answer, _ radius: RadiusFacts, from peer: ModulePeer,
        in step: Step
    ) throws -> ModuleReply {
        let binding = try binding(request.facts, peer)
        let key = try retryKey(request, radius, binding: binding)
        if let key, let reply = try repeated(key, binding: binding, in: step), try isOpen(reply, in: step) { return reply }
        if let account = subject.account?.name { splits.clear(account, from: radius.source) }
        var reply = try handle(request, subject, name, from: peer, in: step)
        decorate(&reply, radius)
        if let key { try remember(reply, for: key, round: 1, in: step) }
        return reply
    }

    mutating func answer(_ request: AnswerRequest, from peer: ModulePeer, in step: Step) throws -> ModuleReply {
        let binding = try binding(request.facts, peer)
        guard let (attempt, round) = keys.openState(request.state, binding: binding, day: step.day) else {
            return try handle(request, from: peer, in: step)
        }
        let key = try retryKey(request, attempt, round: round, binding: binding)
        if let reply = try repeated(key, binding: binding, in: step) { return reply }
        let isPending = try openChallenge(request.state, binding, in: step) != nil
        var reply = try handle(request, from: peer, in: step)
        decorate(&reply, radius(request.facts))
        // A refusal is remembered by nobody: it would let an outsider decide what the person's own answer gets.
        if isPending { try remember(reply, for: key, round: round + 1, in: step) }
        return reply
    }

    /// A prompt that was answered meanwhile is not shown again: whoever begins anew within the minute gets a new one.
    private func isOpen(_ reply: ModuleReply, in step: Step) throws -> Bool {
        guard reply.verdict == .challenge, let attempt = reply.attempt else { return true }
        return try step.transaction.challenge(of: attempt)?.round == 1
    }

    /// Adds what goes back to the NAS.
    private func decorate(_ reply: inout ModuleReply, _ radius: RadiusFacts?) {
        if reply.verdict == .allow, let attempt = reply.attempt {
            var attributes = RadiusAttributes(["Class": RadiusFacts.classValue(attempt)])
            attributes.add(radius?.profile?.attributes(for: history.open[attempt]?.proved ?? .none) ?? [])
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
        guard let radius = radius(request.facts), let account = subject.account?.name,
            splits.admits(account, from: radius.source, at: step.clock.bootTime)
        else { return keep }
        let (found, hadShape) = try appendedCode(in: request.field, of: account, radius, in: step)
        guard let found else {
            if hadShape { splits.miss(account, from: radius.source, at: step.clock.bootTime) }
            return keep
        }
        var reply = ModuleReply(.ignore, code: "split")
        reply.password = found.password
        return reply
    }

    /// The code that stands in a field: one that is right now, or was used already.
    /// - Returns: also whether something stood there that had the shape of a code.
    private func appendedCode(
        in field: Secret, of account: String, _ radius: RadiusFacts, in step: Step
    ) throws -> (AppendedCode?, hadShape: Bool) {
        guard let profile = radius.profile, profile.append != .no else { return (nil, false) }
        let tokens = try step.transaction.tokens(of: account).filter { history.profile(account)?.token($0.id)?.status == .active }
        let digits = Set(try tokens.map { try OTPParameters(reader: JSONReader($0.parameters)).digits })
        let candidates = field.withBytes {
            AppendedCode.candidates(in: $0, digits: digits, profile.append, separator: profile.separator)
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

    /// The decision asks, and the client cannot: the code has to be in the field already.
    mutating func checkAppended(
        _ field: Secret?, _ attempt: Attempt, required: Requirement, _ radius: RadiusFacts, in step: Step
    ) throws -> ModuleReply {
        let account = attempt.subject.account?.name
        guard let account, let field, let found = try appendedCode(in: field, of: account, radius, in: step).0 else {
            return try conclude(attempt.id, account: account, .denied, reason: Self.noCode, proved: .none, in: step)
        }
        guard let open = history.open[attempt.id] else { throw LedgerError(.conflict, "the attempt is not open") }
        let code = Self.part(found.code, of: field)
        let tag = try keys.answerTag(code, attempt: attempt.id)
        let check = try check(code, tag, round: 1, wrongAnswers: [], open, in: step)
        try record(.factorChecked(check), attempt: attempt.id, account: account, in: step)
        let isProved = check.result == .accepted
        return try conclude(
            attempt.id, account: account, isProved ? .allowed : .denied, reason: isProved ? "proved" : "max_tries",
            proved: isProved ? check.kind?.assurance ?? .none : .none, in: step)
    }
}
