import StepUpCore

/// Keeps a flood of failed first factors from filling the ledger: beyond a rate they are counted by account, network and minute
/// (S24). Each account has a budget of its own, so that nobody can hide guesses at one behind a flood at others.
struct FailureAggregator {
    /// Events of their own in a minute: of an account, and of all accounts together.
    static let perAccount = 10
    static let allAccounts = 3000
    /// The same for names that are nobody's: from a network, and from all.
    static let perNetwork = 30
    static let allNetworks = 600
    /// Counts that are kept apart within a minute; what comes beyond is counted as one.
    static let countLimit = 4096
    /// The same on a full disk.
    static let sparingLimit = 32

    /// A count that is due for an event.
    struct Overflow: Hashable {
        var account: String?
        var source: Observed<IPAddress>
        var count: Int64
    }

    private struct Key: Hashable {
        var account: String?
        var network: String
    }

    private var minute: Int64 = 0
    /// Events of their own in this minute.
    private var accounts: [String: Int] = [:]
    private var networks: [String: Int] = [:]
    private var accountTotal = 0
    private var networkTotal = 0
    private var counted: [Key: Overflow] = [:]
    private(set) var overflows: [Overflow] = []

    /// Whether this failure gets an event of its own; if not, it is counted.
    /// - Parameter sparing: none gets one.
    mutating func admits(
        _ account: String?, from source: Observed<IPAddress>, at clock: ClockReading, sparing: Bool = false
    ) -> Bool {
        turn(clock)
        let network = source.value?.network.description ?? ""
        if !sparing, isWithinBudget(account, network) { return true }
        var key = Key(account: account, network: network)
        var place = Overflow(account: account, source: source, count: 0)
        if counted[key] == nil, counted.count >= (sparing ? Self.sparingLimit : Self.countLimit) {
            key = Key(account: nil, network: "many")
            place = Overflow(account: nil, source: .unknown("many sources"), count: 0)
        }
        counted[key, default: place].count += 1
        return false
    }

    private mutating func isWithinBudget(_ account: String?, _ network: String) -> Bool {
        if let account {
            guard accounts[account, default: 0] < Self.perAccount, accountTotal < Self.allAccounts else { return false }
            accounts[account, default: 0] += 1
            accountTotal += 1
        } else {
            guard networks[network, default: 0] < Self.perNetwork, networkTotal < Self.allNetworks else { return false }
            networks[network, default: 0] += 1
            networkTotal += 1
        }
        return true
    }

    /// Ends the minute if it is over: what was counted becomes due.
    mutating func turn(_ clock: ClockReading) {
        if clock.bootTime / 60_000 != minute { endMinute(clock) }
    }

    /// Makes what was counted due now.
    mutating func endMinute(_ clock: ClockReading) {
        let due = counted.sorted { ($0.key.account ?? "", $0.key.network) < ($1.key.account ?? "", $1.key.network) }
        overflows += due.map(\.value)
        (minute, accountTotal, networkTotal) = (clock.bootTime / 60_000, 0, 0)
        (accounts, networks, counted) = ([:], [:], [:])
    }

    mutating func take() -> [Overflow] {
        defer { overflows = [] }
        return overflows
    }
}
