import ArgumentParser
import StepUpCore
import StepUpWire

struct UserGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "What is known of somebody, and forgetting it.",
        discussion: """
            EXAMPLES
              stepupctl user show alice
              sudo stepupctl user reset alice --failures
            """,
        subcommands: [Show.self, Reset.self])

    struct Show: Command {
        static let configuration = CommandConfiguration(
            abstract: "Tokens, known addresses and devices, recent failures.",
            discussion: "EXAMPLE\n  stepupctl user show alice --json")
        @OptionGroup var common: Common
        @OptionGroup var output: JSONFlag
        @Argument(help: "The canonical name.") var user: String

        func perform() throws {
            let body = try common.control().call(.showUser(user))
            if output.json { return Terminal.json(body.canonicalText) }
            let reader = JSONReader(body)
            let last = try reader.optional("last_login")?.timestamp().forPeople ?? "never"
            print("\(EvidenceText.printable(user)): \(try reader.member("logins").integer()) logins, last \(last)")
            print(
                "in 24 h: \(try reader.member("attempts_24h").integer()) attempts, \(try reader.member("failures_24h").integer()) failures"
            )
            for token in try reader.member("tokens").array() {
                print(
                    "token    \(try token.member("token").string())  \(try token.member("kind").string())  "
                        + "\(try token.member("status").string())  \(EvidenceText.printable(try token.member("label").string()))")
            }
            for (title, key) in [("address", "addresses"), ("network", "networks"), ("device", "devices")] {
                for known in try reader.member(key).array() {
                    let name = title + String(repeating: " ", count: 9 - title.count)
                    print(
                        "\(name)\(EvidenceText.printable(try known.member("value").string()))  seen "
                            + (try known.member("seen").timestamp().forPeople))
                }
            }
            for exemption in try reader.member("exemptions").array() {
                print("exempt   \(try ExemptGroup.line(try Exemption(reader: exemption)))")
            }
        }
    }

    struct Reset: Command {
        static let configuration = CommandConfiguration(
            abstract: "Forget failures, or known addresses and devices, or both.",
            discussion: """
                With --failures a token that too many failures disabled works again. With --profile the next login from anywhere is a
                new one.

                EXAMPLES
                  sudo stepupctl user reset alice --failures
                  sudo stepupctl user reset alice --failures --profile
                """)
        @OptionGroup var common: Common
        @Argument(help: "The canonical name.") var user: String
        @Flag(help: "Failure counters.") var failures = false
        @Flag(help: "Known addresses, networks and devices.") var profile = false

        func validate() throws {
            guard failures || profile else { throw ValidationError("say what to forget: --failures, --profile or both") }
        }

        func perform() throws {
            let scope: ResetScope = failures && profile ? .all : failures ? .failures : .profile
            _ = try common.control().call(.resetUser(user, scope))
            print("\(EvidenceText.printable(user)): forgot \(scope == .all ? "failures and profile" : scope.rawValue)")
        }
    }
}
