import ArgumentParser
import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLogs
import StepUpSources

struct Generate: Command {
    static let configuration = CommandConfiguration(
        abstract: "Make up logins of a broker's staff, and of who attacks it, to try things on.",
        discussion: """
            Synthetic, and it says so: addresses are of 240.0.0.0/4, which nobody has, and the output's first line or each of its rows is marked. The
            same seed gives the same logins. People have homes, offices, commutes, trips, shifts, new laptops; Docs/Backtest.md says what is
            assumed. The CSV labels who is an attacker; a log does not, as in life.

            EXAMPLES
              stepupctl generate --people 50 --days 60 > auth.log
              stepupctl generate --format csv --seed 7 > logins.csv
              stepupctl generate | stepupctl backtest --policy new.toml -
            """)
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case authLog = "auth.log"
        case csv
    }

    @OptionGroup var common: Common
    @Option(help: "auth.log, or csv: the columns of the RBA data set.") var format = Format.authLog
    @Option(help: "Another one gives other people.") var seed: UInt64 = 1
    @Option(help: "1 to 100000.") var people = 100
    @Option(help: "1 to 3650.") var days = 90
    @Option(help: ArgumentHelp("The first day.", valueName: "date")) var start = "2026-01-01"
    @Option(help: ArgumentHelp("By whose clock they work.", valueName: "name")) var zone = "Europe/Zurich"
    @Option(help: "Takeovers a thousand sessions.") var takeovers = 2

    func validate() throws {
        guard (1...100_000).contains(people), (1...3650).contains(days), (0...1000).contains(takeovers) else {
            throw ValidationError("--people is 1 to 100000, --days 1 to 3650, --takeovers 0 to 1000")
        }
        guard CivilDate(start) != nil else { throw ValidationError("--start is a day such as 2026-01-01") }
    }

    func perform() throws {
        let files = ZoneFiles(directory: try common.readConfig().paths.zoneinfo)
        if let problem = files.problem(zone) { throw Failure(problem, code: 64) }
        var settings = LoginGenerator.Settings(zone: try files.rules(of: zone))
        (settings.seed, settings.people, settings.days, settings.takeovers) = (seed, people, days, takeovers)
        if let date = CivilDate(start) { settings.start = Timestamp(seconds: date.day * 86_400) }
        let logins = LoginGenerator(settings)
        switch format {
        case .csv:
            var writer = RBAWriter()
            print(RBAWriter.header)
            for event in logins { if let line = writer.line(event) { print(line) } }
        case .authLog:
            var writer = AuthLogWriter(seed: seed)
            print(writer.label(at: settings.start))
            for event in logins { for line in writer.lines(event) { print(line) } }
        }
    }
}
