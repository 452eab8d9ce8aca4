import StepUpTestKit
import Testing

@testable import StepUpCore

/// Whether the one rule fired.
private func fires(_ signal: Signal, _ attempt: Attempt, _ history: History, _ facts: Facts = Sample.noFacts) -> Bool {
    decide(attempt, history.view(for: attempt), Sample.policy([Sample.rule(signal)]), facts).rules[0].result.hasFired
}

@Suite("Signals")
struct SignalTests {
    private let later = Sample.start + .hours(1)

    @Test("ip_new, net_new and device_new know what a proved login came with")
    func novelty() {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp)
        #expect(!fires(.ipNew, Sample.attempt(2, at: later), history))
        #expect(fires(.ipNew, Sample.attempt(2, source: "192.0.2.11", at: later), history))
        #expect(!fires(.netNew, Sample.attempt(2, source: "192.0.2.11", at: later), history))
        #expect(fires(.netNew, Sample.attempt(2, source: "192.0.3.10", at: later), history))
        #expect(!fires(.deviceNew, Sample.attempt(2, at: later), history))
        var other = Sample.attempt(2, at: later)
        other.key = .known(KeyFact(type: "ssh-ed25519", fingerprint: "SHA256:other"))
        #expect(fires(.deviceNew, other, history))
        #expect(fires(.ipNew, Sample.attempt(2, user: "bob", at: later), history), "alice's address is not bob's")
    }

    @Test("net_new is a /24, and a /48 of IPv6")
    func network() {
        var history = History()
        history.login(Sample.attempt(source: "2001:db8:1:2::3"), basis: .required, proved: .otp)
        #expect(!fires(.netNew, Sample.attempt(2, source: "2001:db8:1:ffff::9", at: later), history))
        #expect(fires(.netNew, Sample.attempt(2, source: "2001:db8:2::1", at: later), history))
    }

    @Test("velocity counts this attempt and forgets what left the window")
    func velocity() {
        var history = History()
        for number in 0..<3 { history.login(Sample.attempt(UInt8(number), at: Sample.start + .seconds(Int64(number)))) }
        let at = Sample.start + .seconds(10)
        #expect(fires(.velUser(moreThan: 3, within: .minutes(1)), Sample.attempt(9, at: at), history))
        #expect(!fires(.velUser(moreThan: 4, within: .minutes(1)), Sample.attempt(9, at: at), history))
        #expect(!fires(.velUser(moreThan: 3, within: .minutes(1)), Sample.attempt(9, at: at + .minutes(1)), history))
        #expect(fires(.velIP(moreThan: 3, within: .minutes(1)), Sample.attempt(9, user: "bob", at: at), history))
        #expect(!fires(.velIP(moreThan: 3, within: .minutes(1)), Sample.attempt(9, source: "192.0.2.99", at: at), history))
    }

    @Test("fails_recent counts first factors and codes that failed")
    func failures() {
        var history = History()
        let attempt = Sample.attempt()
        let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
        for _ in 0..<2 { history.apply(Sample.event(.firstFactorFailed(report))) }
        let signal = Signal.failsRecent(atLeast: 3, within: .minutes(5))
        #expect(!fires(signal, Sample.attempt(2), history))
        history.apply(Sample.event(.firstFactorFailed(report)))
        #expect(fires(signal, Sample.attempt(2), history))
        #expect(!fires(signal, Sample.attempt(2, at: Sample.start + .minutes(5)), history))
    }

    @Test("cold_start fires until enough sessions were opened")
    func coldStart() {
        var history = History()
        #expect(fires(.coldStart(fewerThan: 1), Sample.attempt(), history))
        history.login(Sample.attempt(), opens: false)
        #expect(fires(.coldStart(fewerThan: 1), Sample.attempt(2, at: later), history), "allowed is not logged in (S20)")
        history.login(Sample.attempt(3, at: later))
        #expect(!fires(.coldStart(fewerThan: 1), Sample.attempt(4, at: later), history))
    }

    @Test(
        "calendar windows: their edges, days, and over midnight",
        arguments: [
            ("07:00-19:00", Weekday.mon, 7 * 60, true), ("07:00-19:00", .mon, 7 * 60 - 1, false),
            ("07:00-19:00", .mon, 19 * 60 - 1, true), ("07:00-19:00", .mon, 19 * 60, false),
            ("07:00-19:00", .tue, 8 * 60, false), ("22:00-06:00", .mon, 23 * 60, true),
            ("22:00-06:00", .tue, 5 * 60, true), ("22:00-06:00", .tue, 6 * 60, false), ("22:00-06:00", .mon, 5 * 60, false),
        ])
    func calendar(_ hours: String, _ day: Weekday, _ minute: Int, _ inside: Bool) {
        let (from, to) = hours.hasPrefix("07") ? (420, 1140) : (1320, 360)
        let window = CalendarWindow(days: [.mon], fromMinute: from, toMinute: to, zone: "Europe/Zurich")
        let facts = Facts(
            localTimes: [LocalTime(zone: "Europe/Zurich", offsetSeconds: 3600, weekday: day, minuteOfDay: minute)])
        #expect(fires(.calendar(window), Sample.attempt(), History(), facts) == !inside)
    }

    @Test("a zone that could not be read makes its rules unknown")
    func missingZone() {
        let window = CalendarWindow(days: [.mon], fromMinute: 0, toMinute: 60, zone: "Nowhere/Here")
        let attempt = Sample.attempt()
        let decision = decide(
            attempt, History().view(for: attempt), Sample.policy([Sample.rule(.calendar(window), onUnknown: .skip)]),
            Sample.noFacts)
        #expect(decision.rules[0].result == .skippedUnknown)
    }

    @Test("dormant: no session for so long, or ever")
    func dormant() {
        var history = History()
        let signal = Signal.dormant(after: .days(30))
        #expect(fires(signal, Sample.attempt(), history), "never")
        history.login(Sample.attempt(), opens: false)
        #expect(fires(signal, Sample.attempt(2, at: Sample.start + .minutes(1)), history), "an allow is no login (S20)")
        history.login(Sample.attempt())
        #expect(!fires(signal, Sample.attempt(2, at: Sample.start + .days(29)), history))
        #expect(fires(signal, Sample.attempt(2, at: Sample.start + .days(30)), history))
    }

    @Test("cred_fresh: a token that is good since a short time, also again")
    func credFresh() {
        var history = History()
        let signal = Signal.credFresh(within: .hours(24))
        let token = TokenID(random: [UInt8](repeating: 1, count: 8))
        func change(_ action: TokenChanged.Action, at time: Timestamp) {
            let change = TokenChanged(action: action, token: token, kind: .totp, label: "phone", counter: nil, actor: nil)
            history.apply(Sample.event(.tokenChanged(change), at: time))
        }
        #expect(!fires(signal, Sample.attempt(), history), "no token")
        change(.enrolled, at: Sample.start)
        #expect(!fires(signal, Sample.attempt(2, at: later), history), "one that is not confirmed opens nothing")
        change(.confirmed, at: Sample.start + .minutes(5))
        #expect(fires(signal, Sample.attempt(2, at: later), history))
        #expect(!fires(signal, Sample.attempt(2, at: Sample.start + .hours(24) + .minutes(5)), history))
        change(.disabled, at: Sample.start + .days(10))
        change(.enabled, at: Sample.start + .days(11))
        #expect(fires(signal, Sample.attempt(2, at: Sample.start + .days(11) + .hours(23)), history))
    }

    @Test("fail_then_ok counts failures since the last login, not in a window")
    func failThenOK() {
        var history = History()
        let attempt = Sample.attempt()
        let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
        for number in 0..<3 { history.apply(Sample.event(.firstFactorFailed(report), at: Sample.start + .days(Int64(number)))) }
        #expect(fires(.failThenOK(atLeast: 3), Sample.attempt(2, at: Sample.start + .days(9)), history))
        #expect(!fires(.failThenOK(atLeast: 4), Sample.attempt(2, at: Sample.start + .days(9)), history))
        history.login(Sample.attempt(3, at: Sample.start + .days(9)))
        #expect(!fires(.failThenOK(atLeast: 1), Sample.attempt(4, at: Sample.start + .days(9)), history))
    }

    @Test("concurrent: a session that is open from another network, for a day at most")
    func concurrent() {
        var history = History()
        let first = Sample.attempt()
        let away = Sample.attempt(2, source: "198.51.100.7", at: later)
        #expect(!fires(.concurrent, away, history))
        history.login(first)
        #expect(fires(.concurrent, away, history))
        #expect(!fires(.concurrent, Sample.attempt(2, source: "192.0.2.99", at: later), history), "the same network")
        #expect(!fires(.concurrent, Sample.attempt(2, source: "198.51.100.7", at: Sample.start + .hours(24)), history))
        let report = Reported(service: "sshd", subject: first.subject, source: first.source, evidence: [:])
        history.apply(Sample.event(.sessionClosed(report), attempt: away.id, at: later))
        #expect(fires(.concurrent, away, history), "another session closed")
        history.apply(Sample.event(.sessionClosed(report), attempt: first.id, at: later))
        #expect(!fires(.concurrent, away, history))
        for number in 0..<40 { history.login(Sample.attempt(UInt8(100 + number), at: later)) }
        #expect(history.profile("alice")?.sessions.count == OpenSession.limit)
    }

    private static let zone = "Europe/Zurich"
    private func facts(_ hour: Int) -> Facts {
        Facts(localTimes: [
            LocalTime(zone: Self.zone, offsetSeconds: 3600, weekday: Weekday.allCases[hour / 24], minuteOfDay: hour % 24 * 60 + 30)
        ])
    }

    private func login(_ history: inout History, hour: Int, day: Int, proved: Requirement = .otp, opens: Bool = true) {
        let attempt = Sample.attempt(UInt8(day % 250), at: Sample.start + .days(Int64(day)))
        let decision = Decision(
            verdict: .challenge, basis: proved == .none ? .notRequired : .required, required: .otp, floor: .none,
            shadowRequired: .otp,
            reference: nil, rules: [])
        history.apply(
            Sample.event(
                .decided(Decided(attempt: attempt, facts: facts(hour), decision: decision, policy: "p", historySize: history.size)),
                attempt: attempt.id, at: attempt.time))
        history.apply(
            Sample.event(
                .concluded(Concluded(outcome: opens ? .allowed : .denied, reason: "t", proved: proved, graceUntil: nil)),
                attempt: attempt.id,
                at: attempt.time))
        guard opens else { return }
        let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
        history.apply(Sample.event(.sessionOpened(report), attempt: attempt.id, at: attempt.time))
    }

    @Test("hour_rare: unknown below 20 logins, then an hour with none near it; Sunday night is next to Monday morning")
    func hourRare() {
        var history = History()
        let signal = Signal.hourRare(zone: Self.zone, belowPermille: 5)
        func result(_ hour: Int) -> RuleOutcome.Result? {
            let attempt = Sample.attempt(251, at: Sample.start + .days(60))
            return decide(attempt, history.view(for: attempt), Sample.policy([Sample.rule(signal)]), facts(hour)).rules.first?
                .result
        }
        for day in 0..<19 { login(&history, hour: 9, day: day) }
        #expect(result(9) == .firedUnknown && result(3) == .firedUnknown)
        login(&history, hour: 167, day: 19)
        #expect(result(9) == .quiet && result(8) == .quiet && result(10) == .quiet && result(7) == .fired && result(60) == .fired)
        #expect(result(0) == .quiet && result(167) == .quiet && result(1) == .fired, "the week is a circle")
        #expect(result(3 + 24) == .fired, "nine on Mondays is not nine on Tuesdays")
    }

    @Test("S21 an hour becomes usual by a proof or by probation, never by attempts that fail")
    func hoursLearn() {
        var history = History()
        for day in 0..<25 { login(&history, hour: 9, day: day) }
        for day in 25..<60 { login(&history, hour: 3, day: day, proved: .none, opens: false) }
        #expect(history.profile("alice")?.hours[Self.zone]?.counts == [9: 25])
        for day in [60, 61, 66] { login(&history, hour: 3, day: day, proved: .none) }
        #expect(history.profile("alice")?.hours[Self.zone]?.counts == [9: 25], "three days, within six")
        login(&history, hour: 3, day: 67, proved: .none)
        #expect(history.profile("alice")?.hours[Self.zone]?.counts == [9: 25, 3: 1])
    }

    @Test("the shares of all hours are one, and each is between none and all")
    func shares() {
        var hours = UsualHours()
        for (hour, count) in [(0, 7), (9, 100), (10, 3), (167, 50)] { hours.counts[hour] = count }
        let shares = (0..<UsualHours.hoursOfWeek).map(hours.millionths)
        #expect(shares.allSatisfy { (0...1_000_000).contains($0) } && abs(shares.reduce(0, +) - 1_000_000) < UsualHours.hoursOfWeek)
        #expect(shares[9] == shares.max() && UsualHours().millionths(5) == 1_000_000 / 168)
    }

    @Test("S21 a month of an attacker's attempts makes neither network nor device nor hour known")
    func poisoning() throws {
        let rules = [
            Sample.rule(.netNew, name: "net"), Sample.rule(.deviceNew, name: "device"),
            Sample.rule(.hourRare(zone: Self.zone, belowPermille: 5), name: "hour"),
        ]
        // A TZif file of UTC and nothing else (RFC 8536, 3).
        func header(_ characters: UInt8) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15 + 16) + [0, 0, 0, 1, 0, 0, 0, characters]
        }
        let zone = try ZoneRules(
            tzif: header(4) + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8) + header(4) + [0, 0, 0, 0, 0, 0]
                + Array("UTC\0\nUTC0\n".utf8))
        var simulation = Simulation(Sample.policy(rules), zones: [Self.zone: zone])
        let owner = SimulatedLogin(
            user: "alice", service: "sshd", host: "h", source: Sample.source("192.0.2.1"), key: .known(Sample.key))
        let thief = SimulatedLogin(
            user: "alice", service: "sshd", host: "h", source: Sample.source("198.51.100.7"),
            key: .known(KeyFact(type: "t", fingerprint: "other")))
        let monday = try #require(Timestamp(rfc3339: "2026-03-02T09:00:00Z"))
        for week in 0..<30 { simulation.recall(owner, proved: .otp, at: monday + .days(Int64(week) * 7 - 210)) }
        #expect(simulation.decision(owner, at: monday).effect == .none)
        for day in 0..<30 {
            let night = monday + .days(Int64(day)) + .hours(17)
            for number in 0..<3 {
                let decision = simulation.login(thief, at: night + .minutes(Int64(number)), answer: number == 0 ? .none : .wrong)
                #expect(decision.rules.map(\.result) == [.fired, .fired, .fired])
            }
        }
        #expect(simulation.decision(owner, at: monday + .days(35)).effect == .none, "and the owner is left alone")
    }

    @Test("vel_host counts all accounts' attempts on the host, but none that proved no first factor")
    func host() {
        var history = History()
        for number in 0..<3 {
            history.login(
                Sample.attempt(
                    UInt8(number), user: "user\(number)", source: "192.0.2.\(number)", at: Sample.start + .seconds(Int64(number))))
        }
        let at = Sample.start + .seconds(10)
        var nobody = Sample.attempt(8, at: at)
        nobody.firstFactor = .missing("none")
        history.login(nobody, basis: .firstFactor, opens: false)
        #expect(fires(.velHost(moreThan: 3, within: .minutes(1)), Sample.attempt(9, at: at), history))
        #expect(!fires(.velHost(moreThan: 4, within: .minutes(1)), Sample.attempt(9, at: at), history))
        #expect(!fires(.velHost(moreThan: 3, within: .minutes(1)), Sample.attempt(9, at: at + .minutes(1)), history))
    }

    @Test("spray counts distinct users of a network, names that are nobody's too, each once")
    func spray() {
        var history = History()
        let signal = Signal.spray(atLeast: 4, within: .minutes(10))
        for number in 0..<5 { history.login(Sample.attempt(UInt8(number), user: "user", at: Sample.start)) }
        let report = Reported(
            service: "sshd", subject: .unresolved(hash: "00ff", length: 5), source: Sample.source("192.0.2.77"), evidence: [:])
        for _ in 0..<5 { history.apply(Sample.event(.firstFactorFailed(report), account: nil, at: Sample.start + .minutes(1))) }
        #expect(!fires(signal, Sample.attempt(9, at: Sample.start + .minutes(2)), history), "user, a nobody, alice")
        history.login(Sample.attempt(20, user: "carol", source: "192.0.2.200", at: Sample.start + .minutes(1)))
        #expect(fires(signal, Sample.attempt(9, at: Sample.start + .minutes(2)), history))
        #expect(!fires(signal, Sample.attempt(9, user: "carol", at: Sample.start + .minutes(2)), history), "carol counts once")
        #expect(!fires(signal, Sample.attempt(9, source: "192.0.3.1", at: Sample.start + .minutes(2)), history), "another network")
        #expect(!fires(signal, Sample.attempt(9, at: Sample.start + .minutes(10)), history), "user came ten minutes ago")
        for number in 0..<200 { history.login(Sample.attempt(UInt8(number), user: "u\(number)", at: Sample.start + .minutes(3))) }
        #expect(
            fires(
                .spray(atLeast: RecentValues.capacity, within: .hours(1)), Sample.attempt(9, at: Sample.start + .minutes(4)),
                history
            ))
    }

    @Test("S12 the command of a sudo is advice: shells, editors and options hide it, and elsewhere there is none")
    func command() {
        func result(_ evidence: String?, service: String = "sudo", channel: Channel = .pam) -> RuleOutcome.Result? {
            var attempt = Sample.attempt()
            (attempt.service, attempt.channel) = (service, channel)
            if let evidence { attempt.evidence["command"] = evidence }
            let rule = Sample.rule(.command(["/usr/sbin/visudo*", "*passwd *"]))
            return decide(attempt, HistoryView(profile: Profile()), Sample.policy([rule]), Sample.noFacts).rules.first?.result
        }
        #expect(result("sudo /usr/sbin/visudo -f x") == .fired && result("/usr/bin/sudo -n passwd root") == .fired)
        #expect(result("sudo ls /etc/passwd") == .quiet && result("sudo LANG=C -k -- ls -l") == .quiet)
        for hidden in [
            "sudo bash -c visudo", "sudo -i", "sudo -u bob ls", "sudo", "sudo /usr/bin/env visudo", "sudo vi /etc/passwd",
            "su -c visudo", "",
            "sudo -s", "sudo --shell",
        ] {
            #expect(result(hidden) == .firedUnknown, "\(hidden)")
        }
        #expect(result(nil) == .firedUnknown)
        #expect(
            result("sudo visudo", service: "sshd") == .notApplicable && result("sudo visudo", channel: .radius) == .notApplicable)
        #expect(result("sudo " + String(repeating: "x", count: 500)) == .quiet)
    }
}
