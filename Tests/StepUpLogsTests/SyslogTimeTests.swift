import StepUpCore
import StepUpLogs
import Testing

@Suite struct SyslogTimeTests {
    private func times(_ stamps: [String], year: Int? = nil, end: String = "2026-12-31T23:59:59Z", zone: ZoneRules = .utc)
        -> [String]
    {
        let lines = stamps.map { "\($0) h sshd[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2" }
        return LogFixture.syslog(lines.joined(separator: "\n"), year: year, zone: zone, end: end).events.map(\.time.rfc3339)
    }

    @Test func everyShapeOfTimeIsRead() {
        for stamp in [
            "2026-03-01T08:00:00Z", "2026-03-01T09:00:00+01:00", "2026-03-01T09:00:00+0100", "2026-03-01T08:00:00.000000+00:00",
            "2026-03-01 08:00:00", "2026-03-01T03:00:00-05:00", "Mar  1 08:00:00", "Mar 01 08:00:00", "Mar  1 2026 08:00:00",
            "<86>Mar  1 08:00:00",
            "Mar  1 08:00:00.000", "2026 Mar  1 08:00:00",
        ] {
            #expect(times([stamp], year: 2026) == ["2026-03-01T08:00:00.000Z"], "\(stamp)")
        }
        #expect(times(["2026-03-01T08:00:00.123456+00:00"]) == ["2026-03-01T08:00:00.123Z"])
        let line = #"<86>1 2026-03-01T08:00:00Z h sshd 1 - [x@1 a="]"] Accepted password for alice from 192.0.2.1 port 1 ssh2"#
        #expect(LogFixture.syslog(line).story == ["accepted alice 192.0.2.1"])
    }

    @Test func aYearThatTurnsIsFoundAndOneThatIsGivenHolds() {
        #expect(
            times(["Dec 31 23:59:59", "Jan  1 00:00:01"], end: "2027-01-02T00:00:00Z") == [
                "2026-12-31T23:59:59.000Z", "2027-01-01T00:00:01.000Z",
            ])
        #expect(
            times(["Nov 30 08:00:00", "Jan  3 08:00:00", "Dec 30 08:00:00", "Jan  2 08:00:00"], year: 2020).map { $0.prefix(4) }
                == ["2020", "2021", "2021", "2022"])
        #expect(times(["Dec 31 08:00:00"], end: "2026-11-26T00:00:00Z").map { $0.prefix(4) } == ["2025"])
        #expect(times(["Nov 25 08:00:00"], end: "2026-11-26T00:00:00Z").map { $0.prefix(4) } == ["2026"])
        #expect(times(["Feb 29 08:00:00"], end: "2026-11-26T00:00:00Z") == ["2024-02-29T08:00:00.000Z"])
    }

    @Test func aClockThatWasWrongForAWhileMakesNoNewYear() {
        let years = times(["Oct  1 08:00:00", "Jan  1 00:00:09", "Oct  1 08:05:00", "Oct  2 08:00:00"], year: 2026).map {
            $0.prefix(4)
        }
        #expect([years[0], years[2], years[3]] == ["2026", "2026", "2026"])
    }

    @Test func timesThatAreNotAreCountedAndNothingIsInvented() {
        let stamps = [
            "Feb 30 08:00:00", "Mar  1 25:00:00", "Mar  1 08:61:00", "2026-13-01T08:00:00Z", "2026-02-29T08:00:00Z",
            "Foo  1 08:00:00", "0000-00-00T00:00:00Z", "Mar 1", "", "2026-03-01T08:00:00+99:00",
        ]
        for stamp in stamps {
            let log = LogFixture.syslog("\(stamp) h sshd[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2")
            #expect(log.events.isEmpty && log.tally.badTimes == 1, "\(stamp)")
        }
    }

    @Test func aClockThatIsSetBackIsCounted() {
        let log = LogFixture.syslog(
            """
            Mar  1 08:00:00 h sshd[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2
            Mar  1 05:00:00 h sshd[2]: Accepted password for alice from 192.0.2.1 port 1 ssh2
            """)
        #expect(log.tally.backwards == 1 && log.tally.farthestBack == .hours(3) && log.tally.accepted == 2)
    }
}
