/// One row of comma-separated values (RFC 4180), on one line. Used again for each row, so that none allocates.
struct CSVRow: Sendable {
    private var line: ArraySlice<UInt8> = []
    private var starts: [Int] = []
    private var ends: [Int] = []
    /// Fields with `""` in them; rarely any.
    private var doubled: [Int] = []

    /// Fields of a row that are told apart; what is behind them is one more.
    private static let limit = 256

    var count: Int { starts.count }

    /// - Returns: false: it is none; a quoted field does not end, or something stands behind its end.
    mutating func read(_ line: ArraySlice<UInt8>) -> Bool {
        self.line = line
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        if !doubled.isEmpty { doubled.removeAll(keepingCapacity: true) }
        var index = line.startIndex
        let end = line.endIndex
        while true {
            if index < end, line[index] == 0x22 {
                guard let close = quoted(from: index + 1) else { return false }
                index = close + 1
            } else {
                starts.append(index)
                while index < end, line[index] != 0x2c { index += 1 }
                ends.append(index)
            }
            guard index < end else { return true }
            guard line[index] == 0x2c, starts.count <= Self.limit else { return false }
            index += 1
        }
    }

    /// - Returns: where the closing quotation mark stands.
    private mutating func quoted(from start: Int) -> Int? {
        var (index, isDoubled) = (start, false)
        while index < line.endIndex {
            if line[index] == 0x22 {
                guard index + 1 < line.endIndex, line[index + 1] == 0x22 else {
                    if isDoubled { doubled.append(starts.count) }
                    starts.append(start)
                    ends.append(index)
                    return index
                }
                isDoubled = true
                index += 1
            }
            index += 1
        }
        return nil
    }

    func value(_ index: Int) -> ArraySlice<UInt8> {
        let field = line[starts[index]..<ends[index]]
        guard doubled.contains(index) else { return field }
        var out: [UInt8] = []
        var skips = false
        for byte in field {
            skips = byte == 0x22 && !skips
            if !skips { out.append(byte) }
        }
        return out[...]
    }
}
