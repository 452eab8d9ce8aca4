import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLogs
import Testing

@Suite struct SuggestionTests {
    private func suggestion(_ budget: String, _ events: [LogEvent]) throws -> (Suggestion, String) {
        let budget = try #require(Budget(budget))
        let suggestion = try Suggestion(
            events, Backtest.Settings(), budget: budget, zones: ["UTC": .utc],
            load: { try PolicyLoader.load($0, file: "suggested.toml", hash: "x") }, progress: { _ in })
        return (suggestion, suggestion.text(from: ["auth.log"], at: Fixture.start))
    }

    @Test func aSuggestionLoadsAndKeepsItsBudget() throws {
        let events = Fixture.generated(people: 6, days: 16)
        for budget in ["0 per user per week", "0.5 per user per week", "5 per person per day"] {
            let (suggestion, text) = try suggestion(budget, events)
            let policy = try PolicyLoader.load(text, file: "suggested.toml", hash: "x")
            let outcome = Fixture.run(Backtest.Candidate(policy, name: "s", zones: ["UTC": .utc]), events).outcome
            let limit = try #require(Budget(budget)).perWeek
            #expect(outcome.perWeek.p95 <= limit, "\(budget)")
            #expect(
                outcome.perWeek.p95 == suggestion.summary?.outcome.perWeek.p95
                    && outcome.prompts == suggestion.summary?.outcome.prompts)
        }
    }

    @Test func moreBudgetStopsMore() throws {
        let events = Fixture.generated(people: 6, days: 16)
        func stopped(_ budget: String) throws -> Int {
            try suggestion(budget, events).0.summary?.outcome.caught.map(\.stopped).reduce(0, +) ?? 0
        }
        #expect(try stopped("0.1 per user per week") < stopped("10 per user per week"))
    }

    @Test func aBudgetIsReadStrictly() {
        #expect(
            Budget("1 per user per week")?.perWeek == 100 && Budget("0.5 per person per day")?.perWeek == 350
                && Budget("13 per user per month")?.perWeek == 300)
        for text in [
            "", "1", "1 per user", "one per user per week", "1 per user per year", "-1 per user per week",
            "1.234 per user per week", "1 per host per week", "99999999999999999999 per user per week",
        ] {
            #expect(Budget(text) == nil, "\(text)")
        }
    }

    @Test func aFilesNameCannotWriteRules() throws {
        let (suggestion, _) = try suggestion("1 per user per week", [Fixture.event()])
        let text = suggestion.text(
            from: ["x\n[[rule]]\nname = \"evil\"\nsignal = \"always\"\nrequire = \"deny\"\n#"], at: Fixture.start)
        let policy = try PolicyLoader.load(text, file: "s", hash: "x")
        #expect(!policy.rules.contains { $0.name == "evil" })
    }
}
