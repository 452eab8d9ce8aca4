/// The latest instants at which something happened, oldest first: enough to count in any window a policy may name.
public struct RecentTimes: Hashable, Sendable {
    /// How many are kept; a policy's thresholds stay below it.
    public static let capacity = 256
    /// How far back they are kept.
    public static let reach = Span.hours(24)

    var times: [Timestamp] = []

    public init() {}

    /// How many lie in (`now` − `window`, …]. A time after `now` (the clock went back) counts: it did happen.
    public func count(within window: Span, before now: Timestamp) -> Int {
        let start = now - window
        var count = 0
        for time in times.reversed() where time > start { count += 1 }
        return count
    }

    /// The same of several windows, ascending, in one pass.
    func counts(within windows: [Span], before now: Timestamp) -> [Int] {
        guard let widest = windows.last else { return [] }
        var counts = [Int](repeating: 0, count: windows.count)
        for time in times.reversed() where time > now - widest {
            for index in counts.indices where time > now - windows[index] { counts[index] += 1 }
        }
        return counts
    }

    mutating func record(_ time: Timestamp) {
        times.append(time)
        let oldest = time - Self.reach
        if times.count > Self.capacity || times[0] < oldest {
            times = Array(times.filter { $0 >= oldest }.suffix(Self.capacity))
        }
    }

    var last: Timestamp? { times.max() }
}
