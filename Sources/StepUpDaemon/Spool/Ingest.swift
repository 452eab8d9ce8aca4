import StepUpCore
import StepUpLedger
import StepUpWire

extension Engine {
    /// The attempt of a request that its module did not wait for. The log is searched for what was spooled before this run alone: it
    /// takes milliseconds, and a flood of fallbacks is no time for that.
    private func attempt(
        of request: String, fellBackAt frame: Frame, _ bootTime: Int64, in step: Step
    ) throws -> (id: AttemptID, account: String?)? {
        if let known = requests[request] { return known }
        if let started, frame.text(.bootID) == started.bootID, bootTime >= started.bootTime { return nil }
        return try step.transaction.attempt(ofRequest: request, limit: Self.overrideReach)
    }

    /// How many events back the decision that a fallback overrode is looked for.
    static let overrideReach: Int64 = 5000

    /// Makes events of one spool record, unless they are there already (a crash came between the commit and the unlink).
    mutating func ingest(_ frame: Frame, _ name: NameResolver.Answer, in step: Step) throws {
        guard let facts = RequestFacts(frame, settings.radius), !history.hasFallenBack(facts.request),
            let phase = frame.text(.phase).flatMap(Phase.init(rawValue:)),
            let time = frame.text(.time).flatMap({ Int64($0) }), let bootTime = frame.text(.bootTime).flatMap({ Int64($0) })
        else { return }
        let subject = try subject(facts, name)
        let account = subject.account?.name
        let late = try attempt(of: facts.request, fellBackAt: frame, bootTime, in: step)
        try record(
            .fellBack(
                FellBack(
                    report: reported(facts, subject), request: facts.request, phase: phase, fallback: frame.text(.fallback) ?? "",
                    reason: EvidenceText.escape(frame[.reason] ?? []),
                    time: Timestamp(milliseconds: min(time, JSON.integerLimit)), bootID: frame.text(.bootID) ?? "",
                    bootTime: min(bootTime, JSON.integerLimit))),
            attempt: late?.id, account: account, in: step)
        if let late {
            try step.transaction.removeChallenge(of: late.id)
            try record(.overridden(request: facts.request), attempt: late.id, account: late.account, in: step)
        }
    }
}
