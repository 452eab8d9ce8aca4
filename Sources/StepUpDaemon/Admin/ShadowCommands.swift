import StepUpCore
import StepUpLedger

extension Engine {
    mutating func loadShadow(_ policy: ActivePolicy?, from source: String, _ actor: Actor?, in step: Step) throws -> JSON {
        guard let policy else { throw AdminError("the policy was not read") }
        if let problem = policy.policy.problem(beside: active.policy) { throw AdminError(problem) }
        try watch(policy, from: source, actor, in: step)
        return .record([
            "policy": .string(policy.policy.hash), "rules": .integer(policy.policy.rules.count),
            "enforced": .integer(policy.policy.enforcedRules),
        ])
    }

    mutating func endShadow(_ actor: Actor?, in step: Step) throws -> JSON {
        // Without one the file still goes: it may be one that was refused at the start.
        guard let shadow else { return .record([:]) }
        try watch(nil, from: "", actor, in: step)
        return .record(["policy": .string(shadow.policy.hash)])
    }

    /// Runs a policy beside the one in force, or none: archived by its hash, recorded, then used. A batch that fails takes it back.
    mutating func watch(_ policy: ActivePolicy?, from source: String, _ actor: Actor?, in step: Step) throws {
        if let policy { try step.transaction.archive(policy: policy.text, hash: policy.policy.hash) }
        try record(.shadowPolicy(hash: policy?.policy.hash, source: clipped(source), actor: actor), in: step)
        shadow = policy
    }
}
