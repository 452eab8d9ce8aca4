/// The values of one kind (addresses, networks, devices) that an account is known by, and those on probation (S21).
///
/// A value is known when a login that came with it proved at least `otp` and opened its session; or after probation: logins
/// allowed on 3 distinct UTC days, the last at least 7 days after the first, and no failure from the value in between. It is
/// forgotten 90 days after the last login that came with it, and when 50 later ones have come.
public struct KnownValues: Hashable, Sendable {
    public static let capacity = 50
    public static let lifetime = Span.days(90)
    static let probationDays = 3
    static let probationSpan: Int64 = 7

    /// Last login that came with the value; most recent last.
    var known: [Seen] = []
    /// Distinct days (since the epoch) of allowed logins of values not known yet; at most `capacity` values.
    var candidates: [Candidate] = []

    struct Candidate: Hashable, Sendable {
        var value: String
        var days: [Int64]
    }

    public init() {}

    public func isKnown(_ value: String, at now: Timestamp) -> Bool {
        known.contains { $0.value == value && now - $0.time <= Self.lifetime }
    }

    public var count: Int { known.count }
    var isEmpty: Bool { known.isEmpty && candidates.isEmpty }

    /// What is known at `now`, least recent first, and when it was seen last.
    public func values(at now: Timestamp) -> [(value: String, seen: Timestamp)] {
        known.filter { now - $0.time <= Self.lifetime }.map { ($0.value, $0.time) }
    }

    /// A login with `value` opened its session.
    /// - Parameter proved: it had proved at least `otp`.
    mutating func login(_ value: String, proved: Bool, at time: Timestamp) {
        if proved || isKnown(value, at: time) || passesProbation(value, at: time) {
            candidates.removeAll { $0.value == value }
            known.removeAll { $0.value == value }
            known.append(Seen(value: value, time: time))
            if known.count > Self.capacity { known.removeFirst() }
        }
    }

    /// A failure came from `value`: its probation starts anew. What is known stays known.
    mutating func failure(_ value: String) { candidates.removeAll { $0.value == value } }

    /// A failure came, and nobody knows from which value: all probation starts anew.
    mutating func failure() { candidates = [] }

    mutating func forget() { self = KnownValues() }

    private mutating func passesProbation(_ value: String, at time: Timestamp) -> Bool {
        let day = floorDivide(time.seconds, 86_400)
        var days = candidates.first { $0.value == value }?.days ?? []
        candidates.removeAll { $0.value == value }
        if !days.contains(day) { days.append(day) }
        // The first day is kept, for the span; of the others the latest suffice.
        if days.count > Self.probationDays { days.remove(at: 1) }
        candidates.append(Candidate(value: value, days: days))
        if candidates.count > Self.capacity { candidates.removeFirst() }
        guard let first = days.min(), let last = days.max() else { return false }
        return days.count >= Self.probationDays && last - first >= Self.probationSpan
    }
}

/// A value, and when it was seen last.
struct Seen: Hashable, Sendable {
    var value: String
    var time: Timestamp
}
