import Foundation
import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("The score of Freeman et al.")
struct ScoreTests {
    private static func login(
        _ user: String, _ address: String, _ device: String, _ country: String = "CH", at time: Timestamp,
        into history: inout History
    ) {
        var attempt = Sample.attempt(1, user: user, source: address, at: time)
        attempt.id = Sample.id(UInt8(truncatingIfNeeded: time.seconds / 60), at: time)
        attempt.key = .known(KeyFact(type: "t", fingerprint: device))
        history.login(attempt, basis: .required, proved: .otp, facts: facts(country))
    }

    private static func facts(_ country: String) -> Facts {
        Facts(locality: Locality(country: .known(country), system: .unknown("no database"), place: .unknown("no database")))
    }

    private static func read(_ attempt: Attempt, _ history: History, _ country: String = "CH", atLeast: Int = 5) -> RuleOutcome {
        decide(attempt, history.view(for: attempt), Sample.policy([Sample.rule(.score(atLeast: atLeast))]), facts(country)).rules[0]
    }

    private static func value(_ outcome: RuleOutcome, _ name: String = "thousandths") -> Int {
        Int(outcome.operands.first { $0.name == name }?.text ?? "") ?? .min
    }

    /// Alice 30 times from home; bob 50 times, now and then from where alice never was.
    private static let history: History = {
        var history = History()
        for day in 0..<30 as Range<Int64> { login("alice", "192.0.2.10", "a", at: Sample.start + .days(day), into: &history) }
        for day in 0..<50 as Range<Int64> {
            login(
                "bob", day % 5 == 0 ? "198.51.100.7" : "203.0.113.9", "b", at: Sample.start + .days(day) + .hours(3), into: &history
            )
        }
        return history
    }()

    private static func attempt(_ address: String, _ device: String, hours: Int64 = 0) -> Attempt {
        var attempt = Sample.attempt(2, source: address, at: Sample.start + .days(60) + .hours(hours))
        attempt.key = .known(KeyFact(type: "t", fingerprint: device))
        return attempt
    }

    @Test("a login like all others is below nothing, one unlike them in all things far above")
    func ends() {
        #expect(Self.value(Self.read(Self.attempt("192.0.2.10", "a"), Self.history)) < -4000)
        let other = Self.read(Self.attempt("100.64.0.1", "z", hours: 11), Self.history, "KP")
        #expect(Self.value(other) > 14_000 && other.result == .fired)
        #expect(Self.value(other, "network") > 4900, "31 logins without it are nearly 5 bits")
    }

    @Test("it is what the formula gives, to a hundredth of a bit")
    func formula() {
        let outcome = Self.read(Self.attempt("198.51.100.7", "a", hours: 3), Self.history)
        // Of all 80 logins: 10 from that network of 3; alice's device in 30 of 2; CH in 80 of 1; the hour in 50 of 2.
        func part(_ common: Double, _ distinct: Double, mine: Double) -> Double {
            let p = (common + 1) / (80 + distinct + 1)
            return log2(p / ((mine + p) / 31))
        }
        let expected =
            part(10, 3, mine: 0) + part(30, 2, mine: 30) + part(80, 1, mine: 30) + part(50, 2, mine: 0)
            + log2(81.0 / 3.0 / 31.0)
        #expect(abs(Double(Self.value(outcome)) / 1000 - expected) < 0.01, "\(expected)")
        #expect(outcome.operands.map(\.name) == ["thousandths", "at_least", "network", "country", "device", "hour", "logins"])
    }

    @Test("the logarithm is right to a thousandth over its whole range")
    func logarithms() {
        var random = SplitMix(state: 3)
        for _ in 0..<20_000 {
            let value = Int(random.next() >> UInt64(1 + random.next() % 62))
            let exact = value > 1 ? log2(Double(value)) * 1000 : 0
            #expect(abs(Double(logarithm(value)) - exact) <= 1.1, "\(value)")
        }
        #expect(logarithm(0) == 0 && logarithm(1) == 0 && logarithm(2) == 1000 && logarithm(1024) == 10_000)
    }

    @Test("S21 logins from networks that are not known change neither the account's counts nor the population's")
    func poisoned() {
        var history = Self.history
        let (before, population) = (history.profile("alice")?.ownCounts, history.population)
        for number in 0..<50 as Range<Int64> {
            let attempt = Self.attempt("100.64.0.\(number)", "z")
            history.login(attempt, basis: .notRequired)
            let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
            history.apply(Sample.event(.firstFactorFailed(report), at: attempt.time))
        }
        #expect(history.profile("alice")?.ownCounts == before && history.population == population)
    }

    @Test("what counts is bounded, taken back with its batch, and the same when it rested")
    func bounded() throws {
        var own = OwnCounts()
        for number in 0..<5000 {
            own.login([
                Population.Value(.network, "n\(number % 300)"), Population.Value(.device, "d"), Population.Value(.hour, "07"),
            ])
        }
        #expect(own.counts.count <= OwnCounts.capacity && own.logins <= OwnCounts.mostLogins)
        #expect(own.counts["device d"] ?? 0 > 400, "what is frequent stays")
        var history = Self.history
        history.begin()
        Self.login("carol", "100.64.0.1", "c", at: Sample.start + .days(70), into: &history)
        #expect(history.population.users == 3)
        history.rollback()
        #expect(history.population == Self.history.population)
        var full = Population()
        full.counts = Dictionary(uniqueKeysWithValues: (0..<Population.capacity).map { ("network n\($0)", 1) })
        for number in 0..<50 {
            for (key, count) in full.login([Population.Value(.network, "new\(number)")], isFirst: true) { full.counts[key] = count }
        }
        #expect(full.counts.count == Population.capacity + 2 && full.logins == 50)
    }

    @Test("without address and device there is nothing to compare")
    func nothing() {
        var attempt = Self.attempt("192.0.2.10", "a")
        (attempt.source, attempt.key) = (.unknown("host name"), .notApplicable)
        #expect(Self.read(attempt, Self.history).reason == "neither address nor device")
        attempt.source = .notApplicable
        #expect(Self.read(attempt, Self.history).result == .notApplicable, "S25 sudo has neither")
    }

    @Test("a rule that hangs on the score alone is told from one that has another reason")
    func alone() {
        let score = Condition.signal(.score(atLeast: 5))
        let target = Condition.signal(.target(["trading"]))
        #expect(score.reliesOnScore && Condition.any([score, .signal(.netNew)]).reliesOnScore)
        #expect(Condition.all([score, target]).reliesOnScore && Condition.all([score, .not(target)]).reliesOnScore)
        #expect(!Condition.all([score, .signal(.netNew)]).reliesOnScore && !Condition.signal(.netNew).reliesOnScore)
    }
}
