import Glibc
import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLogs
import StepUpSources

struct StudyRun {
    let out: String
    let data: String?
    private static let seed: UInt64 = 20_260_101
    /// Back offices, each with its own people and addresses.
    private static let firms = 20
    private static let people = 100
    private static let days = 120

    func run() throws {
        let files = ZoneFiles(directory: "/usr/share/zoneinfo")
        let candidates = try ["back-office", "strict"].map { name in
            let path = "Packaging/policy/\(name).toml"
            let bytes = try SmallFile.read(path, limit: PolicyLoader.sizeLimit)
            let policy = try PolicyLoader.load(String(decoding: bytes, as: UTF8.self), file: path, hash: "\(try sha256(bytes))")
            return Backtest.Candidate(policy, name: name, zones: files.readable(policy.needs.zones))
        }
        var study = Study(candidates, seed: Self.seed)
        let described: String
        if let data {
            let stream = try LogStream(data, zone: .utc, year: nil, now: Moment.now)
            while let event = stream.next() { study.take(event) }
            described = "the logins of `\(data.split(separator: "/").last ?? "")`"
        } else {
            var settings = LoginGenerator.Settings(zone: try files.rules(of: "Europe/Zurich"))
            (settings.people, settings.days) = (Self.people, Self.days)
            for firm in 0..<Self.firms {
                settings.seed = Self.seed + UInt64(firm)
                var one = Study(candidates, seed: settings.seed)
                for event in LoginGenerator(settings) { one.take(event) }
                study.add(one)
            }
            described =
                "synthetic logins of \(Self.firms) back offices (`stepupctl generate --people \(Self.people) --days \(Self.days)` with the seeds \(Self.seed) to \(settings.seed); what they "
                + "assume stands in [Backtest.md](Backtest.md))"
        }
        let table = StudyTable(study, seed: Self.seed)
        guard mkdir("\(out)/study", 0o755) == 0 || errno == EEXIST else {
            throw SourceError("\(out)/study: \(String(cString: strerror(errno)))")
        }
        for attacker in Attacker.allCases { try write("study/\(attacker.rawValue).svg", table.plot(attacker)) }
        try write("Study.md", text(study, table, described))
    }

    private func text(_ study: Study, _ table: StudyTable, _ described: String) -> String {
        let counts = Study.histories.map { "\(table.accounts[$0] ?? 0) after \($0)" }.joined(separator: ", ")
        let lost =
            table.lost.isEmpty
            ? "At a detection of .99, `back-office` asks less than each of the three, for every attacker and history.\n"
            : "At a detection of .99, `back-office` does not ask less than a baseline here:\n\n"
                + table.lost.map { "- \($0)" }.joined(separator: "\n") + "\n"
        return """
            # Study: how often are the right people asked?

            Made by `make study`; not to be edited. The share of legitimate logins that are asked for more proof, where a given share of an attacker's are
            (detection, the true-positive rate), for the policies `back-office` and `strict` beside three baselines on the same logins: asking at every new
            address, the score of Freeman et al. (NDSS 2016) alone, asking always. A lower share is better.

            Data: \(described): \(study.logins) logins, \(study.first?.rfc3339.prefix(10) ?? "") to \(study.last?.rfc3339.prefix(10) ?? ""). Accounts that have so many logins: \(counts).

            An account's logins are gone through in order; whoever is asked answers right. At the login behind 4, 12 and 39 others it is noted whether it would be asked, and
            whether three attempts of each attacker would. A policy asks or does not: it has one point of detection and burden. Between that and the corners it is left to chance
            (short of its own detection some are not asked, beyond it some of the others are), and for scores with equal values the same holds: one rule for all, see
            `Sources/StepUpBacktest/Study/ROC.swift`. "Then score" asks where the policy asks, and else by the score. In brackets, where 95 of 100 resamples of the accounts lie.

            For orientation, published for the RBA data set: a targeted attacker, detection .99, the median of people is asked at about .33 of their logins after 12 logins
            and .08 after 39 (Wiefling et al.; not the same data, nor a share over accounts).

            \(lost)\(Self.why(data == nil))\(table.markdown { "study/\($0.rawValue).svg" })
            """
    }

    /// For the made-up logins alone: what the numbers come from.
    private static func why(_ isSynthetic: Bool) -> String { isSynthetic ? "\n" + explanation : "" }

    private func write(_ name: String, _ text: String) throws {
        let path = "\(out)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0, SmallFile.write(Array(text.utf8), to: descriptor), close(descriptor) == 0 else {
            throw SourceError("\(path): \(String(cString: strerror(errno)))")
        }
    }
}
