import StepUpCore
import StepUpLogs
import Testing

@testable import StepUpBacktest

@Suite struct BacktestTests {
    private func days(_ number: Int64) -> Timestamp { Fixture.start + .days(number) }

    @Test func whoIsAskedLearnsAndIsNotAskedAgain() throws {
        let events = (0..<10).map { Fixture.event(at: days($0)) } + [Fixture.event(from: "198.51.100.1", at: days(10))]
        let summary = Fixture.run(try Fixture.policy(Fixture.newNetwork), events)
        #expect(summary.logins == 11 && summary.people == 1 && summary.outcome.prompts == 2)
        #expect(summary.outcome.rules[0].fired == 2 && summary.outcome.rules[0].alone == 2 && summary.outcome.rules[0].people == 1)
        #expect(summary.outcome.firstTen[0].prompts == 1 && summary.outcome.firstTen[1].prompts == 0)
        #expect(summary.outcome.days.count == 11 && summary.outcome.days[10].prompts == 1)
        // Ten days: two prompts in 10/7 weeks.
        #expect(summary.outcome.worst.first?.perWeek == 140)
    }

    @Test func everyNumberOfPromptsIsTheSameNumber() throws {
        let events = Fixture.generated()
        let summary = Fixture.run(try Fixture.policy(Fixture.newNetwork), events)
        let outcome = summary.outcome
        #expect(
            outcome.prompts > 0 && outcome.days.map(\.prompts).reduce(0, +) == outcome.prompts
                && outcome.hours.reduce(0, +) == outcome.prompts)
        #expect(outcome.rules[0].fired == outcome.prompts && outcome.days.map(\.logins).reduce(0, +) == summary.logins)
        #expect(summary.loginHours.reduce(0, +) == summary.logins)
        #expect(events.count { $0.kind == .accepted && $0.label == .legitimate } == summary.logins)
    }

    @Test func itDecidesAsASimulationByHandDoes() throws {
        let candidate = try Fixture.policy(
            Fixture.newNetwork + "[[rule]]\nname = \"failures\"\nsignal = \"fail_then_ok\"\nat_least = 2\nrequire = \"otp\"\n")
        var backtest = Backtest(candidate, Backtest.Settings())
        var simulation = Simulation(candidate.policy, zones: candidate.zones)
        for event in Fixture.generated(days: 8, takeovers: 0) {
            var login = SimulatedLogin(
                user: event.user, service: event.service, host: event.host, channel: event.channel, source: event.source,
                key: event.key)
            login.locality = event.locality
            let verdict = backtest.take(event)
            switch event.kind {
            case .accepted: #expect(verdict?.decision.effect == simulation.login(login, at: event.time).effect)
            case .failed where event.isAccount: simulation.fail(login, at: event.time)
            case .failed: simulation.failNobody(login, at: event.time)
            default: break
            }
        }
    }

    @Test func aDenialIsToldWithItsRules() throws {
        let policy = try Fixture.policy(
            "[[rule]]\nname = \"nobody\"\nsignal = \"always\"\nrequire = \"deny\"\non_unknown = \"skip\"\n")
        let outcome = Fixture.run(policy, [Fixture.event()]).outcome
        #expect(outcome.denials == 1 && outcome.prompts == 0 && outcome.deniedLogins.first?.rules == ["nobody"])
    }

    @Test func anAttackerThatTheDataNamesIsCountedApartAndTeachesNothing() throws {
        var attack = Fixture.event(from: "203.0.113.9", at: days(9))
        attack.label = .takeover
        let own = (0..<9).map { Fixture.event(at: days($0)) }
        let outcome = Fixture.run(
            try Fixture.policy(Fixture.newNetwork), own + [attack, Fixture.event(from: "203.0.113.9", at: days(10))]
        ).outcome
        #expect(outcome.caught.first.map { ($0.name, $0.tries, $0.stopped) } ?? ("", 0, 0) == ("labelled attacks", 1, 1))
        // The first, and the one from where the attacker was.
        #expect(outcome.prompts == 2)
    }

    @Test func failuresThatPAMNeverHearsOfAreNone() throws {
        let policy = try Fixture.policy(
            "[[rule]]\nname = \"failures\"\nsignal = \"fail_then_ok\"\nat_least = 1\nrequire = \"otp\"\n")
        for (method, prompts) in [("password", 1), ("keyboard-interactive/pam", 1), ("publickey", 0), ("none", 0)] {
            var failure = Fixture.event(.failed, at: days(1))
            failure.method = method
            let outcome = Fixture.run(policy, [Fixture.event(), failure, Fixture.event(at: days(2))]).outcome
            #expect(outcome.prompts == prompts, "\(method)")
        }
    }

    @Test func aSessionThatIsToldToEndIsNotOpenElsewhere() throws {
        let policy = try Fixture.policy("[[rule]]\nname = \"elsewhere\"\nsignal = \"concurrent\"\nrequire = \"otp\"\n")
        // The log tells when sessions end: that of the first minute shows it.
        let told = [
            Fixture.event(.accepted, "bob", session: "h 1"),
            Fixture.event(.closed, "bob", at: Fixture.start + .minutes(1), session: "h 1"),
        ]
        let first = Fixture.event(at: Fixture.start + .minutes(2), session: "h 2")
        let end = Fixture.event(.closed, at: Fixture.start + .minutes(3), session: "h 2")
        let second = Fixture.event(from: "198.51.100.1", at: Fixture.start + .minutes(4), session: "h 3")
        #expect(Fixture.run(policy, told + [first, second]).outcome.prompts == 1)
        #expect(Fixture.run(policy, told + [first, end, second]).outcome.prompts == 0)
    }

    @Test func tagsComeFromWhoeverReadsTheLogs() throws {
        let policy = try Fixture.policy(
            "[[rule]]\nname = \"trading\"\nsignal = \"target\"\ntags = [\"trading\"]\nrequire = \"hardware\"\n")
        var settings = Backtest.Settings()
        settings.tags = [("trading*", "trading")]
        var backtest = Backtest(policy, settings)
        for host in ["trading1", "archive1"] { backtest.take(Fixture.event(host: host)) }
        let outcome = backtest.summary(of: [], duplicates: 0).outcome
        #expect(outcome.prompts == 1 && outcome.hardware == 1)
    }

    @Test func whatTheHistoryCannotTellIsTold() throws {
        let limits = Fixture.run(
            try Fixture.policy(Fixture.newNetwork + "[[rule]]\nname = \"device\"\nsignal = \"device_new\"\nrequire = \"otp\"\n"),
            [Fixture.event(key: nil)]
        ).limits
        #expect(limits.contains { $0.hasPrefix("1 of 1 logins name no key") })
        let empty = Fixture.run(try Fixture.policy(Fixture.newNetwork), [])
        #expect(empty.limits == ["There is no login in these logs: nothing can be said."] && empty.logins == 0)
    }

    @Test func aClockThatWasWrongByYearsMakesNoEndlessPage() throws {
        let events = [Fixture.event(at: Timestamp(seconds: 0)), Fixture.event(at: Timestamp(seconds: 7_000_000_000))]
        let summary = Fixture.run(try Fixture.policy(Fixture.newNetwork), events)
        #expect(summary.outcome.days.count == 2 && summary.page().utf8.count < 200_000)
    }

    @Test func namesThatWereNeverLetInAreNotAllRemembered() throws {
        var backtest = Backtest(try Fixture.policy(Fixture.newNetwork), Backtest.Settings())
        for number in 0..<15_000 { backtest.take(Fixture.event(.failed, "name\(number)")) }
        #expect(backtest.remembered == 10_000)
    }
}
