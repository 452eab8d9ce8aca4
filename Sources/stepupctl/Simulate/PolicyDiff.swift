import ArgumentParser
import StepUpConfig
import StepUpCore
import StepUpLedger

struct PolicyDiff: Command {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say which logins of the ledger another policy would have decided otherwise.",
        discussion: """
            Every decision of the ledger is made again under both policies, with the history that it had. (What people would have learnt or
            failed differently is not guessed; lists and calendars that were not asked then are asked as they are today.) They are grouped by what would have changed, and by the rules that say so.

            EXAMPLE
              sudo stepupctl policy diff /etc/stepup/policy.toml new.toml
            """)
    @OptionGroup var common: Common
    @OptionGroup var output: JSONFlag
    @Argument(help: "The one to compare with.") var old: String
    @Argument(help: "The new one.") var new: String
    @Option(help: ArgumentHelp("Another ledger than this host's, such as a backup.", valueName: "file")) var history: String?

    /// What changed, and by which rules.
    private struct Change: Hashable, Comparable {
        var from: Requirement
        var to: Requirement
        var rules: [String]

        static func < (a: Self, b: Self) -> Bool { (a.from, a.to, a.rules.joined()) < (b.from, b.to, b.rules.joined()) }
    }

    func perform() throws {
        let lookups = try common.lookups()
        let (before, after) = (try common.policy(old), try common.policy(new))
        var groups: [Change: [Decided]] = [:]
        var history = History()
        var total = 0
        try common.ledger(self.history).forEach(LedgerReader.Filter()) { entry in
            let event = try Event(leaf: entry.bytes)
            defer { history.apply(event) }
            guard case .decided(let decided) = event.body else { return }
            total += 1
            let view = history.view(for: decided.attempt)
            let recorded = RecordedLookups(decided, otherwise: lookups)
            func decision(_ loaded: LoadedPolicy) -> Decision {
                decide(decided.attempt, view, loaded.policy, loaded.facts(of: decided.attempt, recorded))
            }
            let (first, second) = (decision(before), decision(after))
            guard first.effect != second.effect else { return }
            // The rules that ask for more than the other policy does.
            let reasons = (first.effect < second.effect ? second : first).decisive.map(\.name)
            groups[Change(from: first.effect, to: second.effect, rules: reasons), default: []].append(decided)
        }
        report(groups, total)
    }

    private func report(_ groups: [Change: [Decided]], _ total: Int) {
        let changed = groups.values.map(\.count).reduce(0, +)
        if output.json {
            let rows = groups.sorted { $0.key < $1.key }.map { change, logins in
                JSON.record([
                    "attempts": .strings(logins.map(\.attempt.id.description)), "from": .string(change.from.outcomeName),
                    "rules": .strings(change.rules), "to": .string(change.to.outcomeName),
                    "users": .integer(Int64(Set(logins.compactMap(\.attempt.subject.account?.name)).count)),
                ])
            }
            return Terminal.json(
                JSON.record(["changed": .integer(Int64(changed)), "changes": .array(rows), "decisions": .integer(Int64(total))])
                    .canonicalText)
        }
        print("\(count(total, "decision")), \(changed) would be different")
        for (change, logins) in groups.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            let users = Set(logins.compactMap(\.attempt.subject.account?.name)).sorted()
            let by = change.rules.isEmpty ? "" : " by \(change.rules.joined(separator: ", "))"
            print(
                Terminal.styled(
                    "\(logins.count) x \(change.from.outcomeName) -> \(change.to.outcomeName)\(EvidenceText.printable(by))", .bold))
            let names = users.prefix(8).joined(separator: ", ") + (users.count > 8 ? " and \(users.count - 8) more" : "")
            print("  \(EvidenceText.printable(names)); such as \(logins[0].attempt.id) at \(logins[0].attempt.time.forPeople)")
        }
    }
}
