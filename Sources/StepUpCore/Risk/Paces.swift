/// How many there were lately: attempts of the account, from its address and on this host, and hosts that the account tried, each within
/// a minute, ten minutes and an hour, the attempt itself included.
public struct Paces: Hashable, Sendable {
    public enum Measure: Int, CaseIterable, Hashable, Sendable { case user, address, host, hosts }

    public static let windows: [Span] = [.minutes(1), .minutes(10), .hours(1)]

    /// By measure, then by window; an attempt that comes from no address that is known has none of the address.
    var counts: [Int]

    init(counts: [Int]) { self.counts = counts }

    /// What came from the attempt's address and to this host, as things are before it. The account's own are counted when it has become a
    /// login (`count`).
    /// - Parameter source: nil: it comes from no address that is known.
    init(at time: Timestamp, source: RecentTimes?, host: RecentTimes) {
        func counts(_ times: RecentTimes?) -> [Int] {
            Self.windows.map { window in times.map { $0.count(within: window, before: time) + 1 } ?? 0 }
        }
        let own = [Int](repeating: 0, count: Self.windows.count)
        self.counts = own + counts(source) + counts(host) + own
    }

    /// Counts the account's own logins, and what they were to, with this one.
    mutating func count(_ logins: RecentTimes, _ targets: RecentValues, with target: String, at time: Timestamp) {
        for (index, window) in Self.windows.enumerated() {
            counts[Measure.user.rawValue * Self.windows.count + index] = logins.count(within: window, before: time) + 1
            counts[Measure.hosts.rawValue * Self.windows.count + index] = targets.count(with: target, within: window, before: time)
        }
    }

    static func index(_ measure: Measure, _ window: Span) -> Int? {
        windows.firstIndex(of: window).map { measure.rawValue * windows.count + $0 }
    }
}

/// What paces are usual for an account: mean and deviation of those of its logins. Only a login that proved a factor, or came from a
/// network that was known, counts (S21), and of the account's own pace nothing but such logins: attempts of others do not make haste
/// usual. What others do at its address and on its host is part of what is counted there, but no more than three deviations above the mean.
public struct UsualPaces: Hashable, Sendable {
    /// Logins before which nothing can be said.
    public static let leastLogins = 20
    /// When so many are counted, all sums are halved: what is usual follows the times.
    static let mostLogins = 200

    struct Tally: Hashable, Sendable {
        var logins = 0
        var sum = 0
        var squares = 0
    }

    /// As in `Paces`; empty: no login yet.
    var tallies: [Tally] = []

    public init() {}

    mutating func login(_ paces: Paces) {
        if tallies.count != paces.counts.count { tallies = [Tally](repeating: Tally(), count: paces.counts.count) }
        for (index, seen) in paces.counts.enumerated() where seen > 0 {
            var tally = tallies[index]
            let count = tally.logins >= Self.leastLogins ? min(seen, tally.mostUsual) : seen
            if tally.logins >= Self.mostLogins {
                tally = Tally(logins: tally.logins / 2, sum: tally.sum / 2, squares: tally.squares / 2)
            }
            tallies[index] = Tally(logins: tally.logins + 1, sum: tally.sum + count, squares: tally.squares + count * count)
        }
    }

    func tally(_ measure: Paces.Measure, _ window: Span) -> Tally {
        guard let index = Paces.index(measure, window), tallies.indices.contains(index) else { return Tally() }
        return tallies[index]
    }
}

extension UsualPaces.Tally {
    /// At its longest in a decision.
    static let largest = Self(logins: 2, sum: 256, squares: 65_536)

    /// Logins × logins × the variance; integers throughout.
    private var spread: Int { max(0, logins * squares - sum * sum) }

    /// Whether `count` is above the mean and so many standard deviations.
    func isExceeded(by count: Int, deviations: Int) -> Bool {
        let above = logins * count - sum
        return above > 0 && above * above > deviations * deviations * spread
    }

    /// Three deviations above the mean, and one at least.
    fileprivate var mostUsual: Int { max((mean + 3 * deviation) / 1000, mean / 1000 + 1) }

    /// Thousandths.
    var mean: Int { logins == 0 ? 0 : 1000 * sum / logins }
    var deviation: Int { logins == 0 ? 0 : 1000 * squareRoot(spread) / logins }
}

/// The largest integer whose square is not above `value`.
private func squareRoot(_ value: Int) -> Int {
    var root = 0
    for bit in (0..<31).reversed() where (root | 1 << bit) * (root | 1 << bit) <= value { root |= 1 << bit }
    return root
}
