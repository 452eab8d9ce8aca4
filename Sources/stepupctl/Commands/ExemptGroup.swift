import ArgumentParser
import StepUpCore
import StepUpWire

struct ExemptGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exempt", abstract: "Let automation log in without a code, for a time, with a name to it.",
        discussion: """
            An exemption lifts what rules ask for; it overrides neither a deny nor a floor, and its logins teach nothing.

            EXAMPLES
              sudo stepupctl exempt add deploy --service sshd --source 10.1.2.0/24 --owner carol \\
                   --reason 'nightly deployment' --expires 90d
              stepupctl exempt list
              sudo stepupctl exempt revoke 4be1c0a97d20
            """,
        subcommands: [Add.self, List.self, Revoke.self])

    static func line(_ exemption: Exemption) throws -> String {
        let key = exemption.key.map { " key \($0)" } ?? ""
        return EvidenceText.printable(
            "\(exemption.id)  \(exemption.user) by \(exemption.service) from \(exemption.source)\(key), until "
                + "\(exemption.expires.forPeople); \(exemption.owner): \(exemption.reason)")
    }

    struct Add: Command {
        static let configuration = CommandConfiguration(
            abstract: "Grant an exemption.",
            discussion: """
                EXAMPLE
                  sudo stepupctl exempt add deploy --service sshd --source 10.1.2.7 --owner carol --reason 'nightly' --expires 90d
                """)
        @OptionGroup var common: Common
        @Argument(help: "Who is exempt.") var user: String
        @Option(help: "PAM service, such as sshd.") var service: String
        @Option(help: "Address or network that it holds for.") var source: String
        @Option(help: "Fingerprint of the key that it holds for, where the key is visible.") var key: String?
        @Option(help: "Who answers for it.") var owner: String
        @Option(help: "Why it is there.") var reason: String
        @Option(help: "How long it lasts, such as 12h or 90d.") var expires: String

        func validate() throws {
            guard CIDR(source) != nil else { throw ValidationError("--source needs an address or a network, such as 10.1.2.0/24") }
            guard Span(text: expires) != nil else { throw ValidationError("--expires needs a length of time, such as 12h or 90d") }
        }

        func perform() throws {
            guard let network = CIDR(source), let lifetime = Span(text: expires) else { return }
            let body = try common.control().call(
                .grantExemption(
                    ExemptionRequest(
                        user: user, service: service, source: network, key: key, owner: owner, reason: reason,
                        lifetime: lifetime)))
            print("granted \(try line(try Exemption(reader: JSONReader(body).member("exemption"))))")
        }
    }

    struct List: Command {
        static let configuration = CommandConfiguration(
            abstract: "Exemptions that were granted and not revoked.", discussion: "EXAMPLE\n  stepupctl exempt list --json")
        @OptionGroup var common: Common
        @OptionGroup var output: JSONFlag

        func perform() throws {
            let body = try common.control().call(.exemptions)
            if output.json { return Terminal.json(body.canonicalText) }
            let all = try JSONReader(body).member("exemptions").array()
            if all.isEmpty { return print("no exemptions") }
            for entry in all {
                let isOver = try entry.member("expired").bool()
                print("\(try line(try Exemption(reader: try entry.member("exemption"))))\(isOver ? " (expired)" : "")")
            }
        }
    }

    struct Revoke: Command {
        static let configuration = CommandConfiguration(
            abstract: "End an exemption now.", discussion: "EXAMPLE\n  sudo stepupctl exempt revoke 4be1c0a97d20")
        @OptionGroup var common: Common
        @Argument(help: "Its id, from: stepupctl exempt list") var id: String

        func perform() throws {
            let body = try common.control().call(.revokeExemption(id))
            print("revoked \(try line(try Exemption(reader: JSONReader(body).member("exemption"))))")
        }
    }
}
