import ArgumentParser
import StepUpCore
import StepUpLedger

struct AuditReplay: Command {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Derive every decision again from the log alone, and compare.",
        discussion: "Exit code 2 if any decision comes out otherwise.\n\nEXAMPLE\n  stepupctl audit replay")
    @OptionGroup var common: Common
    @OptionGroup var source: LedgerOption
    @OptionGroup var output: JSONFlag

    func perform() throws {
        let reader = try common.ledger(source.ledger)
        var replay = Replay()
        var policies: [String: Policy] = [:]
        var differences: [Replay.Difference] = []
        var unlike: [String] = []
        // As the log stands now: one that grows is not run after.
        let (size, resting) = try reader.snapshot()
        var filter = LedgerReader.Filter()
        filter.below = size
        let restingSize = resting.first { $0.kind == .summary && $0.key == "" }?.size
        try reader.forEach(filter) { entry in
            let event = try Event(leaf: entry.bytes)
            let difference = try replay.take(event, index: entry.index) { hash in
                if let policy = policies[hash] { return policy }
                let policy = try reader.archivedPolicy(hash)
                policies[hash] = policy
                return policy
            }
            if let difference { differences.append(difference) }
            if restingSize == replay.history.size { unlike = replay.compare(resting: resting) }
        }
        if !resting.isEmpty, !(1...max(1, replay.history.size)).contains(restingSize ?? 0) {
            unlike = ["it stands for another number of events than the log has"]
        }
        // An event that is missing at the end, or between decisions, is noticed here.
        let lacking = size - replay.history.size
        report(replay, differences, lacking, unlike)
        if !differences.isEmpty || lacking != 0 || !unlike.isEmpty { throw ExitCode(2) }
    }

    private func report(_ replay: Replay, _ differences: [Replay.Difference], _ lacking: Int64, _ unlike: [String]) {
        if output.json {
            return Terminal.json(
                JSON.record([
                    "events": .integer(replay.history.size), "decisions": .integer(replay.decisions),
                    "missing": .integer(lacking), "resting": .strings(unlike),
                    "differences": .array(
                        differences.map {
                            .record([
                                "index": .integer($0.index), "attempt": .string($0.attempt.description),
                                "reason": .string($0.reason), "recorded": $0.recorded, "derived": $0.derived,
                            ])
                        }),
                ]).canonicalText)
        }
        print("\(replay.history.size) events, \(replay.decisions) decisions")
        for difference in differences {
            print(Terminal.styled("#\(difference.index) \(difference.attempt): \(EvidenceText.printable(difference.reason))", .red))
            print("  recorded \(EvidenceText.printable(difference.recorded.canonicalText))")
            if let derived = difference.derived { print("  derived  \(EvidenceText.printable(derived.canonicalText))") }
        }
        for row in unlike {
            print(Terminal.styled("what rests beside the log is not what its events give: \(EvidenceText.printable(row))", .red))
        }
        if lacking != 0 {
            print(Terminal.styled("\(lacking) events of the log are gone; see: stepupctl audit verify", .red))
        } else if differences.isEmpty, unlike.isEmpty {
            print(Terminal.styled("every decision comes out as it was recorded", .green))
        }
    }
}
