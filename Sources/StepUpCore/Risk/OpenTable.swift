/// The attempts whose story is not over. Those that were released are found without looking at the others, and those of an account
/// without looking at other people's: a million prompts that nobody has answered yet must not slow down anybody.
public struct OpenTable: Hashable, Sendable {
    private var entries: [AttemptID: OpenAttempt] = [:]
    /// Of the released ones, by account.
    private var released: [String: Set<AttemptID>] = [:]

    public subscript(id: AttemptID) -> OpenAttempt? {
        get { entries[id] }
        set {
            if let old = entries[id], case .released = old.stage { forget(id, of: old.account) }
            entries[id] = newValue
            if let new = newValue, case .released = new.stage { released[new.account, default: []].insert(id) }
        }
    }

    private mutating func forget(_ id: AttemptID, of account: String) {
        released[account]?.remove(id)
        if released[account]?.isEmpty == true { released[account] = nil }
    }

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }

    /// Allowed logins whose session has not opened since before `time`, oldest first.
    public func released(before time: Timestamp) -> [AttemptID] {
        released.values.joined().filter { id in
            guard case .released(let at) = entries[id]?.stage else { return false }
            return at <= time
        }.sorted()
    }

    /// All of them, in no order.
    var allReleased: [AttemptID] { Array(released.values.joined()) }

    /// Allowed logins of an account whose session has not opened yet, latest first.
    public func released(of account: String) -> [OpenAttempt.Named] {
        released[account, default: []].sorted(by: >).compactMap { id in entries[id].map { .init(id: id, attempt: $0) } }
    }
}

extension OpenAttempt {
    /// With its id.
    public struct Named: Sendable {
        public var id: AttemptID
        public var attempt: OpenAttempt
    }
}
