import StepUpCore

/// Keeps the question whether a code stands in a password from being an oracle: nothing has been proved when it is asked, and a code
/// that is not there cannot be counted against the token (S23). Beyond a rate, by account and network, no code is looked for.
struct SplitGuard {
    /// Fields in which something stood that had the shape of a code and was none.
    static let limit = 10
    static let period: Int64 = 15 * 60_000
    static let capacity = 4096

    private struct Key: Hashable {
        var account: String
        var network: String
    }
    private var misses: [Key: [Int64]] = [:]

    func admits(_ account: String, from source: Observed<IPAddress>, at bootTime: Int64) -> Bool {
        let recent = misses[Self.key(account, source), default: []].count { bootTime - $0 < Self.period }
        return recent < Self.limit
    }

    mutating func miss(_ account: String, from source: Observed<IPAddress>, at bootTime: Int64) {
        if misses.count >= Self.capacity {
            misses = misses.filter { bootTime - ($0.value.last ?? 0) < Self.period }
            // A flood of networks: those go that were quiet longest.
            if misses.count >= Self.capacity {
                let quiet = misses.sorted {
                    ($0.value.last ?? 0, $0.key.account, $0.key.network) < ($1.value.last ?? 0, $1.key.account, $1.key.network)
                }
                for entry in quiet.prefix(Self.capacity / 4) { misses[entry.key] = nil }
            }
        }
        let key = Self.key(account, source)
        misses[key] = misses[key, default: []].suffix(Self.limit - 1) + [bootTime]
    }

    /// Somebody with the password was there: what came before were slips, or a password that ends in digits.
    mutating func clear(_ account: String, from source: Observed<IPAddress>) { misses[Self.key(account, source)] = nil }

    private static func key(_ account: String, _ source: Observed<IPAddress>) -> Key {
        Key(account: account, network: source.value?.network.description ?? "")
    }
}
