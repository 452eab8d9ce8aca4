/// Who tried lately, each with the latest time: distinct users of a network (`spray`). A name that is nobody's counts by its keyed hash.
public struct RecentUsers: Hashable, Sendable {
    /// How many are kept; a policy's thresholds stay below it.
    public static let capacity = 64
    public static let reach = Span.hours(1)

    /// Oldest first.
    var entries: [Seen] = []

    public init() {}

    /// Distinct users within (`now` − `window`, …], `user` included.
    public func count(with user: String, within window: Span, before now: Timestamp) -> Int {
        1 + entries.count { $0.value != user && $0.time > now - window }
    }

    mutating func record(_ user: String, at time: Timestamp) {
        entries.removeAll { $0.value == user || $0.time < time - Self.reach }
        entries.append(Seen(value: user, time: time))
        if entries.count > Self.capacity { entries.removeFirst() }
    }
}

extension Subject {
    /// What tells one user from another.
    public var identity: String {
        switch self {
        case .account(let account): account.name
        case .unresolved(let hash, _): "#\(hash)"
        }
    }
}
