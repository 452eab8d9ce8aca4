import StepUpCore

/// `[[scenario]]` of a file for `stepupctl simulate`, and `[[test]]` of a policy: the same words (Docs/Simulate.md).
enum ScenarioReader {
    /// Logins that a history may have, so that a slip in `times` does not take the machine for an hour.
    static let historyLimit = 100_000

    static func scenarios(_ value: TableReader.Value, host: String, _ policy: Policy) throws(ConfigError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for table in try value.tables(value.key) {
            let scenario = try scenario(table, host: host, policy)
            guard !scenarios.contains(where: { $0.name == scenario.name }) else {
                throw table.failure("two have the name '\(EvidenceText.printable(scenario.name))'")
            }
            scenarios.append(scenario)
        }
        return scenarios
    }

    private static func scenario(_ table: TableReader, host: String, _ policy: Policy) throws(ConfigError) -> Scenario {
        var table = table
        let name = try table.require("name", "say what it shows").line(limit: 120)
        let (place, device) = (source("192.0.2.1"), Observed.known(key("usual")))
        let login = try login(&table, from: SimulatedLogin(user: "alice", service: "sshd", host: host, source: place, key: device))
        // Who it is about stands above; where from and with what is the login's alone.
        var usual = login
        (usual.source, usual.key, usual.stays) = (place, device, false)
        (usual.locality, usual.listed, usual.isHoliday) = (.usual, [], false)
        let at = try time(try table.require("at", "when the login is, such as at = \"2026-03-02T08:00:00Z\""))
        var history: [Scenario.Line] = []
        var total = 0
        for line in try table.take("history")?.tables("history") ?? [] {
            let read = try historyLine(line, usual)
            total += read.times
            guard total <= historyLimit else { throw line.failure("a history has at most \(historyLimit) logins") }
            history.append(read)
        }
        var steps: [Scenario.Step] = []
        if let value = table.take("attempts") {
            var time = at
            for line in try value.tables("attempts") {
                let step = try step(line, login, after: time, policy)
                time = step.time
                steps.append(step)
            }
            guard !steps.isEmpty else { throw value.failure("'attempts' is empty; name one, or write 'expect' in its place") }
        } else {
            steps = [try expectation(&table, Scenario.Step(login, at: at), policy)]
        }
        let line = table.position.line
        try table.finish()
        return Scenario(name: name, lineNumber: line, history: history, steps: steps)
    }

    private static func historyLine(_ table: TableReader, _ usual: SimulatedLogin) throws(ConfigError) -> Scenario.Line {
        var table = table
        let ago = try table.require("ago", "how long before the login, such as ago = \"30d\"").span(.seconds(0)...(.days(3650)))
        let failed = table.take("failed")
        let proved = try table.take("proved")?.word(Requirement.self) ?? .otp
        guard proved != .deny else { throw table.failure("\(table.name): nobody proves 'deny'; write none, otp or hardware") }
        let login = try login(&table, from: usual)
        if let failed {
            let times = Int(try failed.integer(1...Int64(historyLimit)))
            try table.finish()
            return Scenario.Line(login, .failed, ago: ago, times: times)
        }
        let times = Int(try table.take("times")?.integer(1...Int64(historyLimit)) ?? 1)
        let every = try table.take("every")?.span(.seconds(1)...(.days(366))) ?? .days(1)
        guard every.milliseconds * Int64(times - 1) <= ago.milliseconds else {
            throw table.failure("\(table.name): \(times) logins, \(every.text) apart, from \(ago.text) ago on, end after the login")
        }
        try table.finish()
        return Scenario.Line(login, .login(proved), ago: ago, times: times, every: every)
    }

    private static func step(
        _ table: TableReader, _ usual: SimulatedLogin, after before: Timestamp, _ policy: Policy
    ) throws(ConfigError) -> Scenario.Step {
        var table = table
        let later = try table.take("after")?.span(.seconds(0)...(.days(3650))) ?? .seconds(0)
        let moment = try table.take("at").map { value throws(ConfigError) in try time(value) } ?? before + later
        guard moment >= before else { throw table.failure("\(table.name) is earlier than the one before it") }
        let login = try login(&table, from: usual)
        let step = try expectation(&table, Scenario.Step(login, at: moment), policy)
        try table.finish()
        return step
    }

    private static func expectation(
        _ table: inout TableReader, _ step: Scenario.Step, _ policy: Policy
    ) throws(ConfigError) -> Scenario.Step {
        var step = step
        step.answer = try table.take("answer")?.word() ?? .right
        if let value = table.take("expect") {
            guard let expected = Requirement(outcomeName: try value.string()) else {
                throw value.failure("'expect' must be one of allow, otp, hardware, deny")
            }
            step.expected = expected
        }
        if let value = table.take("fires") {
            var names: Set<String> = []
            for rule in try value.strings() {
                let name = try rule.string()
                guard policy.rules.contains(where: { $0.name == name }) else {
                    throw rule.failure(
                        "the policy has no rule '\(EvidenceText.printable(name))'"
                            + Suggestion.text(for: name, among: policy.rules.map(\.name)))
                }
                names.insert(name)
            }
            step.fires = names
        }
        guard step.expected != nil || step.fires != nil else {
            throw table.failure(
                "\(table.name) expects nothing: write expect = \"allow\", \"otp\", \"hardware\" or \"deny\", or 'fires'")
        }
        return step
    }

    // MARK: Facts

    private static func login(_ table: inout TableReader, from usual: SimulatedLogin) throws(ConfigError) -> SimulatedLogin {
        var login = usual
        if let value = table.take("user") { login.user = try value.line(limit: 64) }
        if let value = table.take("service") { login.service = try value.line(limit: 32) }
        if let value = table.take("host") { login.host = try value.line(limit: 64) }
        if let value = table.take("stays") { login.stays = try value.bool() }
        if let value = table.take("channel") { login.channel = try value.word() }
        if let value = table.take("tags") { login.tags = try value.tags() }
        if let value = table.take("groups") {
            login.groups = []
            for group in try value.strings() { login.groups.append(try group.line(limit: 64)) }
        }
        if let value = table.take("from") {
            let text = try value.string()
            login.source = source(text)
            if case .unknown = login.source, text != "unknown" {
                throw value.failure("'from' must be an IP address, \"unknown\", or \"none\" for a login that comes from nowhere")
            }
        }
        try whereabouts(&table, &login)
        if let value = table.take("key") {
            let word = try value.line(limit: 64)
            login.key = word == "unknown" ? .unknown("not visible") : word == "none" ? .notApplicable : .known(key(word))
        }
        return login
    }

    /// What the host would look up: `country`, `asn`, `organisation`, `place`, `listed`, `holiday`.
    private static func whereabouts(_ table: inout TableReader, _ login: inout SimulatedLogin) throws(ConfigError) {
        if let value = table.take("country") {
            let code = try value.country(orUnknown: true)
            login.locality?.country = code.map { .known($0) } ?? .unknown("not known")
            login.locality?.place = code.flatMap(Country.place).map { .known($0) } ?? .unknown("not known")
        }
        if let value = table.take("place") { login.locality?.place = .known(try place(value)) }
        let organisation = try table.take("organisation")?.line(limit: AutonomousSystem.nameLimit)
        if let value = table.take("asn") {
            let number = try value.integer(1...4_294_967_295)
            login.locality?.system = .known(AutonomousSystem(number: number, organisation: organisation ?? "AS\(number)"))
        } else if let organisation {
            let number = login.locality?.system.value?.number ?? 0
            login.locality?.system = .known(AutonomousSystem(number: number, organisation: organisation))
        }
        if let value = table.take("listed") {
            login.listed = []
            for list in try value.strings() { login.listed.insert(try list.label("a list's name", limit: ListFact.nameLimit)) }
        }
        if let value = table.take("holiday") { login.isHoliday = try value.bool() }
    }

    private static func place(_ value: TableReader.Value) throws(ConfigError) -> Place {
        let hint = "[latitude, longitude, radius]: hundredths of a degree and kilometres, such as [4737, 854, 20]"
        guard case .array(let elements) = value.node.value, elements.count == 3 else { throw value.failure("'place' is \(hint)") }
        var numbers: [Int] = []
        for (element, range) in zip(elements, [-9000...9000, -18_000...18_000, 0...20_000] as [ClosedRange<Int64>]) {
            guard case .integer(let number) = element.value, range.contains(number) else {
                throw value.failure("'place' is \(hint)")
            }
            numbers.append(Int(number))
        }
        return Place(latitude: numbers[0], longitude: numbers[1], radius: numbers[2])
    }

    private static func source(_ text: String) -> Observed<IPAddress> {
        if text == "none" { return .notApplicable }
        return IPAddress(text).map { .known($0) } ?? .unknown("not known")
    }

    private static func key(_ name: String) -> KeyFact { KeyFact(type: "simulated", fingerprint: name) }

    private static func time(_ value: TableReader.Value) throws(ConfigError) -> Timestamp {
        guard let time = Timestamp(rfc3339: try value.string()) else {
            throw value.failure("'\(value.key)' must be a moment in UTC, such as \"2026-03-02T08:00:00Z\"")
        }
        return time
    }
}

/// A file for `stepupctl simulate`.
public struct ScenarioFile: Sendable {
    public var scenarios: [Scenario]

    /// Largest text, in bytes.
    public static let sizeLimit = 1 << 20

    /// - Parameter policy: whose rules `fires` may name.
    public init(_ text: String, file: String, policy: Policy) throws(ConfigError) {
        var root = try TableReader(try TomlNode.parse(text, file: file), file: file, name: "the file")
        _ = try root.require("version", "write version = 1").integer(1...1)
        let host = try root.take("host")?.line(limit: 64) ?? "host"
        let value = try root.require("scenario", "write one as [[scenario]]")
        scenarios = try ScenarioReader.scenarios(value, host: host, policy)
        try root.finish()
    }
}
