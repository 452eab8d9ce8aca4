/// Derives every decision of a log again from the log alone, and compares (S22).
public struct Replay: Sendable {
    /// A decision that the log does not explain.
    public struct Difference: Hashable, Sendable {
        public var index: Int64
        public var attempt: AttemptID
        public var reason: String
        /// The decision as it stands in the log, and as it comes out; nil where it could not be derived.
        public var recorded: JSON
        public var derived: JSON?
    }

    public private(set) var history = History()
    public private(set) var decisions: Int64 = 0

    public init() {}

    /// Compares what rests beside the log with the fold; called when as many events are folded as its summary names.
    /// - Returns: what rests and is not what the events give, one phrase each.
    public mutating func compare(resting rows: [RestingRow]) -> [String] {
        func table(_ rows: [RestingRow]) -> [String: String] {
            Dictionary(rows.compactMap { row in row.value.map { ("\(row.kind.rawValue) \(row.key)", $0) } }) { first, _ in first }
        }
        let (expected, found) = (table(history.takeChanges()), table(rows))
        return Set(expected.keys).union(found.keys).sorted().filter {
            expected[$0] != found[$0]
        }
    }

    /// Takes the next event of the log.
    /// - Parameters:
    ///   - index: of its leaf.
    ///   - policy: the archived policy of a hash, or nil if it is not in the archive.
    /// - Returns: what is wrong with it, if it is a decision and something is.
    public mutating func take(_ event: Event, index: Int64, policy: (String) throws -> Policy?) rethrows -> Difference? {
        defer { history.apply(event) }
        guard case .decided(let decided) = event.body else { return nil }
        decisions += 1
        func difference(_ reason: String, _ derived: Decision? = nil) -> Difference {
            Difference(
                index: index, attempt: decided.attempt.id, reason: reason, recorded: decided.decision.json,
                derived: derived?.json)
        }
        guard decided.historySize == index, history.size == index else {
            return difference("it names a history of \(decided.historySize) events and stands at \(index)")
        }
        guard decided.decision.version == Decision.currentVersion else {
            return difference("version \(decided.decision.version) of decide is not in this program; use a newer one")
        }
        guard let inForce = try policy(decided.policy) else {
            return difference("policy \(decided.policy) is not in the archive")
        }
        let derived = decide(decided.attempt, history.view(for: decided.attempt), inForce, decided.facts)
        // As stored: canonical JSON keeps no order of members, and operands are members.
        let isEqual = derived.canonicalBytes == decided.decision.canonicalBytes
        guard isEqual else { return difference("the decision comes out otherwise", derived) }
        guard let shadow = decided.shadow else { return nil }
        guard let beside = try policy(shadow.policy) else {
            return difference("policy \(shadow.policy), which ran beside it, is not in the archive")
        }
        let again = decide(decided.attempt, history.view(for: decided.attempt), beside, decided.facts)
        return ShadowDecision(again, of: beside) == shadow
            ? nil : difference("what the policy in shadow said comes out otherwise", again)
    }
}
