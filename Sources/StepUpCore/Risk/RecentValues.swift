/// What came lately, each with the latest time: users of a network (`spray`; a name that is nobody's counts by its keyed hash), hosts of a
/// user (`fanout`).
public struct RecentValues: Hashable, Sendable {
    /// How many are kept; a policy's thresholds stay below it.
    public static let capacity = 64
    public static let reach = Span.hours(1)

    /// Oldest first.
    var entries: [Seen] = []

    public init() {}

    /// Distinct values within (`now` − `window`, …], `value` included.
    public func count(with value: String, within window: Span, before now: Timestamp) -> Int {
        1 + entries.count { $0.value != value && $0.time > now - window }
    }

    mutating func record(_ value: String, at time: Timestamp) {
        entries.removeAll { $0.value == value || $0.time < time - Self.reach }
        entries.append(Seen(value: value, time: time))
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
