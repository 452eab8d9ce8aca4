extension Rule {
    /// The most bytes that its outcome takes in an event: with all that it looked at, and unknown for its source alone; or with what is unknown,
    /// of several signals all that may be.
    var largestOutcome: Int {
        let signals = condition.signals
        let known = RuleOutcome(
            self, .firedUnknown, signals.map(\.longestReading), reason: scope.sources.isEmpty ? nil : "source: shared address")
        let reason = signals.map(\.longestReason).max { $0.utf8.count < $1.utf8.count }
        let unknown = RuleOutcome(
            self, .firedUnknown, signals.count == 1 ? signals.map(\.longestIfUnknown) : signals.map(\.longest), reason: reason)
        return max(known.canonicalBytes.count, unknown.canonicalBytes.count)
    }
}

extension Signal {
    fileprivate var longestReading: SignalOutcome { SignalOutcome(signal: name, result: .fired, operands: longestOperands) }

    fileprivate var longestIfUnknown: SignalOutcome {
        SignalOutcome(signal: name, result: .unknown, operands: longestOperandsIfUnknown, reason: longestReason)
    }

    fileprivate var longest: SignalOutcome {
        let (known, unknown) = (longestReading, longestIfUnknown)
        return known.canonicalBytes.count > unknown.canonicalBytes.count ? known : unknown
    }

    /// What it shows beside a reason.
    private var longestOperandsIfUnknown: [Operand] {
        switch self {
        case .velUser, .velIP, .velHost, .fanout, .hourRare: longestOperands
        case .calendar, .listed: longestOperands.filter { ["window", "list"].contains($0.name) }
        case .always, .ipNew, .netNew, .deviceNew, .countryNew, .countryListed, .asnNew, .asnNovelOrg, .travel, .spray, .command,
            .failsRecent, .target, .dormant, .credFresh, .failThenOK, .concurrent, .score, .coldStart:
            []
        }
    }
}
