import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("Order")
struct OrderTests {
    /// A history in which much has happened, from a seed.
    private func history(_ random: inout SplitMix) -> History {
        var history = History()
        for number in 0..<60 as Range<Int64> {
            let user = ["alice", "bob"].randomElement(using: &random) ?? "alice"
            let attempt = Sample.attempt(
                UInt8(number), user: user,
                source: "192.0.\(Int.random(in: 2...5, using: &random)).\(Int.random(in: 1...3, using: &random))",
                at: Sample.start + .minutes(number * 47))
            let country = ["CH", "SG", "US"].randomElement(using: &random) ?? "CH"
            let facts = Facts(
                locality: Locality(
                    country: .known(country), system: .known(AutonomousSystem(number: 1, organisation: country)),
                    place: Country.place(of: country).map { .known($0) } ?? .notApplicable))
            let basis: Decision.Basis = Bool.random(using: &random) ? .required : .notRequired
            history.login(
                attempt, basis: basis, proved: basis == .required ? .otp : .none, opens: number % 5 != 0, facts: facts)
        }
        return history
    }

    private func facts(_ random: inout SplitMix) -> Facts {
        let country = ["CH", "SG", "KP"].randomElement(using: &random) ?? "CH"
        return Facts(
            localTimes: [
                LocalTime(
                    zone: "Europe/Zurich", offsetSeconds: 3600, weekday: Weekday.allCases.randomElement(using: &random) ?? .mon,
                    minuteOfDay: Int.random(in: 0..<1440, using: &random))
            ],
            locality: Bool.random(using: &random)
                ? Locality(
                    country: .known(country), system: .unknown("no entry"),
                    place: Country.place(of: country).map { .known($0) } ?? .notApplicable) : nil,
            lists: [
                ListFact(list: "tor-exits", hash: "a", result: Bool.random(using: &random) ? .notListed : .listed("192.0.2.0/24"))
            ])
    }

    @Test("the order in which rules and the members of their scopes are listed changes no decision, nor what each rule says")
    func rules() {
        var random = SplitMix(state: 11)
        for _ in 0..<60 {
            let history = history(&random)
            let facts = facts(&random)
            let attempt = Sample.attempt(
                200, source: "192.0.\(Int.random(in: 2...7, using: &random)).1", at: Sample.start + .days(3))
            let requirements: [Requirement] = [.otp, .hardware, .deny]
            var rules = SizeTests.each.map { signal in
                var rule = Sample.rule(signal, requirements.randomElement(using: &random) ?? .otp, name: signal.name)
                rule.mode = Bool.random(using: &random) ? .enforce : .shadow
                rule.onUnknown = Bool.random(using: &random) ? .fire : .skip
                rule.scope.services = ["sudo", "ssh*", "login"]
                rule.scope.users = ["carol", "alice"]
                return rule
            }
            rules.append(
                Rule(
                    name: "joined", condition: .any([.signal(.netNew), .signal(.countryNew), .signal(.concurrent)]),
                    requirement: .otp))
            let view = history.view(for: attempt)
            let first = decide(attempt, view, Sample.policy(rules), facts)
            for _ in 0..<3 {
                let shuffled = rules.shuffled(using: &random).map { rule in
                    var rule = rule
                    rule.scope.services.shuffle(using: &random)
                    rule.scope.users.shuffle(using: &random)
                    return rule
                }
                let second = decide(attempt, view, Sample.policy(shuffled), facts)
                #expect(
                    second.effect == first.effect && second.shadowRequired == first.shadowRequired && second.basis == first.basis)
                #expect(Set(second.rules) == Set(first.rules))
            }
        }
    }

    @Test("a decision hangs on nothing but what it is given: folded anew, it is the same to the byte")
    func inputs() {
        for seed in 0..<20 as Range<UInt64> {
            func decision() -> [UInt8] {
                var random = SplitMix(state: seed)
                let history = history(&random)
                let facts = facts(&random)
                let attempt = Sample.attempt(200, at: Sample.start + .days(3))
                let policy = Sample.policy(SizeTests.each.map { Sample.rule($0, name: $0.name) })
                return decide(attempt, history.view(for: attempt), policy, facts).canonicalBytes
            }
            #expect(decision() == decision())
        }
    }

    @Test("events that come late, or of a clock that was set, are folded without harm, and what they say of the past counts")
    func late() {
        var random = SplitMix(state: 5)
        for _ in 0..<20 {
            var history = History()
            for number in 0..<100 as Range<Int64> {
                let time = Sample.start + .minutes(Int64.random(in: -100_000...100_000, using: &random))
                history.login(
                    Sample.attempt(UInt8(number), source: "192.0.2.\(number % 9)", at: time), basis: .required, proved: .otp)
                history.apply(Sample.event(.clockStepped(byMilliseconds: Int64.random(in: -1_000_000...1_000_000, using: &random))))
            }
            let attempt = Sample.attempt(200, at: Sample.start)
            let policy = Sample.policy(SizeTests.each.map { Sample.rule($0, name: $0.name) })
            let decision = decide(attempt, history.view(for: attempt), policy, Sample.noFacts)
            #expect(decision.rules.count == SizeTests.each.count)
            let times = history.profile("alice")?.attempts.times ?? []
            #expect(times == times.sorted() && !times.isEmpty)
        }
    }
}
