import StepUpBacktest
import StepUpCore
import StepUpLogs

/// The report for a terminal.
struct BacktestText {
    private let summary: BacktestSummary

    init(_ summary: BacktestSummary) { self.summary = summary }

    func show() {
        if summary.isSynthetic { print(Terminal.styled("synthetic logins, made by stepupctl generate\n", .yellow)) }
        overview()
        if summary.logins > 0 {
            rules()
            people()
            firstTen()
            caught()
            denied()
        }
        section("what the history cannot tell")
        for sentence in summary.limits { for line in Paragraph(nil, ["- \(sentence)"]).folded(to: 100) { print(line) } }
        sources()
    }

    private func section(_ title: String) { print("\n" + Terminal.styled(title, .bold)) }

    /// Hundredths as `0.35`.
    private func decimal(_ hundredths: Int) -> String {
        let rest = String(hundredths % 100)
        return "\(hundredths / 100).\(rest.count < 2 ? "0" + rest : rest)"
    }

    private func percent(_ part: Int, of whole: Int) -> String { whole == 0 ? "-" : "\((part * 1000 / whole + 5) / 10) %" }

    private var outcomes: [PolicyOutcome] { [summary.outcome] + (summary.versus.map { [$0] } ?? []) }

    private func overview() {
        guard let first = summary.first, let last = summary.last else { return print("no login was found") }
        print(
            "\(count(summary.logins, "login")) of \(summary.people) \(summary.people == 1 ? "person" : "people"), \(first.forPeople) to \(last.forPeople); "
                + "\(count(summary.failures, "failure"))"
                + (summary.duplicates > 0 ? "; \(summary.duplicates) told by two logs counted once" : ""))
        print("")
        func row(_ name: String, _ value: (PolicyOutcome) -> String) -> [String] { [name] + outcomes.map(value) }
        Terminal.table(
            ["would have been"] + outcomes.map { EvidenceText.printable($0.shortName) },
            [
                row("asked for a code or token") { "\($0.prompts)  \(percent($0.prompts, of: summary.logins)) of logins" },
                row("  of these for hardware") { "\($0.hardware)" },
                row("denied") { "\($0.denials)" },
                row("prompts a day, p50 / p95 / most") { "\($0.perDay.p50) / \($0.perDay.p95) / \($0.perDay.most)" },
                row("prompts per person and week, p50 / p95 / most") {
                    "\(decimal($0.perWeek.p50)) / \(decimal($0.perWeek.p95)) / \(decimal($0.perWeek.most))"
                },
            ])
    }

    private func rules() {
        for outcome in outcomes {
            section("rules\(outcomes.count > 1 ? " of \(EvidenceText.printable(outcome.shortName))" : "")")
            guard !outcome.rules.isEmpty else {
                print("none")
                continue
            }
            Terminal.table(
                ["rule", "asks for", "fired", "alone", "fact unknown", "people"],
                outcome.rules.map { rule in
                    [
                        rule.name, rule.requirement.rawValue + (rule.mode == .shadow ? " (shadow)" : ""), "\(rule.fired)",
                        "\(rule.alone)",
                        "\(rule.unknown)", "\(rule.people)",
                    ]
                })
        }
    }

    private func people() {
        guard !summary.outcome.worst.isEmpty else { return }
        section("asked most")
        Terminal.table(
            ["person", "logins", "prompts", "per week", "denied"],
            summary.outcome.worst.map {
                [EvidenceText.printable($0.name), "\($0.logins)", "\($0.prompts)", decimal($0.perWeek), "\($0.denials)"]
            })
    }

    private func firstTen() {
        section("the first ten logins of each person: asked or denied")
        let rows = outcomes.map { outcome in
            [EvidenceText.printable(outcome.shortName)] + outcome.firstTen.map { percent($0.prompts, of: $0.logins) }
        }
        Terminal.table(["login"] + (1...10).map { "\($0)" }, rows)
    }

    private func caught() {
        for outcome in outcomes where !outcome.caught.isEmpty {
            section("what \(outcomes.count > 1 ? EvidenceText.printable(outcome.shortName) : "it") would have caught")
            Terminal.table(
                ["who", "tries", "stopped", "by hardware or denial"],
                outcome.caught.map {
                    [$0.name, "\($0.tries)", percent($0.stopped, of: $0.tries), percent($0.strongly, of: $0.tries)]
                })
        }
    }

    private func denied() {
        guard !summary.outcome.deniedLogins.isEmpty else { return }
        section(
            "denied\(summary.outcome.denials > summary.outcome.deniedLogins.count ? ", the first of \(summary.outcome.denials)" : "")"
        )
        Terminal.table(
            ["when", "who", "by"],
            summary.outcome.deniedLogins.map {
                [$0.time.forPeople, EvidenceText.printable($0.user), EvidenceText.printable($0.rules.joined(separator: ", "))]
            })
    }

    private func sources() {
        section("what was read")
        Terminal.table(
            ["log", "kind", "lines", "accepted", "failed", "invalid user", "not understood"],
            summary.sources.map { source in
                [
                    EvidenceText.printable(source.file), source.kind?.rawValue ?? "-", "\(source.lines)",
                    "\(source.tally.accepted)",
                    "\(source.tally.failed)", "\(source.tally.invalidUsers)",
                    "\(source.tally.unknown + source.tally.badTimes + source.tally.tooLong)",
                ]
            })
        for source in summary.sources { remarks(source) }
    }

    private func remarks(_ source: SourceSummary) {
        let file = EvidenceText.printable(source.file)
        for problem in source.problems { print(Terminal.styled("\(file): \(EvidenceText.printable(problem))", .red)) }
        var notes = source.notes
        if source.tally.backwards > 0 {
            notes.append(
                "\(count(source.tally.backwards, "time")) went back by more than a minute, at most by \(source.tally.farthestBack.words): a clock was set"
            )
        }
        if source.tally.badTimes > 0 { notes.append("\(count(source.tally.badTimes, "line")) have no time that there is") }
        if source.tally.tooLong > 0 { notes.append("\(count(source.tally.tooLong, "line")) longer than 64 KiB were skipped") }
        for note in notes { print("\(file): \(EvidenceText.printable(note))") }
        guard !source.shapes.isEmpty else { return }
        print("\(file): not understood, by shape:")
        for shape in source.shapes.prefix(10) {
            print("  \(shape.count) x \(EvidenceText.printable(shape.text))")
            print(Terminal.styled("      \(shape.example)", .dim))
        }
        let rest = source.shapes.dropFirst(10)
        if !rest.isEmpty {
            print(
                "  \(rest.map(\.count).reduce(source.otherShapes, +)) more of \(count(rest.count, "shape")); --format json has them"
            )
        }
    }
}
