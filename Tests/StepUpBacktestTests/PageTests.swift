import StepUpBacktest
import StepUpCore
import StepUpLogs
import Testing

@Suite struct PageTests {
    static let evil = "<script>alert(1)</script>\"'><img src=x onerror=y>\u{202e}\u{7}"

    private func summary() throws -> BacktestSummary {
        var summary = Fixture.run(
            try Fixture.policy(Fixture.newNetwork), versus: try Fixture.policy(Fixture.newNetwork), Fixture.generated())
        summary.outcome.name = Self.evil
        summary.outcome.worst[0].name = Self.evil
        summary.outcome.deniedLogins = [PolicyOutcome.Denial(time: Fixture.start, user: Self.evil, rules: [Self.evil])]
        summary.limits.append(Self.evil)
        summary.zone = Self.evil
        var source = SourceSummary(file: Self.evil)
        source.problems = [Self.evil]
        var reading = LogReading()
        reading.unknown(Array(Self.evil.utf8)[...], Array(Self.evil.utf8)[...])
        source.shapes = reading.shapes.sorted
        summary.sources = [source]
        return summary
    }

    @Test func nothingFromOutsideBecomesMarkup() throws {
        let page = try summary().page()
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("\u{202e}") && !page.contains("\u{7}"))
        #expect(page.contains("&lt;script&gt;"))
    }

    @Test func nothingIsAskedOfAnybody() throws {
        let page = try summary().page().replacing("src=x", with: "")
        for word in ["http://", "https://", "url(", "src=", "@import", "<link", "<iframe"] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    @Test func everyElementIsClosedInItsOrder() throws {
        for page in [
            try summary().page(), Fixture.run(try Fixture.policy(Fixture.newNetwork), []).page(),
            Fixture.run(try Fixture.policy("[floor]\nssh = \"otp\"\n"), [Fixture.event()]).page(),
        ] {
            var open: [Substring] = []
            for piece in page.split(separator: "<").dropFirst() {
                let tag = piece.prefix { $0 != ">" }
                let name = tag.prefix { $0 != " " && $0 != "/" }
                if tag.hasPrefix("!") || tag.hasSuffix("/") { continue }
                if tag.hasPrefix("/") {
                    #expect(open.popLast() == tag.dropFirst())
                } else {
                    open.append(name)
                }
            }
            #expect(open.isEmpty)
        }
    }

    @Test func aReaderWhoDoesNotSeeFindsTheWay() throws {
        let page = try summary().page()
        #expect(page.matches(of: /<h1>/).count == 1 && page.contains("<main") && page.contains("lang=\"en\""))
        let figures = page.matches(of: /<figure>/).count
        #expect(
            figures == 4 && page.matches(of: /<figcaption>/).count == figures
                && page.matches(of: /role="img" aria-label="[^"]+"/).count == figures)
        // From one level to the next, none left out.
        let levels = page.matches(of: /<h([1-6])>/).compactMap { Int($0.output.1) }
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 - $0 <= 1 })
    }

    @Test func aPageIsBoundedWhateverItTells() throws {
        var summary = try summary()
        summary.outcome.days = (0..<100_000).map { PolicyOutcome.Day(date: CivilDate(day: $0)) }
        summary.sources = (0..<1000).map { SourceSummary(file: "log \($0)") }
        #expect(summary.page().utf8.count < 400_000)
    }
}
