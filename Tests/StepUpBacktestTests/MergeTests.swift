import StepUpBacktest
import StepUpCore
import StepUpLogs
import Testing

@Suite struct MergeTests {
    private func merged(_ sources: [MemoryLog]) -> (events: [LogEvent], duplicates: Int) {
        var merge = Merge(sources)
        var events: [LogEvent] = []
        while let event = merge.next() { events.append(event) }
        return (events, merge.duplicates)
    }

    private func at(_ seconds: Int64) -> Timestamp { Fixture.start + .seconds(seconds) }

    @Test func eventsOfSeveralLogsComeByTime() {
        let a = [1, 4, 9].map { Fixture.event(.accepted, "a\($0)", at: at($0)) }
        let b = [0, 5, 8].map { Fixture.event(.accepted, "b\($0)", at: at($0)) }
        #expect(merged([MemoryLog(a), MemoryLog(b)]).events.map(\.user) == ["b0", "a1", "a4", "b5", "b8", "a9"])
    }

    @Test func aCopyOfALogAddsNothing() {
        let events = (0..<50).map { Fixture.event(.accepted, at: at(Int64($0)), session: "h sshd \($0)") }
        let found = merged([MemoryLog(events), MemoryLog(events)])
        #expect(found.events.count == 50 && found.duplicates == 50)
    }

    @Test func oneLoginInTwoKindsOfLogIsOneAndTheRicherWordStays() {
        let syslog = Fixture.event(at: at(10) + Span(milliseconds: 700))
        var wtmp = Fixture.event(key: nil, at: at(10), host: "")
        wtmp.session = "utmp pts/0"
        let found = merged([MemoryLog([wtmp], kind: .utmp), MemoryLog([syslog])])
        #expect(found.events == [syslog] && found.duplicates == 1)
    }

    @Test func twoLoginsOfOneLogStayTwo() {
        let twice = [Fixture.event(at: at(1)), Fixture.event(at: at(1))]
        #expect(merged([MemoryLog(twice), MemoryLog([])]).events.count == 2)
        // Three failures here and two there are three, not one.
        let three = (0..<3).map { Fixture.event(.failed, at: at(Int64($0))) }
        let two = (0..<2).map { Fixture.event(.failed, at: at(Int64($0)), host: "") }
        #expect(merged([MemoryLog(three), MemoryLog(two, kind: .utmp)]).events.count == 3)
    }

    @Test func otherPeopleAndOtherHostsAreNoTwins() {
        let a = Fixture.event(at: at(1))
        let other = Fixture.event(.accepted, "bob", at: at(1))
        let elsewhere = Fixture.event(at: at(1), host: "g")
        #expect(
            merged([MemoryLog([a]), MemoryLog([other], kind: .journal), MemoryLog([elsewhere], kind: .journal)]).events.count == 3)
    }

    @Test func anAttackInTwoLogsIsComparedInTheTimeThatItTakes() {
        // Of two hosts, so none is the other's twin: compared each with each this would take minutes.
        let here = (0..<8_000).map { Fixture.event(.failed, "root", at: at(Int64($0 / 500))) }
        let there = (0..<8_000).map { Fixture.event(.failed, "root", at: at(Int64($0 / 500)), host: "g") }
        let found = merged([MemoryLog(here), MemoryLog(there, kind: .journal)])
        #expect(found.events.count == 16_000 && found.duplicates == 0)
    }

    @Test func whatIsRememberedIsBounded() {
        let many = (0..<200_000).map { Fixture.event(.failed, "u\($0)", at: at(0)) }
        #expect(merged([MemoryLog(many), MemoryLog([])]).events.count == 200_000)
    }
}
