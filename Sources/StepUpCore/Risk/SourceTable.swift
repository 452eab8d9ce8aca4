/// Recent attempts by source address, bounded: the sources of a flood must not fill memory. What is evicted depends on the
/// events alone, so that replay evicts the same.
struct SourceTable: Hashable, Sendable {
    static let capacity = 65_536

    private var entries: [IPAddress: RecentTimes] = [:]

    subscript(address: IPAddress) -> RecentTimes? {
        get { entries[address] }
        set { entries[address] = newValue }
    }

    var isFull: Bool { entries.count >= Self.capacity }

    mutating func record(_ time: Timestamp, from address: IPAddress) { entries[address, default: RecentTimes()].record(time) }

    /// Drops the quarter that was quiet longest; ties by address.
    /// - Returns: what was dropped.
    mutating func evict(before now: Timestamp) -> [IPAddress] {
        let byAge = entries.map { ($0.value.last ?? now, $0.key) }.sorted { $0 < $1 }
        let dropped = byAge.prefix(Self.capacity / 4).map(\.1)
        for address in dropped { entries[address] = nil }
        return dropped
    }
}
