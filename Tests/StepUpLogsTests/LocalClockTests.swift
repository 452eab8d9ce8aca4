import StepUpCore
import StepUpLogs
import StepUpSources
import Testing

@Suite struct LocalClockTests {
    private let zurich: ZoneRules

    init() throws { zurich = try ZoneFiles(directory: "/usr/share/zoneinfo").rules(of: "Europe/Zurich") }

    private func instants(_ times: [(Int, Int, Int, Int)]) -> [String?] {
        var clock = LocalClock(zurich)
        return times.map { month, day, hour, minute in
            clock.instant(year: 2026, month: month, day: day, hour: hour, minute: minute, second: 0)?.rfc3339
        }
    }

    @Test func summerAndWinterHaveTheirOffsets() {
        #expect(instants([(1, 15, 8, 0), (7, 15, 8, 0)]) == ["2026-01-15T07:00:00.000Z", "2026-07-15T06:00:00.000Z"])
    }

    @Test func anHourThatComesTwiceIsTakenInItsOrder() {
        // 25 October 2026: 03:00 is 02:00 again.
        #expect(
            instants([(10, 25, 1, 59), (10, 25, 2, 30), (10, 25, 2, 10), (10, 25, 2, 40), (10, 25, 3, 0)]) == [
                "2026-10-24T23:59:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-25T01:10:00.000Z", "2026-10-25T01:40:00.000Z",
                "2026-10-25T02:00:00.000Z",
            ])
    }

    @Test func anHourThatWasLeftOutIsReadAsIfItHadNotBeen() {
        // 29 March 2026: 02:00 is 03:00.
        #expect(
            instants([(3, 29, 1, 59), (3, 29, 2, 30), (3, 29, 3, 0)]) == [
                "2026-03-29T00:59:00.000Z", "2026-03-29T01:30:00.000Z", "2026-03-29T01:00:00.000Z",
            ])
    }

    @Test func everyHourOfAYearIsFoundAgain() {
        var clock = LocalClock(zurich)
        var seconds: Int64 = 1_767_225_600
        while seconds < 1_798_761_600 {
            let instant = Timestamp(seconds: seconds)
            let local = CivilTime(seconds: seconds + Int64(zurich.offset(at: instant)))
            let found = clock.instant(
                year: local.year, month: local.month, day: local.day, hour: local.hour, minute: local.minute, second: local.second)
            #expect(found == instant)
            seconds += 1200
        }
    }
}
