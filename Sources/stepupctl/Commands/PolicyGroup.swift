import ArgumentParser
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpSources
import StepUpWire

struct PolicyGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, load and show the policy.",
        discussion: """
            EXAMPLES
              stepupctl policy check policy.toml
              sudo stepupctl policy load policy.toml
            """,
        subcommands: [Check.self, Load.self, Show.self, PolicyDiff.self, PolicyShadow.self, PolicySuggest.self])

    static let nobodyIsAsked = "warning: no rule of it is enforced, so nobody is asked for anything"

    struct Check: Command {
        static let configuration = CommandConfiguration(
            abstract: "Say what is wrong with a policy, without loading it.",
            discussion: "Needs no daemon and no root.\n\nEXAMPLE\n  stepupctl policy check policy.toml")
        @OptionGroup var common: Common
        @Argument(help: "The file, - for standard input.") var file: String

        func perform() throws {
            let loaded = try common.policy(file)
            try loaded.runTests()
            try common.warn(of: loaded.policy)
            let policy = loaded.policy
            let tests = policy.tests.isEmpty ? "" : ", \(count(policy.tests.count, "test")) passed"
            print(
                "\(file) is good: \(count(policy.rules.count, "rule")) (\(policy.enforcedRules) enforced), "
                    + "\(count(policy.floors.count, "floor"))\(tests), hash \(policy.hash.prefix(12))")
            if policy.asksNobody { print(PolicyGroup.nobodyIsAsked) }
        }
    }

    struct Load: Command {
        static let configuration = CommandConfiguration(
            abstract: "Put a policy in force, whole or not at all.",
            discussion: """
                stepupd checks it, archives it by its hash, and writes it to its policy file; a policy that is not good changes
                nothing.

                EXAMPLE
                  sudo stepupctl policy load policy.toml
                """)
        @OptionGroup var common: Common
        @Argument(help: "The file, - for standard input.") var file: String

        func perform() throws {
            let text = try TextFile.read(file, limit: PolicyLoader.sizeLimit)
            let source = file == "-" ? "standard input" : file
            let body = JSONReader(try common.control().call(.loadPolicy(text: text, source: source)))
            print(
                "policy \(try body.member("policy").string().prefix(12)) is in force: "
                    + "\(count(Int(try body.member("rules").integer()), "rule")) (\(try body.member("enforced").integer()) enforced)"
            )
            if try body.member("asks_nobody").bool() { print(PolicyGroup.nobodyIsAsked) }
        }
    }

    struct Show: Command {
        static let configuration = CommandConfiguration(
            abstract: "Say in words whom a policy asks for what: the one in force, an archived one, or a file.",
            discussion: """
                A file needs no daemon and no root. A word of hexadecimal digits is a hash; a file of such a name is ./NAME.

                EXAMPLES
                  stepupctl policy show
                  stepupctl policy show policy.toml
                  stepupctl policy show --toml > now.toml
                  stepupctl policy show --toml 3f2a91c0be21       (a hash from the ledger, 8 digits or more)
                """)
        @OptionGroup var common: Common
        @Flag(help: "Print its text instead.") var toml = false
        @Argument(help: "A file, - for standard input, or the SHA-256 of an archived policy.") var which: String?

        func perform() throws {
            guard let which else {
                let body = JSONReader(try common.control().call(.showPolicy))
                let (hash, text) = (try body.member("policy").string(), try body.member("text").string())
                if toml { return print("# \(hash)\n\(text)", terminator: "") }
                return tell(try Self.kept(text), "is in force")
            }
            guard which.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                if toml { return print(try TextFile.read(which, limit: PolicyLoader.sizeLimit), terminator: "") }
                return tell(try common.policy(which).policy, "of \(which == "-" ? "standard input" : which)")
            }
            let found = which.utf8.count >= 8 ? try common.ledger().policies(hashPrefix: which) : []
            guard let text = found.first, found.count == 1 else {
                throw Failure(
                    "there is \(found.isEmpty ? "no policy" : "more than one policy") '\(EvidenceText.printable(which))' in the "
                        + "archive; give 8 digits of its hash or more, as events have it")
            }
            toml ? print(text, terminator: "") : tell(try Self.kept(text), "of the archive")
        }

        /// One that is or was in force. What is found useless in it today is no error; then its tests are not read.
        private static func kept(_ text: String) throws -> Policy {
            let hash = try sha256(Array(text.utf8)).description
            if let policy = try? PolicyLoader.load(text, file: hash, hash: hash) { return policy }
            return try PolicyLoader.load(text, file: "archive/\(hash)", hash: hash, isArchived: true)
        }

        private func tell(_ policy: Policy, _ place: String) {
            print("policy \(policy.hash.prefix(12)) \(EvidenceText.printable(place))")
            for paragraph in policy.words {
                print(paragraph.title.map { "\n\(Terminal.styled($0, .bold))" } ?? "")
                let margin = paragraph.title == nil ? "" : "  "
                for line in paragraph.folded(to: Self.width - margin.count) { print(margin + line) }
            }
        }

        private static let width = 98
    }
}
