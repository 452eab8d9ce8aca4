/// What came from an address, and who came from a network: a record lies under its address, and one under the first address of its
/// network.
public struct SourceRecord: Hashable, Sendable {
    /// Attempts and failures that came from the address, over all accounts.
    public var attempts = RecentTimes()
    /// Who tried from the network.
    public var users = RecentValues()

    public init() {}

    /// When something was last noted.
    var last: Timestamp? { [attempts.last, users.entries.last?.time].compactMap { $0 }.max() }
}

/// Recent attempts by source, bounded: the sources of a flood must not fill memory. What is evicted depends on the
/// events alone, so that replay evicts the same.
struct SourceTable: Hashable, Sendable {
    static let capacity = 65_536

    private var entries: [IPAddress: SourceRecord] = [:]

    subscript(address: IPAddress) -> SourceRecord? {
        get { entries[address] }
        set { entries[address] = newValue }
    }

    var isFull: Bool { entries.count >= Self.capacity }

    mutating func change(_ address: IPAddress, _ change: (inout SourceRecord) -> Void) {
        change(&entries[address, default: SourceRecord()])
    }

    /// Drops the quarter that was quiet longest; ties by address.
    /// - Returns: what was dropped.
    mutating func evict(before now: Timestamp) -> [IPAddress] {
        let byAge = entries.map { ($0.value.last ?? now, $0.key) }.sorted { $0 < $1 }
        let dropped = byAge.prefix(Self.capacity / 4).map(\.1)
        for address in dropped { entries[address] = nil }
        return dropped
    }
}
