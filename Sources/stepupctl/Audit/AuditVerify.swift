import ArgumentParser
import StepUpCore
import StepUpLedger

struct AuditVerify: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Recompute every hash and the root over the whole log.",
        discussion: """
            Exit code 2 if anything differs. Who can write the file can also recompute it: keep the size and root that are printed
            here somewhere else, and compare.

            EXAMPLE
              stepupctl audit verify --ledger /mnt/backup/ledger.db --json
            """)
    @OptionGroup var common: Common
    @OptionGroup var source: LedgerOption
    @OptionGroup var output: JSONFlag

    func perform() throws {
        let found = try common.ledger(source.ledger).verify()
        if output.json {
            Terminal.json(
                JSON.record([
                    "size": .integer(found.size), "root": .string(Hex.encode(found.root)), "missing": .integer(found.missing),
                    "policies": .integer(found.policies), "differences": .strings(found.differences),
                ]).canonicalText)
        } else {
            print("\(found.size) events, \(found.policies) policies, root \(Hex.encode(found.root))")
            found.differences.forEach { print(Terminal.styled("differs: \(EvidenceText.printable($0))", .red)) }
            print(
                found.differences.isEmpty
                    ? Terminal.styled("every hash and the root agree", .green) : "the log was changed after it was written")
        }
        if !found.differences.isEmpty { throw ExitCode(2) }
    }
}
