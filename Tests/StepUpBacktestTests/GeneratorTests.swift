import StepUpBacktest
import StepUpCore
import StepUpLogs
import Testing

@Suite struct GeneratorTests {
    @Test func aSeedGivesTheSameLoginsAndAnotherOthers() {
        #expect(Fixture.generated(days: 8) == Fixture.generated(days: 8))
        #expect(Fixture.generated(days: 8) != Fixture.generated(seed: 2, days: 20))
    }

    @Test func loginsComeInTheOrderOfTimeWithinADay() {
        var newest = Timestamp(seconds: 0)
        for event in Fixture.generated() {
            // A night shift, or an attacker at any hour, may end on the next day.
            #expect(newest - event.time < .hours(36))
            newest = max(newest, event.time)
        }
    }

    @Test func everyAddressIsOneThatNobodyHas() throws {
        let reserved = try #require(CIDR("240.0.0.0/4"))
        for event in Fixture.generated() { if let address = event.source.value { #expect(reserved.contains(address)) } }
    }

    @Test func peopleHaveHabits() {
        let logins = Fixture.generated(people: 60, days: 20, takeovers: 0).filter { $0.kind == .accepted }
        let byPerson = Dictionary(grouping: logins, by: \.user)
        #expect(byPerson.count > 50)
        var (usual, all, atNight) = (0, 0, 0)
        for (_, own) in byPerson {
            let networks = Dictionary(grouping: own.compactMap { $0.source.value?.network }, by: { $0 }).mapValues(\.count)
            usual += networks.values.sorted(by: >).prefix(4).reduce(0, +)
            all += own.count
            atNight += own.count { (0..<5).contains(CivilTime(seconds: $0.time.seconds).hour) }
        }
        #expect(usual * 100 > all * 80 && atNight * 100 < all * 10 && atNight > 0)
    }

    @Test func attackersDoWhatTheyAreSaidTo() throws {
        var random = SplitMix(state: 3)
        var (victim, crowd) = (Victim(), Crowd())
        let logins = Fixture.generated(takeovers: 0).filter { $0.kind == .accepted && $0.service == "sshd" && $0.key.value != nil }
        let own = logins.filter { $0.user == logins[0].user }
        for login in logins { crowd.remember(login, using: &random) }
        for login in own.prefix(8) { victim.remember(login) }
        let networks = Set(victim.recent.compactMap { $0.source.value?.network })
        let keys = Set(victim.recent.compactMap(\.key.value))
        for attacker in Attacker.allCases {
            for _ in 0..<50 {
                let attempt = attacker.attempt(at: own[3], on: victim, among: crowd, using: &random)
                #expect(attempt.label == .takeover && attempt.user == own[3].user)
                let isInNetwork = try networks.contains(#require(attempt.source.value?.network))
                let hasKey = try keys.contains(#require(attempt.key.value))
                #expect(
                    hasKey == (attacker == .veryTargeted) && isInNetwork == (attacker == .targeted || attacker == .veryTargeted),
                    "\(attacker)")
                if attacker != .naive, attacker != .sameCountry { #expect(attempt.time - own[3].time <= .minutes(30)) }
            }
        }
    }

    @Test func attacksAreLabelledAndRare() {
        let events = Fixture.generated(people: 60, days: 20, takeovers: 10)
        let attacks = events.count { $0.label == .takeover }
        #expect(attacks > 5 && attacks * 20 < events.count)
    }

    @Test func aLogThatIsWrittenIsReadAsItWasMeant() {
        let events = Fixture.generated(days: 8)
        var writer = AuthLogWriter(seed: 1)
        let lines = [writer.label(at: Fixture.start)] + events.flatMap { writer.lines($0) }
        var parser = SyslogParser(LogContext(zone: .utc, end: Fixture.start))
        var reading = LogReading()
        for line in lines { parser.read(Array(line.utf8)[...], into: &reading) }
        parser.finish(into: &reading)
        #expect(reading.tally.unknown == 0 && reading.tally.badTimes == 0)
        for kind in [LogEvent.Kind.accepted, .failed] {
            let read = reading.events.filter { $0.kind == kind }.map { "\($0.time.rfc3339) \($0.user) \($0.source) \($0.host)" }
            #expect(read == events.filter { $0.kind == kind }.map { "\($0.time.rfc3339) \($0.user) \($0.source) \($0.host)" })
        }
    }

    @Test func aCSVThatIsWrittenIsReadAsItWasMeant() throws {
        let events = Fixture.generated(days: 8)
        var writer = RBAWriter()
        var parser = try RBAParser(header: Array(RBAWriter.header.utf8)[...])
        var reading = LogReading()
        for line in events.compactMap({ writer.line($0) }) { parser.read(Array(line.utf8)[...], into: &reading) }
        let told = events.filter { $0.kind == .accepted || $0.kind == .failed }
        #expect(reading.tally.unknown == 0 && reading.events.count == told.count)
        for (read, meant) in zip(reading.events, told) {
            #expect(read.time == meant.time && read.source == meant.source && read.kind == meant.kind && read.label == meant.label)
            #expect(
                read.locality?.country.value == meant.locality?.country.value
                    && (read.key == .known(KeyFact(type: "browser", fingerprint: "none / synthetic / no key")))
                        == (meant.key.value == nil)
            )
        }
    }
}
