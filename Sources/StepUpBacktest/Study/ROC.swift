/// How often legitimate logins are asked where so many of an attacker's are (receiver operating characteristic).
public enum ROC {
    /// Both are values of one measure, the higher the more suspicious; whoever asks yes or no has the values 1 and 0.
    ///
    /// Between two thresholds, and where values are equal, it is left to chance: the straight line between the two points. So one and the same rule
    /// serves for scores, which have many thresholds, and for policies, which have one (asked, or not): beyond its own detection a policy asks
    /// some of the others at random, short of it, it leaves some out.
    /// - Parameter wanted: the share of an attacker's logins that shall be asked, in thousandths, 1 … 1000.
    /// - Returns: the share of legitimate logins that are asked then; nil if there are none of one of them.
    public static func rate(legitimate: [Int], attacks: [Int], wanted: Int) -> Double? {
        guard !legitimate.isEmpty, !attacks.isEmpty else { return nil }
        let (own, others) = (legitimate.sorted(by: >), attacks.sorted(by: >))
        var (i, j) = (0, 0)
        var last = (rate: 0.0, found: 0.0)
        let target = Double(wanted) / 1000
        while i < own.count || j < others.count {
            let threshold = max(i < own.count ? own[i] : .min, j < others.count ? others[j] : .min)
            while i < own.count, own[i] == threshold { i += 1 }
            while j < others.count, others[j] == threshold { j += 1 }
            let next = (rate: Double(i) / Double(own.count), found: Double(j) / Double(others.count))
            if next.found >= target {
                guard next.found > last.found else { return last.rate }
                return last.rate + (next.rate - last.rate) * (target - last.found) / (next.found - last.found)
            }
            last = next
        }
        return 1
    }
}
