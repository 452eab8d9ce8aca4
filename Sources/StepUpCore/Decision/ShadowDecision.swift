/// What another policy, which runs beside the one in force and asks nobody, would have made of an attempt.
public struct ShadowDecision: Hashable, Sendable {
    /// Hash of that policy.
    public var policy: String
    public var verdict: Decision.Verdict
    public var required: Requirement
    /// The enforced rules that fired, by their place in that policy, from 1.
    public var fired: [Int]

    init(policy: String, verdict: Decision.Verdict, required: Requirement, fired: [Int]) {
        (self.policy, self.verdict, self.required, self.fired) = (policy, verdict, required, fired)
    }

    /// - Parameter decision: that policy's, of the same attempt, history and facts.
    public init(_ decision: Decision, of policy: Policy) {
        let fired = decision.rules.enumerated().filter { $0.element.mode == .enforce && $0.element.result.hasFired }
        self.init(
            policy: policy.hash, verdict: decision.verdict, required: decision.required, fired: fired.map { $0.offset + 1 })
    }

    /// What the person would have met.
    public var effect: Requirement { Decision.effect(verdict, required) }

    /// The names of the rules that ask for all that it would have asked for; none where nobody would have been asked.
    public func decisive(in policy: Policy) -> [String] {
        guard effect != .none else { return [] }
        return fired.compactMap { policy.rules.indices.contains($0 - 1) ? policy.rules[$0 - 1] : nil }
            .filter { $0.requirement == required }.map(\.name)
    }

    /// Bytes that it adds to an event at most.
    public static let sizeLimit = 320
}

extension ShadowDecision: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("fired", fired)
            out.member("policy", policy)
            out.member("required", required.rawValue)
            out.member("verdict", verdict.rawValue)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            policy: try reader.member("policy").string(), verdict: try reader.member("verdict").word(),
            required: try reader.member("required").word(), fired: try reader.member("fired").integers())
    }
}
