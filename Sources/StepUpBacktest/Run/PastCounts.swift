import StepUpCore
import StepUpLogs

/// What the logs themselves hold, whatever a policy makes of it; and therefore what they cannot tell.
struct PastCounts: Sendable {
    private(set) var first: Timestamp?
    private(set) var last: Timestamp?
    private(set) var logins = 0
    private(set) var failures = 0
    private(set) var people: Set<String> = []
    private(set) var hours = [Int](repeating: 0, count: 168)
    private var loginDays: Set<Int64> = []
    /// Logins whose source, key or country the log leaves open.
    private var withoutSource = 0
    private var withoutKey = 0
    private var withoutCountry = 0
    private var sudo = 0
    private var services: Set<String> = []
    private var hasSessionEnds = false

    mutating func take(_ event: LogEvent, _ settings: Backtest.Settings) {
        switch event.kind {
        case .accepted: break
        case .failed:
            failures += 1
            return
        case .closed:
            hasSessionEnds = true
            return
        case .invalidUser: return
        }
        guard event.label != .takeover else { return }
        logins += 1
        first = min(first ?? event.time, event.time)
        last = max(last ?? event.time, event.time)
        people.insert(event.user)
        let local = LocalTime(zone: "", rules: settings.zone, at: event.time)
        hours[local.hourOfWeek] += 1
        loginDays.insert(CivilDate(local: event.time, offsetSeconds: local.offsetSeconds).day)
        if case .unknown = event.source { withoutSource += 1 }
        if case .unknown = event.key { withoutKey += 1 }
        if let address = event.source.value {
            let locality = event.locality ?? settings.lookups?.locality(of: address, at: event.time)
            if locality?.country.value == nil { withoutCountry += 1 }
        }
        if event.service == "sudo" { sudo += 1 }
        if services.count < 64 { services.insert(event.service) }
    }

    /// From a first login to the end, at least a week.
    func seconds(since first: Timestamp) -> Int { Int(max(7 * 86_400, ((last ?? first) - first).seconds)) }

    /// Every day from the first login to the last; where clocks were wrong by years, those with logins alone.
    func days(_ settings: Backtest.Settings) -> [CivilDate] {
        let sorted = loginDays.sorted()
        guard let from = sorted.first, let to = sorted.last else { return [] }
        return (to - from < 4000 ? Array(from...to) : sorted).map { CivilDate(day: $0) }
    }

    // MARK: What they cannot tell

    func limits(_ policy: Policy, hasLookups: Bool) -> [String] {
        guard logins > 0 else { return ["There is no login in these logs: nothing can be said."] }
        var limits = [
            "Everyone who was let in is taken for who they say they are, and for able to answer: an attacker who was let in then counts as burden here, and a code that somebody would not have had at hand as a login.",
            "History begins with the first line: of the first weeks, prompts are more than they would be later. \"The first ten logins\" says how many more.",
        ]
        let signals = policy.rules.flatMap(\.condition.signals)
        func uses(_ names: Set<String>) -> Bool { signals.contains { names.contains($0.name) } }
        func share(_ count: Int) -> String { "\(count) of \(logins) logins" }
        if withoutSource > 0 {
            limits.append(
                "\(share(withoutSource)) have no address in the logs. Live they have one; here what a rule says of an unknown address decides."
            )
        }
        if withoutKey > 0, uses(["device_new"]) {
            limits.append(
                "\(share(withoutKey)) name no key or device: by password, or a log that leaves it out. device_new is unknown for them"
                    + ", as it is live for a login by password.")
        }
        if uses(["country_new", "country_listed", "asn_new", "asn_novel_org", "travel"]), withoutCountry > 0 {
            limits.append(
                hasLookups
                    ? "Of \(share(withoutCountry)) the databases of this host do not know the country. They say what is so today, not what was so then."
                    : "Countries and networks were not looked up: rules on them find nothing known. Set up [geo] in stepup.toml (Lookups.md)."
            )
        } else if hasLookups, uses(["country_new", "country_listed", "asn_new", "asn_novel_org", "travel", "listed"]) {
            limits.append("Countries, networks and lists are those of today; then they may have been others.")
        }
        if sudo > 0 {
            limits.append(
                "sudo asks for a password once in a while; its log does not say when. All \(sudo) of its commands are decided as if it had asked: live there are fewer."
            )
        }
        if uses(["concurrent"]), !hasSessionEnds {
            limits.append("No log tells when a session ended: concurrent never fires here.")
        }
        if uses(["cred_fresh"]) { limits.append("Tokens are not in the logs: cred_fresh never fires here.") }
        let scopes = policy.rules.flatMap { [$0.scope] + ($0.exception.map { [$0] } ?? []) } + policy.floors.map(\.scope)
        if scopes.contains(where: { !$0.groups.isEmpty }) {
            limits.append("Groups are not in the logs: what a rule says of groups matches nobody here.")
        }
        if scopes.contains(where: { !$0.tags.isEmpty }) || uses(["target"]) {
            limits.append("What hosts are called (tags) is not in the logs; --tag HOST=NAME says it.")
        }
        limits.append("Exemptions, and fallbacks while the daemon is away, are not simulated.")
        return limits
    }
}
