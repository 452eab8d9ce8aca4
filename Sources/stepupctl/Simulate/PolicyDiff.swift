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

    func perform() throws {
        let lookups = try common.lookups()
        let (before, after) = (try common.policy(old), try common.policy(new))
        var changes = DecisionChanges()
        var history = History()
        try common.ledger(self.history).forEach(LedgerReader.Filter()) { entry in
            let event = try Event(leaf: entry.bytes)
            defer { history.apply(event) }
            guard case .decided(let decided) = event.body else { return }
            let view = history.view(for: decided.attempt)
            let recorded = RecordedLookups(decided, otherwise: lookups)
            func decision(_ loaded: LoadedPolicy) -> Decision {
                decide(decided.attempt, view, loaded.policy, loaded.facts(of: decided.attempt, recorded))
            }
            let (first, second) = (decision(before), decision(after))
            changes.take(
                decided.attempt, from: first.effect, to: second.effect,
                rules: (first.effect < second.effect ? second : first).decisive.map(\.name))
        }
        changes.report(asJSON: output.json)
    }
}
