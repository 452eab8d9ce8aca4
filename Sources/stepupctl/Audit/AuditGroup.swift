import ArgumentParser

struct AuditGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read, verify and re-derive the ledger.",
        discussion: """
            These read the ledger's file and work while stepupd runs and while it does not.

            EXAMPLES
              stepupctl audit show --since 2026-11-01 --user alice
              stepupctl audit verify
              stepupctl audit replay
            """,
        subcommands: [AuditShow.self, AuditVerify.self, AuditReplay.self])
}
