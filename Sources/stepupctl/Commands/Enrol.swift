import ArgumentParser
import StepUpCore
import StepUpFactors
import StepUpWire
import StepUpCrypto

struct Enrol: Command {
    static let configuration = CommandConfiguration(
        abstract: "Give somebody a token: an authenticator app, or an OATH hardware token.",
        discussion: """
            Prints a QR code (on a terminal) and the otpauth URI, then asks for the first code. Until a code is confirmed, the token
            opens nothing. The secret is shown once and never again.

            EXAMPLES
              sudo stepupctl enrol alice
              sudo stepupctl enrol alice --label phone --digits 8 --algorithm sha256
              sudo stepupctl enrol bob --hotp --secret-file seed.txt --counter 0     (base 32, - is standard input)
              sudo stepupctl enrol --confirm 3f2a91c07be04d55                        (finish later)
            """)

    @OptionGroup var common: Common
    @Argument(help: "Whose token it is.") var user: String?
    @Flag(help: "A counter-based token (RFC 4226), which meets 'hardware'; else TOTP (RFC 6238), which meets 'otp'.")
    var hotp = false
    @Option(help: "What the token is, for people.") var label: String?
    @Option(help: "sha1, sha256 or sha512; some apps know sha1 alone.") var algorithm = "sha1"
    @Option(help: "6, 7 or 8.") var digits = 6
    @Option(help: "Seconds of a TOTP step, 30 or 60.") var period: Int64 = 30
    @Option(help: ArgumentHelp("The secret of a token that has one already.", valueName: "file")) var secretFile: String?
    @Option(help: "HOTP: the token's next counter.") var counter: Int64 = 0
    @Flag(help: "Do not ask for the first code now.") var noConfirm = false
    @Option(help: ArgumentHelp("Confirm a token enrolled earlier.", valueName: "token")) var confirm: String?
    @Flag(help: "Print no QR code.") var noQr = false

    func validate() throws {
        guard (user == nil) != (confirm == nil) else { throw ValidationError("give either a user or --confirm TOKEN") }
        guard HashAlgorithm(rawValue: algorithm) != nil else {
            throw ValidationError("--algorithm is sha1, sha256 or sha512, not '\(algorithm)'")
        }
        do { _ = try OTPParameters(digits: digits, period: period) } catch { throw ValidationError("\(error)") }
        guard secretFile == nil || confirm == nil else { throw ValidationError("--confirm takes no secret") }
        guard hotp || counter == 0 else { throw ValidationError("--counter goes with --hotp: a TOTP token counts time") }
        guard !hotp || period == 30 else { throw ValidationError("--period does not go with --hotp: a HOTP token counts presses") }
    }

    func perform() throws {
        let control = try common.control()
        if let confirm {
            let id = try TokenGroup.id(confirm)
            _ = try TokenGroup.find(id, common)
            return try askForCode(id, control)
        }
        guard let user, let algorithm = HashAlgorithm(rawValue: algorithm) else { return }
        let parameters = try OTPParameters(algorithm: algorithm, digits: digits, period: period)
        let secret = try secretFile.map { file in
            Secret(utf8: String(try TextFile.read(file, limit: 4096).filter { !$0.isWhitespace }))
        }
        let body = JSONReader(
            try control.call(
                .enrol(
                    EnrolRequest(
                        user: user, kind: hotp ? .hotp : .totp, label: label ?? (hotp ? "hardware token" : "authenticator app"),
                        parameters: parameters.json, secret: secret, counter: counter))))
        let token = try body.member("token").string()
        print("token   \(token) for \(EvidenceText.printable(try body.member("user").string()))")
        if let uri = try body.optional("uri")?.string() { show(uri) }
        if noConfirm {
            print("not confirmed yet; finish with: stepupctl enrol --confirm \(token)")
        } else {
            try askForCode(try TokenGroup.id(token), control)
        }
    }

    private func show(_ uri: String) {
        if !noQr, Terminal.isInteractive, let lines = QRCode.lines(Secret(utf8: uri), coloured: true) {
            print()
            lines.forEach { print("  \($0)") }
            print()
        }
        print("uri     \(uri)")
    }

    private func askForCode(_ token: TokenID, _ control: ControlClient) throws {
        for _ in 0..<3 {
            guard let code = Terminal.ask("code that it shows now: ") else { break }
            do {
                _ = try control.call(.confirm(token, code: Secret(utf8: code)))
                return print("active  it is good for logins from now on (each code once)")
            } catch let failure as Failure where failure.code == 1 {
                Terminal.complain(failure.reason)
            }
        }
        throw Failure("token \(token) is not confirmed and opens nothing; finish with: stepupctl enrol --confirm \(token)")
    }
}
