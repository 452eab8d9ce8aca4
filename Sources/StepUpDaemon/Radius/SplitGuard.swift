import StepUpCore

/// Keeps the question whether a code stands in a password from being an oracle: nothing has been proved when it is asked, and a code
/// that is not there cannot be counted against the token (S23). Beyond a rate no code is looked for; only a code that was
/// accepted clears it, for a password alone, however right, may be in the wrong hands.
struct SplitGuard {
    /// Fields, within `period`, in which something stood that had the shape of a code and was none: of an account from one network.
    static let limit = 10
    static let period: Int64 = 15 * 60_000
    /// The same of an account within an hour, from all networks that it is not known by.
    static let strangersLimit = 50
    static let strangersPeriod: Int64 = 3_600_000
    static let capacity = 4096

    private struct Key: Hashable {
        var account: String
        /// nil: all that are not known.
        var network: String?
    }
    private var misses: [Key: [Int64]] = [:]

    func admits(_ account: String, from network: String, isKnown: Bool, at bootTime: Int64) -> Bool {
        count(Key(account: account, network: network), within: Self.period, bootTime) < Self.limit
            && (isKnown || count(Key(account: account), within: Self.strangersPeriod, bootTime) < Self.strangersLimit)
    }

    mutating func miss(_ account: String, from network: String, isKnown: Bool, at bootTime: Int64) {
        note(Key(account: account, network: network), keep: Self.limit, bootTime)
        if !isKnown { note(Key(account: account), keep: Self.strangersLimit, bootTime) }
    }

    mutating func clear(_ account: String, from network: String) { misses[Key(account: account, network: network)] = nil }

    private func count(_ key: Key, within period: Int64, _ bootTime: Int64) -> Int {
        misses[key, default: []].count { bootTime - $0 < period }
    }

    private mutating func note(_ key: Key, keep: Int, _ bootTime: Int64) {
        if misses.count >= Self.capacity, misses[key] == nil { makeRoom(bootTime) }
        misses[key] = misses[key, default: []].suffix(keep - 1) + [bootTime]
    }

    /// What is over goes, and if that is not enough the networks that were quiet longest; what is kept of accounts stays.
    private mutating func makeRoom(_ bootTime: Int64) {
        misses = misses.filter { bootTime - ($0.value.last ?? 0) < Self.strangersPeriod }
        guard misses.count >= Self.capacity else { return }
        let quiet = misses.filter { $0.key.network != nil }.sorted {
            ($0.value.last ?? 0, $0.key.account, $0.key.network ?? "") < ($1.value.last ?? 0, $1.key.account, $1.key.network ?? "")
        }
        for entry in quiet.prefix(Self.capacity / 4) { misses[entry.key] = nil }
    }
}
