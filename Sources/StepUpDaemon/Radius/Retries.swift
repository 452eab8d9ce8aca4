import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpWire

/// A request that comes again within a minute gets the reply that it got before (S15): verified once, decided once. What does not
/// prove that it is the same is not taken for one.
extension Engine {
    static let retryLifetime = Span.seconds(60)

    /// The reply that was given to this request, if it is a retry.
    func repeated(_ key: UInt128, binding: String, in step: Step) throws -> ModuleReply? {
        guard let id = retries[key], let stored = try step.transaction.reply(id),
            !step.clock.isPast(stored.expires, bootID: stored.bootID, bootTime: stored.bootTimeExpires)
        else { return nil }
        let reader = JSONReader(stored.reply, path: "reply")
        guard let verdict = ModuleReply.Verdict(rawValue: try reader.member("verdict").string()) else { return nil }
        var reply = ModuleReply(
            verdict, attempt: try reader.optional("attempt").flatMap { AttemptID(try $0.string()) },
            code: try reader.member("code").string())
        reply.attributes = try reader.optional("attributes").map { RadiusAttributes(Array(try $0.string().utf8)) }
        if let prompt = try reader.optional("prompt")?.string(), let attempt = reply.attempt {
            let round = try reader.member("round").integer()
            reply.prompt = .init(
                text: prompt, echo: false,
                state: try keys.sealState(attempt, round: round, binding: binding, day: step.day, entropy))
        }
        return reply
    }

    /// Keeps a reply for the retries of its request.
    mutating func remember(_ reply: ModuleReply, for key: UInt128, round: Int64, in step: Step) throws {
        let json = JSON.record([
            "attempt": .text(reply.attempt?.description),
            "attributes": .text(reply.attributes.map { String(decoding: $0.wire, as: UTF8.self) }),
            "code": .string(reply.code), "prompt": .text(reply.prompt?.text), "round": .integer(round),
            "verdict": .string(reply.verdict.rawValue),
        ])
        let stored = StoredReply(
            key: key, expires: step.now + Self.retryLifetime, bootID: step.clock.bootID,
            bootTimeExpires: step.clock.bootTime + Self.retryLifetime.milliseconds, reply: json)
        let id = try step.transaction.insert(stored)
        retries.add(.init(id: id, key: key, bootID: stored.bootID, bootTimeExpires: stored.bootTimeExpires))
    }

    /// Names an answer: the same State, client, user and answer.
    func retryKey(_ answer: AnswerRequest, _ prompt: Keyring.Prompt, binding: String) throws -> UInt128 {
        try keys.retryTag("answer \(prompt.attempt) \(prompt.round) \(binding)", answer.answer)
    }

    /// Names a request without a State; nil if it does not say enough to be known again.
    func retryKey(_ begin: BeginRequest, _ radius: RadiusFacts, binding: String) throws -> UInt128? {
        guard let conversation = radius.conversation else { return nil }
        return try keys.retryTag("begin \(conversation) \(binding)", begin.field)
    }
}
