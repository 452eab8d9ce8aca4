import ArgumentParser
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpWire

struct PolicyGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, load and show the policy.",
        discussion: """
            EXAMPLES
              stepupctl policy check policy.toml
              sudo stepupctl policy load policy.toml
            """,
        subcommands: [Check.self, Load.self, Show.self])

    struct Check: Command {
        static let configuration = CommandConfiguration(
            abstract: "Say what is wrong with a policy, without loading it.",
            discussion: "Needs no daemon and no root.\n\nEXAMPLE\n  stepupctl policy check policy.toml")
        @Argument(help: "The file, - for standard input.") var file: String

        func perform() throws {
            let text = try TextFile.read(file)
            let policy: Policy
            do { policy = try PolicyLoader.load(text, file: file, hash: try sha256(Array(text.utf8)).description) } catch let error
                as ConfigError
            {
                throw Failure("\(error)")
            }
            let enforced = policy.rules.filter { $0.mode == .enforce }.count
            print(
                "\(file) is good: \(policy.rules.count) rules (\(enforced) enforced), \(policy.floors.count) floors, hash "
                    + policy.hash.prefix(12))
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
            let body = JSONReader(try common.control().call(.loadPolicy(text: text, source: file)))
            print(
                "policy \(try body.member("policy").string().prefix(12)) is in force: \(try body.member("rules").integer()) rules")
        }
    }

    struct Show: Command {
        static let configuration = CommandConfiguration(
            abstract: "Print the policy in force, or an archived one.",
            discussion: """
                EXAMPLES
                  stepupctl policy show
                  stepupctl policy show 3f2a91c0… > then.toml     (a hash from the ledger, in full)
                """)
        @OptionGroup var common: Common
        @Argument(help: "SHA-256 of an archived policy.") var hash: String?

        func perform() throws {
            if let hash {
                guard let text = try common.ledger().policy(hash: hash) else {
                    throw Failure("there is no policy '\(hash)' in the archive; give the hash in full, as events have it")
                }
                return print(text, terminator: "")
            }
            let body = JSONReader(try common.control().call(.showPolicy))
            print("# \(try body.member("policy").string())")
            print(try body.member("text").string(), terminator: "")
        }
    }
}
