import StepUpCore
import StepUpLogs

/// Decides the logins of a past under one policy or two, by the function that decides real ones, each with the history that it would have
/// had. Pure: events in, a report out; its size goes with people and days, not with events.
public struct Backtest: Sendable {
    public struct Settings: Sendable {
        /// By whose clock days and hours of the report go.
        public var zone: ZoneRules
        public var zoneName: String
        /// What is known of addresses; nil: nothing.
        public var lookups: (any Lookups)?
        /// Tags of hosts, by pattern.
        public var tags: [(host: String, tag: String)] = []
        /// For logs of hosts that do not name themselves (wtmp).
        public var host = "unknown"

        public init(zone: ZoneRules = .utc, zoneName: String = "UTC", lookups: (any Lookups)? = nil) {
            (self.zone, self.zoneName, self.lookups) = (zone, zoneName, lookups)
        }
    }

    /// A policy with what it needs.
    public struct Candidate: Sendable {
        public var policy: Policy
        public var name: String
        public var zones: [String: ZoneRules]
        public init(_ policy: Policy, name: String, zones: [String: ZoneRules]) {
            (self.policy, self.name, self.zones) = (policy, name, zones)
        }
    }

    /// What became of one login.
    public struct Verdict: Sendable {
        public var event: LogEvent
        public var decision: Decision
    }

    let settings: Settings
    var run: PolicyRun
    var versus: PolicyRun?
    var past = PastCounts()
    private var login: LoginMaker
    private var imagined = ImaginedAttempts()

    public init(_ candidate: Candidate, versus: Candidate? = nil, _ settings: Settings) {
        self.settings = settings
        run = PolicyRun(candidate, settings)
        self.versus = versus.map { PolicyRun($0, settings) }
        login = LoginMaker(settings)
    }

    /// Takes the next event, in the order of time.
    /// - Returns: what was decided, under the first policy, if it is a login.
    @discardableResult
    public mutating func take(_ event: LogEvent) -> Verdict? {
        past.take(event, settings)
        let made = login.make(of: event)
        let attempts = imagined.before(event, &login)
        run.probe(attempts)
        versus?.probe(attempts)
        let decision = run.take(event, made)
        _ = versus?.take(event, made)
        return decision.map { Verdict(event: event, decision: $0) }
    }

    /// Accounts of which a history is kept.
    var remembered: Int { run.remembered }

    /// - Parameters:
    ///   - sources: what was read.
    ///   - duplicates: events that stood in several logs.
    public func summary(of sources: [SourceSummary], duplicates: Int) -> BacktestSummary {
        var summary = BacktestSummary(outcome: run.outcome(past, settings))
        summary.versus = versus?.outcome(past, settings)
        summary.sources = sources
        (summary.first, summary.last) = (past.first, past.last)
        (summary.logins, summary.people, summary.failures) = (past.logins, past.people.count, past.failures)
        summary.duplicates = duplicates
        summary.zone = settings.zoneName
        summary.loginHours = past.hours
        summary.limits = past.limits(run.policy, hasLookups: settings.lookups != nil)
        return summary
    }
}

/// Makes of a log's event the login that a policy is asked about.
struct LoginMaker: Sendable {
    private let settings: Backtest.Settings
    private var tags: [String: [String]] = [:]
    /// Hosts and services whose log tells when a session ends.
    private var closing: Set<String> = []

    init(_ settings: Backtest.Settings) { self.settings = settings }

    mutating func make(of event: LogEvent) -> SimulatedLogin {
        let host = event.host.isEmpty ? settings.host : event.host
        if event.kind == .closed, closing.count < 4096 { closing.insert("\(host) \(event.service)") }
        var login = SimulatedLogin(
            user: event.user, service: event.service, host: host, tags: tags(of: host), channel: event.channel,
            source: event.source,
            key: event.key)
        (login.locality, login.command) = (event.locality, event.command)
        // Where no end is ever told, a session would stay open for a day.
        login.stays = event.session != nil && closing.contains("\(host) \(event.service)")
        return login
    }

    private mutating func tags(of host: String) -> [String] {
        if settings.tags.isEmpty { return [] }
        if let known = tags[host] { return known }
        let found = Set(settings.tags.filter { Pattern.matches($0.host, host) }.map(\.tag)).sorted()
        if tags.count < 4096 { tags[host] = found }
        return found
    }
}
