import StepUpCore
import StepUpLedger
import StepUpWire

extension Engine {
    /// Something that happened and wants no verdict; the reply says that it is recorded.
    mutating func handle(
        _ request: ReportRequest, _ subject: Subject, from peer: ModulePeer, in step: Step
    ) throws -> ModuleReply {
        let report = reported(request.facts, subject)
        let account = subject.account?.name
        switch request.kind {
        case .firstFactorFailed:
            if failures.admits(account, from: report.source, at: step.clock, sparing: isSparing) {
                try record(.firstFactorFailed(report), account: account, in: step)
            }
        case .sessionOpened:
            // Only the attempt of this account and service, allowed and not yet opened, is joined (S20).
            let attempt = request.attempt.flatMap { id -> AttemptID? in
                guard let open = history.open[id], case .released = open.stage else { return nil }
                let isTheirs = open.account == account && open.service == report.service && open.channel == request.facts.channel
                return isTheirs ? id : nil
            }
            try record(.sessionOpened(report), attempt: attempt ?? unnamedAttempt(request, report), account: account, in: step)
        case .sessionAlive:
            // What the NAS repeats every few minutes is no event: the session is open since its start.
            break
        case .sessionClosed:
            // The id comes from the session's process; only this account's own attempt is believed.
            let attempt = try request.attempt.flatMap { id in
                try step.transaction.account(ofAttempt: id) == account && account != nil ? id : nil
            }
            try record(.sessionClosed(report), attempt: attempt, account: account, in: step)
        case .cancelled, .userGone:
            let binding = try binding(request.facts, peer)
            if let state = request.state, let prompt = keys.openState(state, binding: binding, day: step.day),
                let (challenge, attempt) = try pending(prompt, binding, in: step)
            {
                try step.transaction.removeChallenge(of: challenge.attempt)
                _ = try conclude(
                    challenge.attempt, account: attempt.account, .cancelled,
                    reason: request.kind.rawValue, proved: .none, in: step)
            }
        }
        return ModuleReply(.ignore, code: "recorded")
    }

    /// What a report says; also one that was spooled.
    func reported(_ facts: RequestFacts, _ subject: Subject) -> Reported {
        Reported(
            service: AttemptFacts.service(facts), subject: subject, source: source(of: facts, nil),
            evidence: AttemptFacts.evidence(facts))
    }

    /// RADIUS: the attempt of a session whose accounting names none, for there are clients that send no Class back (ocserv 1.1.6, strongSwan
    /// 5.9): the latest that was allowed to this account, for this service, from the same place, and has no session yet.
    private func unnamedAttempt(_ request: ReportRequest, _ report: Reported) -> AttemptID? {
        guard request.facts.channel == .radius, request.attempt == nil, let account = report.subject.account?.name else {
            return nil
        }
        return history.open.released(of: account).first {
            $0.attempt.channel == .radius && $0.attempt.service == report.service && $0.attempt.source == report.source
        }?.id
    }
}
