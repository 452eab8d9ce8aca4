/// What a rule looks at: one signal, or several joined.
public indirect enum Condition: Hashable, Sendable {
    case signal(Signal)
    case all([Condition])
    case any([Condition])
    case not(Condition)

    /// Signals that one rule may look at.
    public static let signalLimit = 8
    /// How deep conditions may lie in each other.
    public static let depthLimit = 4

    /// Its signals, in the order in which they stand.
    public var signals: [Signal] {
        switch self {
        case .signal(let signal): [signal]
        case .all(let parts), .any(let parts): parts.flatMap(\.signals)
        case .not(let part): part.signals
        }
    }

    /// Whether it can fire on a score and nothing else: a score says how unusual, and not what is.
    public var reliesOnScore: Bool {
        switch self {
        case .signal(.score): true
        case .signal, .not: false
        case .any(let parts): parts.contains(where: \.reliesOnScore)
        case .all(let parts): parts.contains(where: \.reliesOnScore) && parts.allSatisfy { $0.reliesOnScore || $0.isContext }
        }
    }

    /// Whether it says nothing about risk.
    private var isContext: Bool { signals.allSatisfy { $0.isContext || $0 == .always } }

    /// The signal's name, or how signals are joined.
    public var name: String {
        switch self {
        case .signal(let signal): signal.name
        case .all: "all"
        case .any: "any"
        case .not: "not"
        }
    }
}

/// What a condition says of an attempt, in Kleene's logic of three values, and of what has no meaning here.
enum Truth: Hashable {
    case fired, quiet
    /// Why.
    case unknown(String)
    case notApplicable
}

extension Condition {
    /// Reads all of its signals, those too that the result does not hang on: an examiner sees what each said.
    func read(_ attempt: Attempt, _ history: HistoryView, _ facts: Facts) -> (truth: Truth, signals: [SignalOutcome]) {
        switch self {
        case .signal(let signal):
            let outcome = SignalOutcome(signal.name, signal.read(attempt, history, facts))
            return (outcome.truth, [outcome])
        case .all(let parts): return Self.join(parts.map { $0.read(attempt, history, facts) }, decisive: .quiet, otherwise: .fired)
        case .any(let parts): return Self.join(parts.map { $0.read(attempt, history, facts) }, decisive: .fired, otherwise: .quiet)
        case .not(let part):
            let (truth, signals) = part.read(attempt, history, facts)
            return (truth == .fired ? .quiet : truth == .quiet ? .fired : truth, signals)
        }
    }

    /// One part that is `decisive` decides, whatever the others are. A part that has no meaning here keeps `all` from firing, and is
    /// nothing to `any` (S25).
    private static func join(
        _ parts: [(truth: Truth, signals: [SignalOutcome])], decisive: Truth, otherwise: Truth
    ) -> (truth: Truth, signals: [SignalOutcome]) {
        let truths = parts.map(\.truth)
        let signals = parts.flatMap(\.signals)
        if truths.contains(decisive) { return (decisive, signals) }
        let meaningless = truths.count { $0 == .notApplicable }
        if meaningless == truths.count || (meaningless > 0 && decisive == .quiet) { return (.notApplicable, signals) }
        for case .unknown(let reason) in truths { return (.unknown(reason), signals) }
        return (otherwise, signals)
    }
}

/// What one signal of a rule said.
public struct SignalOutcome: Hashable, Sendable {
    public enum Result: String, CaseIterable, Hashable, Sendable {
        case fired, quiet, unknown
        case notApplicable = "not_applicable"
    }

    public var signal: String
    public var result: Result
    /// Name and value, in the signal's order: what was looked at and against what.
    public var operands: [Operand]
    /// Why it is unknown.
    public var reason: String?

    public init(signal: String, result: Result, operands: [Operand] = [], reason: String? = nil) {
        (self.signal, self.result, self.operands, self.reason) = (signal, result, operands, reason)
    }

    init(_ signal: String, _ reading: SignalReading) {
        switch reading {
        case .value(let fired, let operands): self.init(signal: signal, result: fired ? .fired : .quiet, operands: operands)
        case .unknown(let reason, let operands): self.init(signal: signal, result: .unknown, operands: operands, reason: reason)
        case .notApplicable: self.init(signal: signal, result: .notApplicable)
        }
    }

    var truth: Truth {
        switch result {
        case .fired: .fired
        case .quiet: .quiet
        case .unknown: .unknown(reason ?? "")
        case .notApplicable: .notApplicable
        }
    }
}
