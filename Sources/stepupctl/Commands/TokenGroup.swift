import ArgumentParser
import StepUpCore
import StepUpWire

struct TokenGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "List and change tokens.",
        discussion: """
            EXAMPLES
              stepupctl token list --user alice
              sudo stepupctl token disable 3f2a91c07be04d55
            """,
        subcommands: [List.self, Disable.self, Enable.self, Remove.self, Resync.self])

    static func id(_ text: String) throws -> TokenID {
        guard let id = TokenID(text) else {
            throw ValidationError("'\(EvidenceText.printable(text))' is no token; see: stepupctl token list")
        }
        return id
    }

    struct List: Command {
        static let configuration = CommandConfiguration(
            abstract: "Who has which token.", discussion: "EXAMPLE\n  stepupctl token list --user alice --json")
        @OptionGroup var common: Common
        @OptionGroup var output: JSONFlag
        @Option(help: "Of this user alone.") var user: String?

        func perform() throws {
            let body = try common.control().call(.tokens(user: user))
            if output.json { return Terminal.json(body.canonicalText) }
            let rows = try JSONReader(body).member("tokens").array().map { token in
                [
                    try token.member("token").string(), EvidenceText.printable(try token.member("user").string()),
                    try token.member("kind").string(), try token.member("status").string(),
                    String(try token.member("failures").integer()), try token.member("enrolled").timestamp().forPeople,
                    EvidenceText.printable(try token.member("label").string()),
                ]
            }
            if rows.isEmpty {
                let whose = user.map { "\(EvidenceText.printable($0)) has no token" } ?? "there are no tokens"
                return print("\(whose); give somebody one with: stepupctl enrol USER")
            }
            Terminal.table(["TOKEN", "USER", "KIND", "STATUS", "FAILURES", "ENROLLED", "LABEL"], rows)
        }
    }

    struct Disable: Command {
        static let configuration = CommandConfiguration(
            abstract: "Make a token useless until it is enabled again.",
            discussion: "EXAMPLE\n  sudo stepupctl token disable 3f2a91c07be04d55")
        @OptionGroup var common: Common
        @Argument(help: "The token's id.") var token: String
        func perform() throws { try TokenGroup.change(common, token, .disable, "disabled") }
    }

    struct Enable: Command {
        static let configuration = CommandConfiguration(
            abstract: "Make a disabled token useful again, its failures forgotten.",
            discussion: "EXAMPLE\n  sudo stepupctl token enable 3f2a91c07be04d55")
        @OptionGroup var common: Common
        @Argument(help: "The token's id.") var token: String
        func perform() throws { try TokenGroup.change(common, token, .enable, "enabled") }
    }

    struct Remove: Command {
        static let configuration = CommandConfiguration(
            abstract: "Forget a token and its secret for ever.",
            discussion: "EXAMPLE\n  sudo stepupctl token remove 3f2a91c07be04d55")
        @OptionGroup var common: Common
        @Argument(help: "The token's id.") var token: String
        func perform() throws { try TokenGroup.change(common, token, .remove, "removed") }
    }

    struct Resync: Command {
        static let configuration = CommandConfiguration(
            abstract: "Find the counter of a HOTP token again by two codes in a row.",
            discussion: "EXAMPLE\n  sudo stepupctl token resync 3f2a91c07be04d55     (asks for both codes)")
        @OptionGroup var common: Common
        @Argument(help: "The token's id.") var token: String

        func perform() throws {
            let id = try TokenGroup.id(token)
            _ = try TokenGroup.find(id, common, kind: .hotp)
            guard let first = Terminal.ask("first code: "), let second = Terminal.ask("next code: ") else {
                throw Failure("two codes are needed")
            }
            _ = try common.control().call(.resynchronise(id, first: Secret(utf8: first), second: Secret(utf8: second)))
            print("token \(id) is in step again")
        }
    }

    /// Who has the token; asked before a person is asked for codes.
    /// - Parameter kind: that it must be of.
    static func find(_ id: TokenID, _ common: Common, kind: TokenKind? = nil) throws -> String {
        let tokens = try JSONReader(try common.control().call(.tokens(user: nil))).member("tokens").array()
        guard let token = try tokens.first(where: { try $0.member("token").string() == id.description }) else {
            throw Failure("there is no token \(id); see: stepupctl token list")
        }
        if let kind, try token.member("kind").string() != kind.rawValue {
            throw Failure("token \(id) is a \(try token.member("kind").string()): only HOTP tokens have a counter")
        }
        return try token.member("user").string()
    }

    private static func change(
        _ common: Common, _ token: String, _ change: AdminRequest.TokenChange, _ done: String
    ) throws {
        let body = JSONReader(try common.control().call(.changeToken(try id(token), change)))
        print("token \(token) of \(EvidenceText.printable(try body.member("user").string())) is \(done)")
    }
}
