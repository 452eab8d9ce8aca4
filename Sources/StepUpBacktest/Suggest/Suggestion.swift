import StepUpCore
import StepUpLogs

/// A policy that keeps prompts under a budget, found by trying: rule after rule, each with the threshold that asks most and still fits, over
/// all the logins of the logs with every rule taken so far in force.
public struct Suggestion: Sendable {
    /// What came of one try.
    public struct Try: Sendable {
        public var name: String
        public var option: String
        public var isTaken: Bool
        /// Of the policy with it, in hundredths per person and week: what 95 of 100 people stay below.
        public var perWeek: Int
        public var prompts: Int
        /// What it changed in what would have been caught, in a few words.
        public var effect: String
        var text: String
        var purpose: String
    }

    public private(set) var tries: [Try] = []
    public private(set) var summary: BacktestSummary?
    private let budget: Budget
    private let zone: String

    /// - Parameters:
    ///   - events: of the logs, in the order of time.
    ///   - load: reads a policy's text.
    ///   - progress: called before each try with its rule's name.
    public init(
        _ events: [LogEvent], _ settings: Backtest.Settings, budget: Budget, zones: [String: ZoneRules],
        load: (String) throws -> Policy,
        progress: (String) -> Void
    ) rethrows {
        (self.budget, zone) = (budget, settings.zoneName)
        func run(_ rules: [String]) throws -> BacktestSummary {
            let policy = try load(Self.header + rules.joined(separator: "\n"))
            var backtest = Backtest(Backtest.Candidate(policy, name: "suggested", zones: zones), settings)
            for event in events { backtest.take(event) }
            return backtest.summary(of: [], duplicates: 0)
        }
        let hasCountries = events.contains { $0.locality?.country.value != nil } || settings.lookups != nil
        var taken: [String] = []
        var best = try run([])
        for family in RuleFamily.all(zone: zone, hasCountries: hasCountries) {
            // Where one of the two is in force, both together add nothing.
            if family.name == "new-network-and-device",
                tries.contains(where: { $0.isTaken && $0.name.hasPrefix("new-") && $0.name != "new-country" })
            {
                continue
            }
            for option in family.options {
                progress("\(family.name): \(option.words)")
                let text = family.text(option)
                let result = try run(taken + [text])
                let (effect, isBetter) = Self.effect(from: best.outcome, to: result.outcome)
                let fits = result.outcome.perWeek.p95 <= budget.perWeek
                // What asks somebody and stops nobody more is a burden alone.
                let isUseful = isBetter || result.outcome.prompts == best.outcome.prompts
                tries.append(
                    Try(
                        name: family.name, option: option.words, isTaken: fits && isUseful, perWeek: result.outcome.perWeek.p95,
                        prompts: result.outcome.prompts - best.outcome.prompts,
                        effect: fits && !isUseful ? "it stops nobody more" : effect,
                        text: text, purpose: family.purpose))
                if fits, isUseful {
                    taken.append(text)
                    best = result
                }
                if fits { break }
            }
        }
        summary = best
    }

    private static let header = "version = 1\ngrace = \"2m\"\n\n"

    /// - Returns: in words, what more is stopped; and whether anything is.
    private static func effect(from old: PolicyOutcome, to new: PolicyOutcome) -> (String, Bool) {
        var words: [String] = []
        for caught in new.caught where caught.tries > 0 {
            let before = old.caught.first { $0.name == caught.name }
            let (from, to) = (before.map { percent($0.stopped, $0.tries) } ?? 0, percent(caught.stopped, caught.tries))
            if to > from { words.append("\(caught.name) \(from) % -> \(to) %") }
        }
        return (words.isEmpty ? "nothing more is stopped in these logs" : words.joined(separator: ", "), !words.isEmpty)
    }

    private static func percent(_ part: Int, _ whole: Int) -> Int { whole == 0 ? 0 : (part * 200 / whole + 1) / 2 }

    static func decimal(_ hundredths: Int) -> String {
        "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// The policy file, with comments that say why.
    public func text(from logs: [String], at now: Timestamp) -> String {
        guard let summary else { return "" }
        let outcome = summary.outcome
        var out = """
            # Suggested by `stepupctl policy suggest` on \(now.rfc3339.prefix(10)), to start from: read it, try it (`stepupctl backtest`), run it in shadow.
            # Budget: at most \(budget), for 95 of 100 people.
            # From \(summary.logins) logins of \(summary.people) people\(period(summary)) in \(logs.map(EvidenceText.printable).joined(separator: ", "))
            # With it: \(outcome.prompts) prompts; 95 of 100 people are asked at most \(Self.decimal(outcome.perWeek.p95)) times a week, half of them at most \(Self.decimal(outcome.perWeek.p50)).

            """
        for caught in outcome.caught {
            out +=
                "# It would have stopped \(Self.percent(caught.stopped, caught.tries)) % of \(caught.tries) tries: \(caught.name).\n"
        }
        out += "\n" + Self.header
        for attempt in tries where attempt.isTaken {
            out += "# \(attempt.option): \(attempt.purpose).\n"
            out += "# It adds \(attempt.prompts) prompts; \(attempt.effect).\n"
            out += attempt.text + "\n"
        }
        let refused = tries.filter { !$0.isTaken }
        if !refused.isEmpty {
            out += "# Not taken:\n"
            for attempt in refused {
                let why =
                    attempt.perWeek > budget.perWeek
                    ? "95 of 100 people would be asked up to \(Self.decimal(attempt.perWeek)) times a week" : attempt.effect
                out += "# - \(attempt.name), \(attempt.option): \(why)\n"
            }
        }
        return out
    }

    private func period(_ summary: BacktestSummary) -> String {
        guard let first = summary.first, let last = summary.last else { return "" }
        return ", \(first.rfc3339.prefix(10)) to \(last.rfc3339.prefix(10)),"
    }
}
