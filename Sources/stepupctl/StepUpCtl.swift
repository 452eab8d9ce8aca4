import ArgumentParser
import StepUpWire

@main
struct StepUpCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepupctl",
        abstract: "Enrols people, manages policy, and reads StepUp's audit ledger.",
        discussion: """
            Changes go to stepupd over its control socket and are recorded with who made them; the audit commands read the ledger
            and change nothing.

            EXAMPLES
              stepupctl enrol alice                     a QR code for alice's phone, and her first code
              stepupctl policy check policy.toml        what is wrong with a policy, by line
              stepupctl audit show --user alice -f      alice's events, as they happen
              stepupctl explain 01JD…                   when and why a login was asked for a code
              stepupctl try alice --from 198.51.100.7   what would happen now

            EXIT CODES
              0   done
              1   not done; the message says why
              2   audit verify or audit replay found a difference
              64  wrong usage
              69  stepupd cannot be reached
            """,
        version: "stepupctl \(StepUpVersion.current)",
        subcommands: [
            Init.self, Enrol.self, TokenGroup.self, UserGroup.self, PolicyGroup.self, ExemptGroup.self, Status.self,
            Explain.self, Simulate.self, Try.self, BacktestCommand.self, Generate.self, AuditGroup.self,
        ])

    static func main() {
        Terminal.fillClosedStreams()
        main(nil)
    }
}
