import ArgumentParser
import StepUpConfig
import StepUpCore
import StepUpLedger
import StepUpWire

struct PolicyShadow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shadow",
        abstract: "Run a policy beside the one in force, which asks nobody, and see what it would have done.",
        discussion: """
            EXAMPLES
              sudo stepupctl policy shadow load new.toml    from here on its decisions are recorded beside the real ones
              sudo stepupctl policy shadow                  which logins it would have decided otherwise
              sudo stepupctl policy shadow off
            """,
        subcommands: [Report.self, Load.self, Off.self], defaultSubcommand: Report.self)

    struct Report: Command {
        static let configuration = CommandConfiguration(
            abstract: "Say which logins the policy in shadow would have decided otherwise.",
            discussion: "EXAMPLE\n  sudo stepupctl policy shadow --json")
        @OptionGroup var common: Common
        @OptionGroup var source: LedgerOption
        @OptionGroup var output: JSONFlag
        @Option(help: ArgumentHelp("Another one that ran in shadow; default: the latest.", valueName: "hash")) var policy: String?

        func perform() throws {
            let reader = try common.ledger(source.ledger)
            guard let hash = try hash(reader) else {
                throw Failure(
                    "no policy ran in shadow\(policy.map { " whose hash begins with '\(EvidenceText.printable($0))'" } ?? "")")
            }
            guard let shadow = try reader.archivedPolicy(hash) else { throw Failure("policy \(hash) is not in the archive") }
            var changes = DecisionChanges()
            var filter = LedgerReader.Filter()
            filter.codes = [.attemptDecided]
            try reader.forEach(filter) { entry in
                guard case .decided(let decided) = try Event(leaf: entry.bytes).body, let said = decided.shadow, said.policy == hash
                else {
                    return
                }
                let now = decided.decision.effect
                changes.take(
                    decided.attempt, from: now, to: said.effect,
                    rules: now < said.effect ? said.decisive(in: shadow) : decided.decision.decisive.map(\.name))
            }
            if !output.json { print("policy \(hash.prefix(12)) in shadow") }
            changes.report(asJSON: output.json, policy: hash)
        }

        /// The latest that ran, of those whose hash begins so.
        private func hash(_ reader: LedgerReader) throws -> String? {
            var filter = LedgerReader.Filter()
            filter.codes = [.shadowPolicy]
            var latest: String?
            try reader.forEach(filter) { entry in
                guard case .shadowPolicy(let hash?, _, _) = try Event(leaf: entry.bytes).body else { return }
                if policy.map(hash.hasPrefix) ?? true { latest = hash }
            }
            return latest
        }
    }

    struct Load: Command {
        static let configuration = CommandConfiguration(
            abstract: "Run a policy in shadow, whole or not at all.",
            discussion: """
                stepupd checks it, archives it by its hash, and decides each login under it too, from the same history and facts. It asks nobody.

                EXAMPLE
                  sudo stepupctl policy shadow load new.toml
                """)
        @OptionGroup var common: Common
        @Argument(help: "The file, - for standard input.") var file: String

        func perform() throws {
            let text = try TextFile.read(file, limit: PolicyLoader.sizeLimit)
            let source = file == "-" ? "standard input" : file
            let body = JSONReader(try common.control().call(.loadShadow(text: text, source: source)))
            print(
                "policy \(try body.member("policy").string().prefix(12)) runs in shadow: "
                    + "\(count(Int(try body.member("rules").integer()), "rule")); see: stepupctl policy shadow")
        }
    }

    struct Off: Command {
        static let configuration = CommandConfiguration(
            abstract: "End the policy in shadow.",
            discussion: "Its file goes, too; what was recorded stays.\n\nEXAMPLE\n  sudo stepupctl policy shadow off")
        @OptionGroup var common: Common

        func perform() throws {
            let body = JSONReader(try common.control().call(.endShadow))
            guard let hash = try body.optional("policy")?.string() else { throw Failure("no policy runs in shadow") }
            print("policy \(hash.prefix(12)) runs in shadow no more")
        }
    }
}
