import StepUpCore

/// What processes that serve a login have said so far; those seen last, at most `capacity` of them.
struct ProcessTable: Sendable {
    static let capacity = 8192

    struct Key: Hashable, Sendable {
        /// In `HostTable`.
        var host: Int
        var pid: Int
    }

    /// When it said so last.
    struct State: Sendable {
        /// Its program let somebody in.
        var accepted: Timestamp?
        /// Somebody failed; a name was nobody's.
        var failed: Timestamp?
        var invalid: Timestamp?
        /// With which it was half satisfied: the method that came last names none.
        var key: KeyFact?
    }

    private var states: [Key: State] = [:]
    /// A ring, oldest first from `next` on.
    private var order: [Key] = []
    private var next = 0

    subscript(key: Key?) -> State {
        get { key.flatMap { states[$0] } ?? State() }
        set {
            guard let key else { return }
            if states.updateValue(newValue, forKey: key) != nil { return }
            if order.count < Self.capacity {
                order.append(key)
            } else {
                states[order[next]] = nil
                order[next] = key
                next = (next + 1) % Self.capacity
            }
        }
    }
}

extension Timestamp? {
    /// Numbers of processes come again: what was said longer ago was another's word.
    func isRecent(at now: Timestamp) -> Bool { map { now - $0 < .minutes(10) } ?? false }
}
