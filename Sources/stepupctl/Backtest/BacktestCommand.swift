import ArgumentParser
import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLogs
import StepUpSources

struct BacktestCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Say what a policy would have done to the logins of your logs, before anyone is asked.",
        discussion: """
            Reads auth.log and other syslog, `journalctl -o json`, wtmp, btmp, FreeRADIUS's detail files and radius.log, the CSV of the RBA data
            set, and StepUp's own ledger; what each is it finds out by its content, also packed by gzip. All are put in the order of time. Each
            login is decided by the function that decides live ones. Needs neither daemon nor root, but for the right to read the logs. The
            guide is Docs/Backtest.md.

            EXAMPLES
              stepupctl backtest --policy back-office.toml /var/log/auth.log*
              stepupctl backtest --policy new.toml --versus old.toml --html report.html /var/log/auth.log*
              journalctl -o json -t sshd -t sshd-session -t sudo | stepupctl backtest --policy new.toml -
              stepupctl backtest --policy new.toml --tag 'trading*=trading' --asked asked.jsonl auth.log radius.log

            EXIT CODES
              0   all was read
              1   nothing could be read, or the report could not be written
              3   the report is there, and some log could not be read whole; it says which
            """)
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @OptionGroup var common: Common
    @OptionGroup var option: PolicyOption
    @OptionGroup var logs: LogOptions
    @Argument(help: "The logs, - for standard input.") var files: [String]
    @Option(help: ArgumentHelp("Another policy, for before and after.", valueName: "file")) var versus: String?
    @Option(help: "text or json.") var format = Format.text
    @Option(help: ArgumentHelp("Write the report as one HTML page too.", valueName: "file")) var html: String?
    @Option(
        help: ArgumentHelp("Write each login that would have been asked or denied, an object of JSON a line.", valueName: "file"))
    var asked: String?
    @Option(help: ArgumentHelp("Write each event that was read, an object of JSON a line.", valueName: "file")) var events: String?

    func perform() throws {
        let settings = try logs.settings(common)
        var backtest = Backtest(
            try candidate(option.policy), versus: try versus.map { try candidate($0) }, settings)
        // What cannot be written is told before hours of reading, not behind them.
        let page = try html.map { try LineFile($0) }
        let askedFile = try asked.map { try LineFile($0) }
        let eventFile = try events.map { try LineFile($0) }
        let open = try OpenLogs(files, logs, settings)
        try open.forEach { event in
            try eventFile?.write(event.json.canonicalText)
            guard let verdict = backtest.take(event), let askedFile, verdict.decision.effect != .none else { return }
            try askedFile.write(verdict.json.canonicalText)
        }
        try askedFile?.finish()
        try eventFile?.finish()
        var summary = backtest.summary(of: open.summaries, duplicates: open.merge.duplicates)
        summary.isSynthetic = open.isSynthetic
        switch format {
        case .json: Terminal.json(summary.json.canonicalText)
        case .text: BacktestText(summary).show()
        }
        try page?.write(summary.page())
        try page?.finish()
        if open.isPartial { throw ExitCode(3) }
    }

    private func candidate(_ file: String?) throws -> Backtest.Candidate {
        let loaded = try common.policy(file)
        return Backtest.Candidate(loaded.policy, name: loaded.file, zones: loaded.zones)
    }
}
