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
        subcommands: [Check.self, Load.self, Show.self, PolicyDiff.self, PolicyShadow.self])

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
            abstract: "Print the policy in force, or an archived one.",
            discussion: """
                EXAMPLES
                  stepupctl policy show
                  stepupctl policy show 3f2a91c0be21 > then.toml     (a hash from the ledger, 8 digits or more)
                """)
        @OptionGroup var common: Common
        @Argument(help: "SHA-256 of an archived policy.") var hash: String?

        func perform() throws {
            if let hash {
                let found = hash.utf8.count >= 8 ? try common.ledger().policies(hashPrefix: hash) : []
                guard let text = found.first, found.count == 1 else {
                    throw Failure(
                        "there is \(found.isEmpty ? "no policy" : "more than one policy") '\(EvidenceText.printable(hash))' in the "
                            + "archive; give 8 digits of its hash or more, as events have it")
                }
                return print(text, terminator: "")
            }
            let body = JSONReader(try common.control().call(.showPolicy))
            print("# \(try body.member("policy").string())")
            print(try body.member("text").string(), terminator: "")
        }
    }
}
