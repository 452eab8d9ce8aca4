/// The latest instants at which something happened, earliest first: enough to count in any window a policy may name.
public struct RecentTimes: Hashable, Sendable {
    /// How many are kept; a policy's thresholds stay below it.
    public static let capacity = 256
    /// How far back they are kept.
    public static let reach = Span.hours(24)

    private(set) var times: [Timestamp] = []

    public init() {}

    /// - Parameter times: in ascending order.
    init(_ times: [Timestamp]) { self.times = times }

    /// How many lie in (`now` − `window`, …]. A time after `now` (the clock went back) counts: it did happen.
    public func count(within window: Span, before now: Timestamp) -> Int { times.count - end(of: now - window) }

    mutating func record(_ time: Timestamp) {
        // A clock that was set back puts one among the others.
        if let last = times.last, time < last { times.insert(time, at: end(of: time)) } else { times.append(time) }
        let old = times.last.map { end(of: Timestamp(milliseconds: ($0 - Self.reach).milliseconds - 1)) } ?? 0
        let dropped = max(old, times.count - Self.capacity)
        if dropped > 0 { times.removeFirst(dropped) }
    }

    var last: Timestamp? { times.last }

    /// How many are at `time` or before it.
    private func end(of time: Timestamp) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
