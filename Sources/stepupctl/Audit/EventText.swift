import StepUpCore

/// Events in a person's words: one line each.
enum EventText {
    static func line(_ event: Event) -> String {
        let text = words(event.body)
        return EvidenceText.printable(text.isEmpty ? event.code.title : "\(event.code.title): \(text)")
    }

    private static func words(_ body: Event.Body) -> String {
        switch body {
        case .decided(let decided): decision(decided)
        case .challenged(let challenge): "\(challenge.required.rawValue) is required, prompt \(challenge.round)"
        case .factorChecked(let check): factor(check)
        case .concluded(let end): conclusion(end)
        case .sessionOpened(let report), .sessionClosed(let report), .firstFactorFailed(let report): reported(report)
        case .notCompleted: "allowed, but no session was opened in time"
        case .failuresAggregated(let source, let count): "\(count) failed first factors from \(address(source)) within a minute"
        case .fellBack(let value):
            "\(reported(value.report)); did \(value.fallback) at \(value.time.forPeople) because of \(value.reason)"
        case .overridden: "the module had fallen back before the verdict came"
        case .callerRefused(let uid, let reason): "uid \(uid): \(reason)"
        case .tokenChanged(let change):
            "\(change.action.rawValue) \(change.kind.rawValue) \(change.token) '\(change.label)'\(by(change.actor))"
        case .userReset(let scope, let actor): "\(scope.rawValue)\(by(actor))"
        case .policyLoaded(let hash, let source, let actor): "\(hash.prefix(12)) from \(source)\(by(actor))"
        case .shadowPolicy(let hash, let source, let actor):
            "\(hash.map { "\($0.prefix(12)) from \(source)" } ?? "none any more")\(by(actor))"
        case .policyRejected(let reason, _, let actor): "\(reason)\(by(actor))"
        case .exemptionGranted(let exemption, let actor):
            "\(exemption.id) for \(exemption.user) by \(exemption.service) from \(exemption.source) until "
                + "\(exemption.expires.forPeople); \(exemption.owner): \(exemption.reason)\(by(actor))"
        case .exemptionRevoked(let id, let actor): "\(id)\(by(actor))"
        case .daemonStarted(let record), .daemonStopped(let record): "version \(record.version), \(record.note)"
        case .clockStepped(let delta): "by \(delta) ms"
        case .ledgerInitialised(let origin, let key): "\(origin), key \(key)"
        }
    }

    static func decision(_ decided: Decided) -> String {
        let decision = decided.decision
        let fired = decision.rules.filter { $0.result.hasFired && $0.mode == .enforce }.map(\.name)
        let shadow = decision.rules.filter { $0.result.hasFired && $0.mode == .shadow }.map(\.name)
        let because = fired.isEmpty ? "" : "; fired: \(fired.joined(separator: ", "))"
        let watched = shadow.isEmpty ? "" : "; in shadow: \(shadow.joined(separator: ", "))"
        return "\(verdict(decided)), \(decided.attempt.service) from \(address(decided.attempt.source))\(because)\(watched)"
    }

    static func verdict(_ decided: Decided) -> String {
        let decision = decided.decision
        if decision.basis == .unknownUser, let reason = decided.attempt.evidence["name_service"] {
            return "deny, whose name it is could not be found out: \(reason)"
        }
        switch decision.basis {
        case .notRequired: return "allow, nothing is required"
        case .exemption: return "allow by exemption \(decision.reference ?? ""), though \(decision.required.rawValue) is required"
        case .grace: return "allow by grace of \(decision.reference ?? ""), though \(decision.required.rawValue) is required"
        case .required: return "ask, \(decision.required.rawValue) is required"
        case .policy: return "deny, the policy says so"
        case .firstFactor: return "deny, no first factor was proved"
        case .unknownUser: return "deny, the name is nobody's"
        case .stepUpSkipped: return "deny, \(decision.required.rawValue) is required and the login skipped the question"
        case .recorded: return "recorded, this service's account phase refuses nobody"
        }
    }

    static func factor(_ check: FactorChecked) -> String {
        let token = check.token.map { " by \(check.kind?.rawValue ?? "token") \($0)" } ?? ""
        let counter = check.counter.map { check.kind == .totp ? ", time step \($0)" : ", counter \($0)" } ?? ""
        let words =
            switch check.result {
            case .accepted: "accepted"
            case .wrong: "wrong"
            case .malformed: "not a code"
            case .replayed: "used before"
            case .repeated: "the same wrong answer again, not looked at"
            case .throttled: "not looked at, too many failures"
            case .noToken: "the user has no token that could meet it"
            }
        return "\(words)\(token)\(counter), answer \(check.round), \(check.knownClient ? "known" : "unknown") client"
    }

    static func conclusion(_ end: Concluded) -> String {
        let proved = end.proved == .none ? "" : ", proved \(end.proved.rawValue)"
        let grace = end.graceUntil.map { ", not asked again until \($0.forPeople)" } ?? ""
        return "\(end.outcome.rawValue) (\(end.reason))\(proved)\(grace)"
    }

    static func address(_ source: Observed<IPAddress>) -> String {
        switch source {
        case .known(let address): address.description
        case .unknown(let reason): "an unknown address (\(reason))"
        case .notApplicable: "this host"
        }
    }

    static func subject(_ subject: Subject) -> String {
        switch subject {
        case .account(let account): "\(account.name) (uid \(account.uid))"
        case .unresolved(_, let length): "a name of \(length) bytes that is nobody's"
        }
    }

    private static func reported(_ report: Reported) -> String {
        "\(subject(report.subject)), \(report.service) from \(address(report.source))"
    }

    private static func by(_ actor: Actor?) -> String {
        guard let actor else { return "" }
        let login = actor.loginUID.map { $0 == actor.uid ? "" : ", logged in as uid \($0)" } ?? ""
        return " (by \(actor.name)\(login))"
    }
}
