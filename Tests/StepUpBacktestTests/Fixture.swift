import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpLogs

/// A log that stands in memory.
final class MemoryLog: LogSource {
    let kind: LogKind?
    private var events: ArraySlice<LogEvent>

    init(_ events: [LogEvent], kind: LogKind = .syslog) { (self.events, self.kind) = (events[...], kind) }

    func next() -> LogEvent? { events.popFirst() }
}

enum Fixture {
    static let start = Timestamp(seconds: 1_772_352_000)  // Sunday 2026-03-01, 08:00 UTC

    static func event(
        _ kind: LogEvent.Kind = .accepted, _ user: String = "alice", from address: String = "192.0.2.1",
        key: String? = "SHA256:usual",
        at time: Timestamp = start, host: String = "h", session: String? = nil
    ) -> LogEvent {
        var event = LogEvent(kind, at: time, host: host, service: "sshd", user: user)
        event.source = IPAddress(address).map { .known($0) } ?? .unknown("x")
        event.key = key.map { .known(KeyFact(type: "ED25519", fingerprint: $0)) } ?? .unknown("no key")
        (event.session, event.method) = (session, "password")
        return event
    }

    static func policy(_ rules: String) throws -> Backtest.Candidate {
        let text = "version = 1\n" + rules
        return Backtest.Candidate(
            try PolicyLoader.load(text, file: "test.toml", hash: "test"), name: "test.toml", zones: ["UTC": .utc])
    }

    static let newNetwork = "[[rule]]\nname = \"new-network\"\nsignal = \"net_new\"\nrequire = \"otp\"\n"

    static func run(_ candidate: Backtest.Candidate, versus: Backtest.Candidate? = nil, _ events: [LogEvent]) -> BacktestSummary {
        var backtest = Backtest(candidate, versus: versus, Backtest.Settings())
        for event in events { backtest.take(event) }
        return backtest.summary(of: [], duplicates: 0)
    }

    static func generated(seed: UInt64 = 1, people: Int = 15, days: Int = 16, takeovers: Int = 10) -> [LogEvent] {
        var settings = LoginGenerator.Settings(zone: .utc)
        (settings.seed, settings.people, settings.days, settings.takeovers) = (seed, people, days, takeovers)
        return Array(LoginGenerator(settings))
    }
}
