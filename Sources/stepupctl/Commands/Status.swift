import ArgumentParser
import StepUpCore
import StepUpWire

struct Status: Command {
    static let configuration = CommandConfiguration(
        abstract: "Whether stepupd works, and with what.", discussion: "EXAMPLE\n  stepupctl status --json")
    @OptionGroup var common: Common
    @OptionGroup var output: JSONFlag

    func perform() throws {
        let body = try common.control().call(.status)
        if output.json { return Terminal.json(body.canonicalText) }
        let reader = JSONReader(body)
        func line(_ name: String, _ text: String) { print(name + String(repeating: " ", count: 12 - name.count) + text) }
        line("stepupd", "\(try reader.member("version").string()) on \(EvidenceText.printable(try reader.member("host").string()))")
        line("ledger", "\(try reader.member("ledger_size").integer()) events")
        line(
            "policy",
            "\(try reader.member("policy").string().prefix(12)), "
                + "\(count(Int(try reader.member("rules").integer()), "rule")) (\(try reader.member("enforced").integer()) enforced)"
        )
        if let shadow = try reader.optional("shadow")?.string() { line("in shadow", "\(shadow.prefix(12))") }
        line("key", try reader.member("key").string())
        line(
            "users",
            "\(try reader.member("accounts").integer()) known, "
                + "\(count(Int(try reader.member("exemptions").integer()), "exemption"))")
        line("open", "\(try reader.member("open_attempts").integer()) attempts")
        for state in try reader.member("lookups").array() {
            let name = try state.member("name").string()
            let entries = try state.member("entries").integer()
            let changed = try state.optional("changed")?.timestamp().rfc3339.prefix(10)
            line("reads", EvidenceText.printable("\(name)\(changed.map { ", \(entries) entries, of \($0)" } ?? "")"))
            if let problem = try state.optional("problem")?.string() {
                line("warning", EvidenceText.printable("\(name): \(problem)"))
            }
        }
        if try reader.member("asks_nobody").bool() { line("warning", "no rule is enforced: nobody is asked for anything") }
        for problem in try reader.member("unusable_keys").strings() { line("warning", EvidenceText.printable(problem)) }
        if try reader.member("low_on_space").bool() {
            line("warning", "the disk is full or nearly: the reserve is in use; make room beside the ledger")
        }
        for problem in try reader.optional("missing_lookups")?.strings() ?? [] {
            line("warning", EvidenceText.printable("\(problem); its rules are unknown"))
        }
        for zone in try reader.member("unreadable_zones").strings() {
            line("warning", "the zone \(EvidenceText.printable(zone)) cannot be read: its rules are unknown")
        }
    }
}
