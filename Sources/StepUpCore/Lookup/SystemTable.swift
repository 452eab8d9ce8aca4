/// Autonomous systems by address, of a database in which networks lie within networks: the narrowest that holds an address says whose it is.
public struct SystemTable: Hashable, Sendable {
    private var numbers = RangeTable<UInt32>()
    private var names: [UInt32: String] = [:]
    /// Networks whose addresses are not all in `numbers` yet, the widest first.
    private var open: [(network: CIDR, number: UInt32)] = []
    /// The first address that is not; nil: none is any more.
    private var next: IPAddress?
    /// The range that was found last, and may go on.
    private var last: (first: IPAddress, last: IPAddress, number: UInt32)?

    public static func == (a: Self, b: Self) -> Bool { a.numbers == b.numbers && a.names == b.names }
    public func hash(into hasher: inout Hasher) { hasher.combine(numbers) }

    public init() {}

    /// Adds a network.
    /// - Parameter number: 0: it is nobody's, whatever it lies in.
    /// - Returns: false if it does not come behind the others, by address and then from wide to narrow: nothing was added.
    public mutating func add(_ network: CIDR, _ number: UInt32) -> Bool {
        if let before = open.last?.network ?? lastAdded, network.address.family == before.address.family, network <= before {
            return false
        }
        lastAdded = network
        while let parent = open.last, !parent.network.covers(network) { close(parent) }
        if let parent = open.last, let next, next < network.address { put(next, network.address.before, parent.number) }
        open.append((network, number))
        next = network.address
        return true
    }

    private var lastAdded: CIDR?

    /// Names an autonomous system.
    public mutating func name(_ number: UInt32, _ name: String) { names[number] = AutonomousSystem.shortened(name) }

    /// No network comes any more.
    public mutating func finish() {
        while let network = open.last { close(network) }
        flush()
        (lastAdded, next) = (nil, nil)
    }

    /// Ranges that have a number.
    public var count: Int { numbers.count }

    /// nil: the data does not say.
    public func system(of address: IPAddress) -> AutonomousSystem? {
        numbers[address].map { AutonomousSystem(number: Int64($0), organisation: names[$0]) }
    }

    private mutating func close(_ entry: (network: CIDR, number: UInt32)) {
        open.removeLast()
        let end = entry.network.last
        if let start = next, start <= end {
            put(start, end, entry.number)
            next = end.after
        }
    }

    private mutating func put(_ first: IPAddress, _ end: IPAddress, _ number: UInt32) {
        if let found = last, found.number == number, found.last.after == first {
            last = (found.first, end, number)
            return
        }
        flush()
        last = (first, end, number)
    }

    private mutating func flush() {
        if let found = last, found.number > 0 { _ = numbers.append(found.first, found.last, found.number) }
        last = nil
    }
}

extension IPAddress {
    /// The next address of the family; nil: this is the last.
    fileprivate var after: IPAddress? {
        let end = family == .v4 ? UInt128(UInt32.max) : UInt128.max
        return bits == end ? nil : IPAddress(family: family, bits: bits + 1)
    }

    /// The address before; of the first, itself.
    fileprivate var before: IPAddress { bits == 0 ? self : IPAddress(family: family, bits: bits - 1) }
}
