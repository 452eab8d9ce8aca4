/// The attempts whose story is not over. Those that were released are found without looking at the others: a million prompts
/// that nobody has answered yet must not slow down the sweep that ends released logins.
public struct OpenTable: Hashable, Sendable {
    private var entries: [AttemptID: OpenAttempt] = [:]
    private var releasedIDs: Set<AttemptID> = []

    public subscript(id: AttemptID) -> OpenAttempt? {
        get { entries[id] }
        set {
            entries[id] = newValue
            if case .released = newValue?.stage {
                releasedIDs.insert(id)
            } else {
                releasedIDs.remove(id)
            }
        }
    }

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }

    /// Allowed logins whose session has not opened yet, and since when; oldest first.
    public var released: [(id: AttemptID, at: Timestamp)] {
        releasedIDs.sorted().compactMap { id in
            guard case .released(let at) = entries[id]?.stage else { return nil }
            return (id, at)
        }
    }
}
