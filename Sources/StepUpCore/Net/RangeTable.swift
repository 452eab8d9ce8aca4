/// Values by ranges of addresses that do not overlap: sorted, and searched by halving. A million ranges of IPv4 take 9 MB and a byte
/// for each byte of a value.
struct RangeTable<Value: Hashable & Sendable>: Hashable, Sendable {
    struct Entry {
        var first: IPAddress
        var last: IPAddress
        var value: Value
    }

    private var v4 = Half<UInt32>()
    private var v6 = Half<UInt128>()

    private struct Half<Bits: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable, Sendable {
        var firsts: [Bits] = []
        var lasts: [Bits] = []
        var values: [Value] = []
        /// Each 64th of `firsts`, few enough to stay in the processor's cache: a search that halves all of them waits for memory at
        /// each step.
        var marks: [Bits] = []

        private static var stride: Int { 64 }

        /// The range that holds `bits`.
        func index(of bits: Bits) -> Int? {
            let mark = Self.count(marks, 0..<marks.count, upTo: bits) - 1
            guard mark >= 0 else { return nil }
            let start = mark * Self.stride
            let index = Self.count(firsts, start..<min(start + Self.stride, firsts.count), upTo: bits) - 1
            return bits <= lasts[index] ? index : nil
        }

        /// How many of the sorted `numbers` are `bits` or less, where those before `range` are and those behind it are not.
        private static func count(_ numbers: [Bits], _ range: Range<Int>, upTo bits: Bits) -> Int {
            var (low, high) = (range.lowerBound, range.upperBound)
            while low < high {
                let middle = (low + high) / 2
                if numbers[middle] <= bits { low = middle + 1 } else { high = middle }
            }
            return low
        }

        mutating func append(_ first: Bits, _ last: Bits, _ value: Value) {
            if firsts.count % Self.stride == 0 { marks.append(first) }
            firsts.append(first)
            lasts.append(last)
            values.append(value)
        }
    }

    init() {}

    var count: Int { v4.firsts.count + v6.firsts.count }

    subscript(_ address: IPAddress) -> Value? {
        switch address.family {
        case .v4: v4.index(of: UInt32(truncatingIfNeeded: address.bits)).map { v4.values[$0] }
        case .v6: v6.index(of: address.bits).map { v6.values[$0] }
        }
    }

    /// Adds a range behind the others of its family.
    /// - Returns: false if it does not lie behind them, or ends before it begins: nothing was added.
    mutating func append(_ first: IPAddress, _ last: IPAddress, _ value: Value) -> Bool {
        guard first.family == last.family, first <= last else { return false }
        switch first.family {
        case .v4:
            let (first, last) = (UInt32(truncatingIfNeeded: first.bits), UInt32(truncatingIfNeeded: last.bits))
            if let before = v4.lasts.last, first <= before { return false }
            v4.append(first, last, value)
        case .v6:
            if let before = v6.lasts.last, first.bits <= before { return false }
            v6.append(first.bits, last.bits, value)
        }
        return true
    }
}
