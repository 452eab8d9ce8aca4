/// Figures with the bars that they have to clear, in `bench.py`'s columns.
enum Figure {
    /// A figure is the median of as many.
    private static let rounds = 5

    /// - Parameter isMet: nil where there is no bar.
    static func row(_ title: String, _ value: Double, _ unit: String, bar: String = "", isMet: Bool? = nil) {
        let number = Micro.text(value)
        let left = title + String(repeating: " ", count: max(1, 48 - title.count))
        let middle = String(repeating: " ", count: max(0, 9 - number.count)) + number + " " + unit
        let right = isMet.map { "bar: \(bar)\($0 ? "" : ", MISSED")" } ?? bar
        print(right.isEmpty ? left + middle : left + middle + String(repeating: " ", count: max(1, 30 - middle.count)) + right)
    }

    static func milliseconds(_ body: () throws -> Void) rethrows -> Double { try seconds(body) * 1e3 }

    /// Of each of `count` things that the body does.
    static func nanoseconds(each count: Int, _ body: () throws -> Void) rethrows -> Double {
        try seconds(body) / Double(count) * 1e9
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<rounds { times.append(try Micro.seconds(body)) }
        return times.sorted()[rounds / 2]
    }
}
