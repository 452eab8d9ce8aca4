import ArgumentParser
import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLogs
import StepUpSources

struct PolicySuggest: Command {
    static let configuration = CommandConfiguration(
        commandName: "suggest", abstract: "Write a policy that keeps prompts under a budget, found out from your logs.",
        discussion: """
            Tries rule after rule over the logins of the logs, each with the threshold that asks most and still fits the budget, and writes what
            it has found as a policy file, with comments that say why. To start from, not to load unread: Docs/Backtest.md says how it is found.

            EXAMPLES
              stepupctl policy suggest --at-most "1 per user per week" --from /var/log/auth.log* > suggested.toml
              stepupctl policy suggest --at-most "0.5 per user per month" --zone Europe/Zurich --from auth.log radius.log
            """)
    /// All events are held, for they are gone through again and again.
    static let mostEvents = 5_000_000

    @OptionGroup var common: Common
    @OptionGroup var logs: LogOptions
    @Option(parsing: .upToNextOption, help: ArgumentHelp("The logs, - for standard input.", valueName: "logs")) var from: [String]
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("How often people may be asked: N per user per day, week or month.", valueName: "budget"))
    var atMost = ["1 per user per week"]

    /// In quotes or without.
    private var budgetText: String { atMost.joined(separator: " ") }

    func validate() throws {
        guard Budget(budgetText) != nil else {
            throw ValidationError("--at-most is such as \"1 per user per week\", not \"\(budgetText)\"")
        }
        guard !from.isEmpty else { throw ValidationError("--from names no log") }
    }

    func perform() throws {
        guard let budget = Budget(budgetText) else { return }
        let settings = try logs.settings(common)
        let open = try OpenLogs(from, logs, settings)
        var events: [LogEvent] = []
        try open.forEach { event in
            guard event.kind != .invalidUser else { return }
            events.append(event)
            guard events.count <= Self.mostEvents else {
                throw Failure("there are more than \(Self.mostEvents) logins and failures in these logs; name fewer of them")
            }
        }
        guard events.contains(where: { $0.kind == .accepted }) else {
            throw Failure("there is no login in these logs: nothing can be suggested")
        }
        let files = ZoneFiles(directory: try common.readConfig().paths.zoneinfo)
        let suggestion = try Suggestion(
            events, settings, budget: budget, zones: [settings.zoneName: settings.zone],
            load: { text in try common.policy(text: text, file: "suggested.toml", files).policy },
            progress: { if Terminal.isInteractive { Terminal.complain("trying \($0)") } })
        let text = suggestion.text(from: from, at: Moment.now)
        // What is printed must load as it stands.
        _ = try common.policy(text: text, file: "suggested.toml", files)
        print(text, terminator: "")
        if open.isPartial { throw ExitCode(3) }
    }
}
