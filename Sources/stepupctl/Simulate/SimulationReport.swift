import StepUpCore

/// What came of simulated logins, for people, programs or a test harness.
struct SimulationReport {
    let format: Simulate.Format
    private(set) var failed = 0
    private var rows: [(name: String, outcome: Scenario.Outcome)] = []

    init(format: Simulate.Format) { self.format = format }

    mutating func add(_ name: String, _ outcome: Scenario.Outcome) {
        rows.append((name, outcome))
        if outcome.problem != nil { failed += 1 }
    }

    func finish() {
        switch format {
        case .table: table()
        case .json: Terminal.json("[" + rows.map { json($0.name, $0.outcome).canonicalText }.joined(separator: ",") + "]")
        case .tap: tap()
        }
    }

    private func fired(_ outcome: Scenario.Outcome) -> [String] {
        outcome.decision.rules.filter(\.result.hasFired).map { $0.mode == .shadow ? "\($0.name) (shadow)" : $0.name }
    }

    private func table() {
        for (name, outcome) in rows {
            let mark = outcome.problem == nil ? Terminal.styled("ok  ", .green) : Terminal.styled("FAIL", .red)
            let fired = fired(outcome).joined(separator: ", ")
            let reasons = fired.isEmpty ? outcome.decision.basis.rawValue : fired
            print(
                "\(mark) \(EvidenceText.printable(name)): \(outcome.decision.effect.outcomeName) (\(EvidenceText.printable(reasons)))"
            )
            if let problem = outcome.problem { print("     \(EvidenceText.printable(problem))") }
        }
        print("\(rows.count - failed) passed, \(failed) failed")
    }

    /// TAP version 13.
    private func tap() {
        print("TAP version 13\n1..\(rows.count)")
        for (number, row) in rows.enumerated() {
            let name = EvidenceText.printable(row.name).replacing("#", with: "")
            print("\(row.outcome.problem == nil ? "ok" : "not ok") \(number + 1) - \(name)")
            if let problem = row.outcome.problem { print("# \(EvidenceText.printable(problem))") }
        }
    }

    private func json(_ name: String, _ outcome: Scenario.Outcome) -> JSON {
        .record([
            "at": .integer(outcome.step.time.milliseconds), "decision": outcome.decision.json,
            "expected": .text(outcome.step.expected?.outcomeName), "fired": .strings(fired(outcome)), "name": .string(name),
            "passed": .bool(outcome.problem == nil), "problem": .text(outcome.problem),
            "result": .string(outcome.decision.effect.outcomeName),
        ])
    }
}
