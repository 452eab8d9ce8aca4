import ArgumentParser
import StepUpConfig
import StepUpCore

struct Simulate: Command {
    static let configuration = CommandConfiguration(
        abstract: "Say what a policy would decide: of made-up logins, or of one in the ledger.",
        discussion: """
            The file has scenarios: a history, logins, and what is expected of them (Simulate.md). They run through the function that
            decides real logins. Exit code 1 if something is not as expected.

            EXAMPLES
              stepupctl simulate scenarios.toml --policy new.toml
              stepupctl simulate scenarios.toml --format tap               for CI
              stepupctl simulate scenarios.toml --sweep hour,net,device    the decisions around the last login of each
              stepupctl simulate --from-attempt 01JDCM3K7R8T9V2W4X6Y8Z0A1B --policy new.toml
            """)
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, tap }

    @OptionGroup var common: Common
    @OptionGroup var source: LedgerOption
    @OptionGroup var option: PolicyOption
    @Argument(help: "The file with scenarios, - for standard input.") var file: String?
    @Option(help: ArgumentHelp("A login of the ledger, with the history that it had.", valueName: "attempt")) var fromAttempt:
        String?
    @Option(help: "table, json or tap.") var format = Format.table
    @Option(help: ArgumentHelp("Other values of these, all with all: hour, net, device.", valueName: "list")) var sweep: String?

    func validate() throws {
        guard (file == nil) != (fromAttempt == nil) else { throw ValidationError("give a file, or --from-attempt") }
        _ = try dimensions()
    }

    private func dimensions() throws -> [Sweep.Dimension] {
        try (sweep?.split(separator: ",") ?? []).map { word in
            guard let dimension = Sweep.Dimension(rawValue: String(word)) else {
                throw ValidationError("--sweep is made of hour, net and device, not '\(word)'")
            }
            return dimension
        }
    }

    func perform() throws {
        let loaded = try common.policy(option.policy)
        if let fromAttempt { return try simulate(fromAttempt, loaded) }
        guard let file else { return }
        let scenarios: [Scenario]
        do {
            let text = try TextFile.read(file, limit: ScenarioFile.sizeLimit)
            scenarios = try ScenarioFile(text, file: file == "-" ? "standard input" : file, policy: loaded.policy).scenarios
        } catch let error as ConfigError {
            throw Failure("\(error)")
        }
        if sweep != nil { return try scenarios.forEach { try show($0, loaded) } }
        var report = SimulationReport(format: format)
        for scenario in scenarios {
            for (number, outcome) in scenario.run(loaded.policy, zones: loaded.zones).enumerated() {
                let name = scenario.steps.count > 1 ? "\(scenario.name) (\(number + 1))" : scenario.name
                report.add(name, outcome)
            }
        }
        report.finish()
        if report.failed > 0 { throw ExitCode(1) }
    }

    // MARK: Sweeps

    private func show(_ scenario: Scenario, _ loaded: LoadedPolicy) throws {
        guard let last = scenario.steps.last else { return }
        var simulation = scenario.start(loaded.policy, zones: loaded.zones)
        for step in scenario.steps.dropLast() { _ = simulation.login(step.login, at: step.time, answer: step.answer) }
        try show(scenario.name, Sweep(try dimensions(), around: last.login, at: last.time, in: simulation))
    }

    private func show(_ name: String, _ sweep: Sweep) throws {
        if format == .json {
            let cells = sweep.cells.map { cell in
                JSON.record([
                    "fired": .strings(cell.fired), "place": .strings(cell.place), "result": .string(cell.effect.outcomeName),
                ])
            }
            return Terminal.json(JSON.record(["name": .string(name), "cells": .array(cells)]).canonicalText)
        }
        print(Terminal.styled(EvidenceText.printable(name), .bold))
        // The first dimension goes down, the others across.
        var rows: [String] = []
        for cell in sweep.cells where rows.last != cell.place.first { rows.append(cell.place.first ?? "") }
        let columns = sweep.cells.filter { $0.place.first == rows.first }.map { $0.place.dropFirst().joined(separator: ", ") }
        let width = columns.map { max(10, $0.count + 2) }
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
        let first = max(14, (rows.map(\.count).max() ?? 0) + 2)
        print(padded("", first) + zip(columns, width).map { padded($0, $1) }.joined())
        for row in rows {
            let cells = sweep.cells.filter { $0.place.first == row }
            let texts = zip(cells, width).map { cell, width in
                let text = padded(cell.effect.outcomeName, width)
                return cell.effect == .none ? text : Terminal.styled(text, cell.effect == .deny ? .red : .yellow)
            }
            print(padded(row, first) + texts.joined())
        }
    }

    // MARK: From the ledger

    private func simulate(_ text: String, _ loaded: LoadedPolicy) throws {
        let id = try AttemptID.given(text)
        guard let past = try common.ledger(source.ledger).past(of: id) else {
            throw Failure("the ledger has no decision about \(id)")
        }
        let attempt = past.decided.attempt
        let recorded = RecordedLookups(past.decided, otherwise: try common.lookups())
        let simulation = Simulation(loaded.policy, zones: loaded.zones, history: past.history, lookups: recorded)
        if sweep != nil {
            let sweep = Sweep(
                try dimensions(), around: SimulatedLogin(attempt), at: attempt.time, in: simulation)
            return try show(id.description, sweep)
        }
        let now = simulation.decision(attempt, loaded.facts(of: attempt, recorded))
        var report = SimulationReport(format: format)
        let step = Scenario.Step(SimulatedLogin(attempt), at: attempt.time)
        report.add("as it was decided", Scenario.Outcome(step: step, decision: past.decided.decision, problem: nil))
        report.add("under \(loaded.file)", Scenario.Outcome(step: step, decision: now, problem: nil))
        report.finish()
    }
}
