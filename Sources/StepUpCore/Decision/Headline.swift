/// The story of an attempt in one sentence that a manager understands.
public enum Headline {
    /// - Parameters:
    ///   - end: how it ended; nil if it has not.
    ///   - policy: the one that was in force, for what its rules say of themselves; nil if it cannot be read.
    public static func text(_ decided: Decided, _ end: Concluded?, _ policy: Policy?) -> String {
        let decision = decided.decision
        let place = "\(decided.attempt.service) on \(decided.attempt.host)"
        let person = decided.attempt.subject.account?.name ?? "Somebody whose name is nobody's"
        switch decision.basis {
        case .notRequired: return "\(person) was let in to \(place) without being asked: nothing looked unusual."
        case .exemption:
            return "\(person) was let in to \(place) by exemption \(decision.reference ?? ""), though \(because(decision, policy))."
        case .grace: return "\(person) was let in to \(place) without being asked again, having proved as much a moment before."
        case .required:
            return
                "\(person) was asked for \(proof(decision.required)) at \(place), because \(because(decision, policy)); \(outcome(end))."
        case .policy: return "\(person) was refused at \(place), because \(because(decision, policy))."
        case .firstFactor: return "\(person) was refused at \(place), for no first factor had been proved."
        case .unknownUser: return "\(person) was refused at \(place)."
        case .stepUpSkipped:
            return
                "\(person) was refused at \(place): \(proof(decision.required)) was needed, because \(because(decision, policy)), and the login "
                + "skipped the question."
        case .recorded: return "\(person) came to \(place), which is only recorded there."
        }
    }

    /// The reasons of the rules that ask for all that was required, and of the floor.
    private static func because(_ decision: Decision, _ policy: Policy?) -> String {
        var reasons = decision.decisive.map { policy?.why($0) ?? Why.text($0, nil) }
        if decision.floor == decision.required { reasons.append("it is always asked for here") }
        return reasons.isEmpty ? "the policy says so" : reasons.joined(separator: "; and ")
    }

    /// What a person is asked for.
    static func proof(_ requirement: Requirement) -> String {
        switch requirement {
        case .none, .deny: "nothing"
        case .otp: "a code"
        case .hardware: "a code of a hardware token"
        case .phishingResistant: "a security key"
        }
    }

    private static func outcome(_ end: Concluded?) -> String {
        switch end?.outcome {
        case nil: "the answer has not come yet"
        case .allowed: "the answer was right, and the login went on"
        case .denied: "the answer was not right, and the login was refused"
        case .ignored: "it was only recorded"
        case .cancelled: "the person gave up"
        case .abandoned: "nobody answered"
        }
    }
}

extension Decision {
    /// The rules that ask for as much as was required.
    public var decisive: [RuleOutcome] {
        rules.filter { $0.mode == .enforce && $0.result.hasFired && $0.requirement == required && required != .none }
    }

    /// What would have made it another decision; nil if nothing was required.
    public var counterfactual: String? {
        guard required != .none, required > floor else { return nil }
        let decisive = decisive
        let rest = rules.filter { rule in rule.mode == .enforce && rule.result.hasFired && !decisive.contains(rule) }
            .map(\.requirement).reduce(floor, max)
        let otherwise = rest == .none ? "nothing would have been required" : "\(rest.rawValue) would have been required"
        let names = decisive.map(\.name).joined(separator: ", ")
        return decisive.count == 1
            ? "without \(names) \(otherwise)" : "each of \(names) alone asks for it; without them \(otherwise)"
    }
}
