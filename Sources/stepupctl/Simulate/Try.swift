import ArgumentParser
import StepUpConfig
import StepUpCore
import StepUpSources

struct Try: Command {
    static let configuration = CommandConfiguration(
        abstract: "Say what would be decided about a login, without one.",
        discussion: """
            The history is the ledger's, the policy the one of the configuration unless another is named. Nothing is recorded.

            EXAMPLES
              sudo stepupctl try alice --from 198.51.100.7
              sudo stepupctl try alice --from 198.51.100.7 --at 2026-03-02T03:00:00Z --policy new.toml
            """)
    @OptionGroup var common: Common
    @OptionGroup var source: LedgerOption
    @OptionGroup var option: PolicyOption
    @OptionGroup var output: JSONFlag
    @Argument(help: "The account.") var user: String
    @Option(help: "The service; vpn and the like with --channel radius.") var service = "sshd"
    @Option(help: "pam or radius.") var channel = "pam"
    @Option(help: "The address that it comes from.") var from: String?
    @Option(help: ArgumentHelp("The key, as ssh-keygen -l prints it, or the device, as events have it.", valueName: "fingerprint"))
    var key: String?
    @Option(help: ArgumentHelp("A moment in UTC, such as 2026-03-02T08:00:00Z; default: now.", valueName: "time")) var at: String?

    func perform() throws {
        let config = try common.readConfig()
        let loaded = try common.policy(option.policy)
        guard let channel = Channel(rawValue: channel) else { throw Failure("--channel is pam or radius", code: 64) }
        var place = Observed<IPAddress>.notApplicable
        if let from {
            guard let address = IPAddress(from) else {
                throw Failure("'\(EvidenceText.printable(from))' is no IP address", code: 64)
            }
            place = .known(address)
        }
        var time = Moment.now
        if let at {
            guard let moment = Timestamp(rfc3339: at) else {
                throw Failure("'\(EvidenceText.printable(at))' is no moment; write one such as 2026-03-02T08:00:00Z", code: 64)
            }
            time = moment
        }
        let groups = try NSSAccounts().account(named: user)?.groups ?? []
        var login = SimulatedLogin(
            user: user, groups: groups.filter(loaded.policy.groups.contains), service: service,
            host: try config.host ?? HostName.read(), tags: config.tags,
            channel: channel, source: place,
            key: key.map { .known(KeyFact(type: "given", fingerprint: $0)) } ?? .unknown("not given"))
        login.locality = nil
        let simulation = Simulation(
            loaded.policy, zones: loaded.zones, history: try common.ledger(source.ledger).history(), lookups: try common.lookups())
        var report = SimulationReport(format: output.json ? .json : .table)
        let decision = simulation.decision(login, at: time)
        report.add(
            "\(user) by \(service)", Scenario.Outcome(step: Scenario.Step(login, at: time), decision: decision, problem: nil))
        report.finish()
    }
}
