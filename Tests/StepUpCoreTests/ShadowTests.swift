import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("A policy in shadow")
struct ShadowTests {
    private let rules = (0..<32).map { Sample.rule(.always, .hardware, name: "rule\($0)") }

    @Test("S24 what it says has its room in an event, however many rules fire")
    func size() {
        var policy = Sample.policy(rules)
        policy.hash = String(repeating: "f", count: 64)
        let attempt = Sample.attempt()
        let decision = decide(attempt, History().view(for: attempt), policy, Sample.noFacts)
        let shadow = ShadowDecision(decision, of: policy)
        #expect(shadow.fired == Array(1...32) && shadow.decisive(in: policy).last == "rule31")
        #expect(shadow.canonicalBytes.count + ",\"shadow\":".utf8.count <= ShadowDecision.sizeLimit)
    }

    @Test("rules that it only watches are none of what it would have asked for")
    func watched() {
        let policy = Sample.policy([
            Sample.rule(.always, .deny, name: "watched", mode: .shadow, onUnknown: .fire), Sample.rule(.always, name: "asks"),
        ])
        let attempt = Sample.attempt()
        let shadow = ShadowDecision(decide(attempt, History().view(for: attempt), policy, Sample.noFacts), of: policy)
        #expect(shadow.effect == .otp && shadow.fired == [2])
    }

    @Test("S24 two policies whose facts have no room together are told apart before an event is lost")
    func room() {
        func calendars(_ zones: [String]) -> Policy {
            Sample.policy(
                zones.map { zone in
                    let window = CalendarWindow(days: [.mon], fromMinute: 0, toMinute: 1, zone: zone)
                    return Sample.rule(.calendar(window), name: zone.lowercased())
                })
        }
        let zones = (0..<40).map { "America/Argentina/ComodRivadavia\($0)" }
        var inForce = calendars([])
        while inForce.largestOutcomes < Policy.outcomesLimit - 400 {
            inForce = calendars(Array(zones.prefix(inForce.rules.count + 1)))
        }
        #expect(calendars(Array(zones.prefix(3))).problem(beside: inForce) == nil, "what it needs is known anyway")
        #expect(calendars(Array(zones.suffix(3))).problem(beside: calendars([])) == nil)
        #expect(calendars(Array(zones.suffix(5))).problem(beside: inForce)?.contains("more than the 4096") == true)
    }

    @Test(
        "a calendar that means different days in two policies keeps them from running together: neither changes what the other says"
    )
    func calendars() throws {
        let christmas = Holidays([try #require(CivilDate("2026-12-25"))])
        func policy(naming: Bool, listing days: Holidays?) -> Policy {
            let window = CalendarWindow(days: [.mon], fromMinute: 0, toMinute: 60, zone: "UTC", holidays: naming ? "ours" : nil)
            var policy = Sample.policy([Sample.rule(.calendar(window))])
            if let days { policy.holidays = ["ours": days] }
            return policy
        }
        let (file, own) = (policy(naming: true, listing: nil), policy(naming: true, listing: christmas))
        #expect(file.problem(beside: file) == nil && own.problem(beside: own) == nil)
        for other in [own, policy(naming: true, listing: Holidays([])), policy(naming: false, listing: christmas)] {
            #expect(
                other.problem(beside: file)?.contains("'ours'") == true && file.problem(beside: other)?.contains("'ours'") == true)
        }
        let stranger = policy(naming: false, listing: nil)
        #expect(stranger.problem(beside: own) == nil && own.problem(beside: stranger) == nil)
    }

    @Test("S22 what it said is derived again, and a record that says otherwise is found")
    func replayed() throws {
        let (policy, beside) = (Sample.policy([]), Policy(hash: "beside", rules: [Sample.rule(.always)]))
        let attempt = Sample.attempt()
        let view = History().view(for: attempt)
        let decision = decide(attempt, view, policy, Sample.noFacts)
        let shadow = ShadowDecision(decide(attempt, view, beside, Sample.noFacts), of: beside)
        func difference(_ shadow: ShadowDecision) -> Replay.Difference? {
            var replay = Replay()
            let decided = Decided(
                attempt: attempt, facts: Sample.noFacts, decision: decision, policy: "policy", historySize: 0, shadow: shadow)
            return replay.take(Sample.event(.decided(decided), attempt: attempt.id), index: 0) { hash in
                ["policy": policy, "beside": beside][hash]
            }
        }
        #expect(difference(shadow) == nil)
        var other = shadow
        other.fired = []
        #expect(difference(other)?.reason.contains("in shadow") == true)
        other = shadow
        other.policy = "gone"
        #expect(difference(other)?.reason.contains("not in the archive") == true)
    }

    @Test("what runs in shadow is part of the history, and is taken back with its batch")
    func history() throws {
        var history = History()
        history.apply(Sample.event(.shadowPolicy(hash: "a", source: "f", actor: nil)))
        history.begin()
        history.apply(Sample.event(.shadowPolicy(hash: nil, source: "", actor: Sample.actor)))
        #expect(history.shadow == nil)
        history.rollback()
        #expect(history.shadow == "a")
        let event = Sample.event(.shadowPolicy(hash: nil, source: "", actor: Sample.actor), account: nil)
        #expect(try Event(leaf: event.canonicalBytes) == event)
    }
}
