extension Signal {
    /// How many there were within a window, against a fixed limit and, where the rule says so, against what is usual for the account.
    static func pace(
        _ measure: Paces.Measure, _ count: Int, _ limit: Int, _ window: Span, _ deviations: Int?, _ profile: Profile
    ) -> SignalReading {
        let tally = profile.usualPaces.tally(measure, window)
        let operands = paceOperands(measure == .hosts ? "hosts" : "attempts", count, limit, window, deviations, tally)
        guard let deviations, count > limit else { return .value(fired: count > limit, operands) }
        guard tally.logins >= UsualPaces.leastLogins else { return .unknown("\(tally.logins) logins are too few", operands) }
        return .value(fired: tally.isExceeded(by: count, deviations: deviations), operands)
    }

    static func paceOperands(
        _ name: String, _ count: Int, _ limit: Int, _ window: Span, _ deviations: Int?, _ tally: UsualPaces.Tally
    ) -> [Operand] {
        var operands = [Operand(name, Int64(count)), Operand("more_than", Int64(limit)), Operand("within_s", window.seconds)]
        if let deviations {
            operands += [
                Operand("mean_thousandths", Int64(tally.mean)), Operand("deviation_thousandths", Int64(tally.deviation)),
                Operand("deviations", Int64(deviations)),
            ]
        }
        return operands
    }
}
