import StepUpCore

/// Keeps a flood of failed first factors from filling the ledger: beyond a rate they are counted by network and minute (S24).
struct FailureAggregator {
    /// Events of their own a network may have in a minute, and all networks together.
    static let perNetwork = 30
    static let perMinute = 600
    /// Networks that are told apart within a minute; the rest is counted as one.
    static let networkLimit = 1024

    private var minute: Int64 = 0
    private var total = 0
    private var spared = 0
    private var seen: [String: (source: Observed<IPAddress>, count: Int)] = [:]

    /// A count that is due for an event.
    struct Overflow: Hashable {
        var source: Observed<IPAddress>
        var count: Int64
    }
    private(set) var overflows: [Overflow] = []

    /// Whether this failure gets an event of its own; if not, it is counted.
    /// - Parameter sparing: none gets one, and networks are not told apart.
    mutating func admits(_ source: Observed<IPAddress>, at clock: ClockReading, sparing: Bool = false) -> Bool {
        turn(clock)
        if sparing {
            spared += 1
            return false
        }
        total += 1
        var key = source.value?.network.description ?? ""
        if seen[key] == nil, seen.count >= Self.networkLimit { key = "" }
        let count = (seen[key]?.count ?? 0) + 1
        seen[key] = (key.isEmpty ? .unknown("many sources") : source, count)
        return count <= Self.perNetwork && total <= Self.perMinute
    }

    /// Ends the minute if it is over: what was counted becomes due.
    mutating func turn(_ clock: ClockReading) {
        let current = clock.bootTime / 60_000
        guard current != minute else { return }
        var all = 0
        for key in seen.keys.sorted() {
            guard let entry = seen[key] else { continue }
            let own = min(entry.count, Self.perNetwork)
            all += own
            let counted = entry.count - own
            if counted > 0 { overflows.append(Overflow(source: entry.source, count: Int64(counted))) }
        }
        // What the limit over all networks cut off.
        if all > Self.perMinute {
            overflows.append(Overflow(source: .unknown("many sources"), count: Int64(all - Self.perMinute)))
        }
        if spared > 0 { overflows.append(Overflow(source: .unknown("disk full"), count: Int64(spared))) }
        (minute, total, spared, seen) = (current, 0, 0, [:])
    }

    mutating func take() -> [Overflow] {
        defer { overflows = [] }
        return overflows
    }
}
