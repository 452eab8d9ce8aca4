/// A history, then logins, then what is expected of each. In a policy it is a test that runs at every load.
public struct Scenario: Hashable, Sendable {
    /// What happened before, at a time before the first login.
    public struct Line: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            /// Logins that were let in, having proved so much.
            case login(Requirement)
            /// First factors that failed.
            case failed
        }
        public var login: SimulatedLogin
        public var kind: Kind
        public var ago: Span
        /// How often, and how far apart, towards the login; at least once.
        public var times: Int
        public var every: Span

        public init(_ login: SimulatedLogin, _ kind: Kind, ago: Span, times: Int = 1, every: Span = .seconds(0)) {
            (self.login, self.kind, self.ago, self.times, self.every) = (login, kind, ago, times, every)
        }
    }

    public struct Step: Hashable, Sendable {
        public var login: SimulatedLogin
        public var time: Timestamp
        public var answer: SimulatedAnswer
        /// What must be required: `none` is allow, `deny` is deny; nil: nothing is expected.
        public var expected: Requirement?
        /// The rules that must fire, enforced and in shadow, in any order; nil: any may.
        public var fires: Set<String>?

        public init(
            _ login: SimulatedLogin, at time: Timestamp, answer: SimulatedAnswer = .right, expected: Requirement? = nil,
            fires: Set<String>? = nil
        ) {
            (self.login, self.time, self.answer, self.expected, self.fires) = (login, time, answer, expected, fires)
        }
    }

    public var name: String
    /// Where it stands in its file.
    public var lineNumber: Int
    public var history: [Line]
    public var steps: [Step]

    public init(name: String, lineNumber: Int = 0, history: [Line], steps: [Step]) {
        (self.name, self.lineNumber, self.history, self.steps) = (name, lineNumber, history, steps)
    }

    /// What came of one login.
    public struct Outcome: Sendable {
        public var step: Step
        public var decision: Decision
        /// What is not as expected, in words; nil: all is.
        public var problem: String?

        public init(step: Step, decision: Decision, problem: String?) {
            (self.step, self.decision, self.problem) = (step, decision, problem)
        }
    }

    /// Runs it; the outcomes are in the order of the logins.
    public func run(_ policy: Policy, zones: [String: ZoneRules]) -> [Outcome] {
        var simulation = start(policy, zones: zones)
        return steps.map { step in
            let decision = simulation.login(step.login, at: step.time, answer: step.answer)
            return Outcome(step: step, decision: decision, problem: step.problem(decision, policy))
        }
    }

    /// The world before the first login.
    public func start(_ policy: Policy, zones: [String: ZoneRules]) -> Simulation {
        var simulation = Simulation(policy, zones: zones)
        guard let first = steps.first?.time else { return simulation }
        var moments: [(time: Timestamp, line: Line)] = []
        for line in history {
            for number in 0..<max(1, line.times) {
                let later = Span(milliseconds: line.every.milliseconds * Int64(number))
                moments.append((first - line.ago + later, line))
            }
        }
        // Of one moment, in the order in which they stand.
        for (_, moment) in moments.enumerated().sorted(by: { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }) {
            switch moment.line.kind {
            case .login(let proved): simulation.recall(moment.line.login, proved: proved, at: moment.time)
            case .failed: simulation.fail(moment.line.login, at: moment.time)
            }
        }
        return simulation
    }
}

extension Scenario.Step {
    fileprivate func problem(_ decision: Decision, _ policy: Policy) -> String? {
        let fired = decision.rules.filter(\.result.hasFired)
        if let expected, expected != decision.effect {
            let reasons = fired.filter { $0.mode == .enforce }.map { rule in
                "\(rule.name) fired: \(policy.why(rule))"
            }
            let because = reasons.isEmpty ? "no rule fired" : reasons.joined(separator: "; ")
            return "expected \(expected.outcomeName), and it was \(decision.effect.outcomeName): \(because)"
        }
        let names = Set(fired.map(\.name))
        if let fires, fires != names {
            let missing = fires.subtracting(names).sorted().map { "\($0) did not fire" }
            let extra = names.subtracting(fires).sorted().map { "\($0) fired" }
            return (missing + extra).joined(separator: ", ")
        }
        return nil
    }
}

extension Decision {
    /// What the person meets: nothing, a question for so much, or a refusal.
    public var effect: Requirement { Self.effect(verdict, required) }

    static func effect(_ verdict: Verdict, _ required: Requirement) -> Requirement {
        switch verdict {
        case .allow, .ignore: .none
        case .challenge: required
        case .deny: .deny
        }
    }
}

extension Requirement {
    /// As scenarios name it: nothing required is `allow`.
    public var outcomeName: String { self == .none ? "allow" : rawValue }

    public init?(outcomeName: String) {
        guard outcomeName != "none" else { return nil }
        self.init(rawValue: outcomeName == "allow" ? "none" : outcomeName)
    }
}
