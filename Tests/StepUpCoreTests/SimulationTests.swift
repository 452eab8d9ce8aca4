import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("Simulation")
struct SimulationTests {
    private let home = SimulatedLogin(
        user: "alice", service: "sshd", host: "trading1", source: Sample.source("192.0.2.1"),
        key: .known(KeyFact(type: "t", fingerprint: "k")))
    private var away: SimulatedLogin {
        var login = home
        login.source = Sample.source("198.51.100.7")
        return login
    }
    private let policy = Sample.policy([
        Sample.rule(.netNew, name: "net"), Sample.rule(.failsRecent(atLeast: 3, within: .minutes(15)), name: "guess"),
        Sample.rule(.velUser(moreThan: 4, within: .minutes(1)), .deny, name: "flood"),
    ])

    @Test("what a login teaches, the next one knows; a wrong answer and none at all teach nothing")
    func learns() {
        var simulation = Simulation(policy, zones: [:])
        #expect(simulation.login(home, at: Sample.start, answer: .none).effect == .otp)
        #expect(simulation.login(home, at: Sample.start + .hours(1), answer: .wrong).effect == .otp)
        #expect(simulation.login(home, at: Sample.start + .hours(2)).effect == .otp)
        #expect(simulation.login(home, at: Sample.start + .hours(3)).effect == .none)
        #expect(simulation.login(away, at: Sample.start + .hours(4)).effect == .otp)
        #expect(simulation.decision(away, at: Sample.start + .hours(5)).effect == .none)
        #expect(simulation.history.open.isEmpty, "every login came to its end")
    }

    @Test("a simulated history is the fold of the events that the daemon would have written")
    func sameFold() {
        var simulation = Simulation(policy, zones: [:])
        var history = History()
        for number in 0..<20 {
            let time = Sample.start + .hours(Int64(number) * 7)
            var login = number % 3 == 0 ? away : home
            login.locality = nil
            let decision = simulation.login(login, at: time)
            let attempt = login.attempt(at: time, number: Int64(number))
            #expect(
                decide(attempt, history.view(for: attempt), policy, Sample.noFacts).canonicalBytes == decision.canonicalBytes,
                "\(number)")
            history.login(attempt, basis: decision.basis, proved: decision.effect)
            let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
            history.apply(Sample.event(.sessionClosed(report), attempt: attempt.id, at: time))
        }
        #expect(simulation.history.profile("alice") == history.profile("alice"))
    }

    @Test("a scenario says what is not as expected, and why")
    func problems() {
        func problem(_ step: Scenario.Step, _ history: [Scenario.Line] = []) -> String? {
            Scenario(name: "s", history: history, steps: [step]).run(policy, zones: [:])[0].problem
        }
        let known = [Scenario.Line(home, .login(.otp), ago: .days(3))]
        #expect(problem(Scenario.Step(home, at: Sample.start, expected: .some(.none)), known) == nil)
        #expect(
            problem(Scenario.Step(away, at: Sample.start, expected: .some(.none)), known)
                == "expected allow, and it was otp: net fired: 198.51.100.0/24 is not one of the account's known networks")
        #expect(
            problem(Scenario.Step(home, at: Sample.start, expected: .hardware), known)
                == "expected hardware, and it was allow: no rule fired")
        #expect(problem(Scenario.Step(home, at: Sample.start, fires: ["net", "x"]), known) == "net did not fire, x did not fire")
        #expect(problem(Scenario.Step(away, at: Sample.start, fires: []), known) == "net fired")
        let guesses = [Scenario.Line(away, .failed, ago: .minutes(5), times: 3)]
        #expect(problem(Scenario.Step(home, at: Sample.start, fires: ["guess"]), known + guesses) == nil)
        #expect(
            problem(
                Scenario.Step(home, at: Sample.start, fires: []),
                known + [Scenario.Line(away, .failed, ago: .minutes(16), times: 3)]) == nil)
    }

    @Test("the order in which a history's lines stand changes nothing")
    func order() {
        let lines = [
            Scenario.Line(home, .login(.otp), ago: .days(30), times: 10, every: .days(2)),
            Scenario.Line(away, .failed, ago: .minutes(3), times: 2),
            Scenario.Line(away, .login(.none), ago: .days(5), times: 3, every: .days(1)),
        ]
        let step = Scenario.Step(away, at: Sample.start)
        let worlds = [lines, lines.reversed(), [lines[1], lines[0], lines[2]]].map {
            Scenario(name: "s", history: $0, steps: [step]).start(policy, zones: [:]).history.profile("alice")
        }
        #expect(worlds[0] == worlds[1] && worlds[0] == worlds[2])
    }

    @Test("a session stays open only where it is said")
    func stays() {
        let policy = Sample.policy([Sample.rule(.concurrent)])
        var open = home
        open.stays = true
        for (login, expected) in [(home, Requirement.none), (open, .otp)] {
            let scenario = Scenario(
                name: "s", history: [Scenario.Line(login, .login(.otp), ago: .hours(1))],
                steps: [Scenario.Step(away, at: Sample.start)])
            #expect(scenario.run(policy, zones: [:])[0].decision.effect == expected)
        }
    }

    @Test("a shared address is unknown in a simulation as well (S13)")
    func shared() {
        var shared = policy
        shared.sharedSources = [CIDR("192.0.2.0/24")].compactMap { $0 }
        var simulation = Simulation(shared, zones: [:])
        let decision = simulation.login(home, at: Sample.start)
        #expect(decision.rules[0].result == .firedUnknown && decision.rules[0].reason == "shared address")
        #expect(simulation.history.profile("alice")?.addresses.count == 0)
    }

    @Test("a sweep has every combination once, and the world is as it was")
    func sweep() {
        let simulation = Scenario(
            name: "s", history: [Scenario.Line(home, .login(.otp), ago: .days(3))], steps: [Scenario.Step(home, at: Sample.start)]
        )
        .start(policy, zones: [:])
        let sweep = Sweep([.hour, .net, .device], around: home, at: Sample.start, in: simulation)
        #expect(sweep.cells.count == 24 * 3 * 2 && Set(sweep.cells.map(\.place)).count == sweep.cells.count)
        #expect(sweep.cells.allSatisfy { ($0.effect == .otp) == $0.place.contains("new network") })
        #expect(sweep.cells.first { $0.place.contains("new network") }?.fired == ["net"])
    }

    @Test("adding risk never lowers a decision: another place, another device, failures, more attempts, a tag")
    func monotonic() {
        let conditions: [Condition] = [
            .signal(.netNew), .signal(.deviceNew), .all([.signal(.ipNew), .signal(.failsRecent(atLeast: 2, within: .hours(1)))]),
            .any([.signal(.deviceNew), .signal(.velUser(moreThan: 3, within: .minutes(10)))]), .signal(.coldStart(fewerThan: 2)),
            .all([.signal(.target(["trading"])), .signal(.netNew)]),
        ]
        let requirements: [Requirement] = [.otp, .hardware, .otp, .deny, .otp, .hardware]
        let rules = zip(conditions, requirements).enumerated().map { number, rule in
            Rule(name: "r\(number)", condition: rule.0, requirement: rule.1, onUnknown: number % 2 == 0 ? .fire : .skip)
        }
        for subset in 1..<(1 << rules.count) {
            let policy = Sample.policy(rules.enumerated().filter { subset >> $0.offset & 1 == 1 }.map(\.element))
            for knows in [false, true] {
                var simulation = Simulation(policy, zones: [:])
                if knows { simulation.recall(home, proved: .otp, at: Sample.start) }
                let calm = simulation.decision(home, at: Sample.start + .hours(2)).required
                var stranger = away
                stranger.key = .known(KeyFact(type: "t", fingerprint: "other"))
                var tagged = stranger
                tagged.tags = ["trading"]
                var last = calm
                for login in [home, away, stranger, tagged] {
                    let required = simulation.decision(login, at: Sample.start + .hours(2)).required
                    #expect(required >= last, "\(subset) \(knows)")
                    last = required
                }
                for number in 0..<6 {
                    simulation.fail(home, at: Sample.start + .minutes(115 + Int64(number) / 2))
                    let required = simulation.decision(tagged, at: Sample.start + .hours(2)).required
                    #expect(required >= last, "\(subset) \(knows) after \(number) failures")
                    last = required
                }
            }
        }
    }
}
