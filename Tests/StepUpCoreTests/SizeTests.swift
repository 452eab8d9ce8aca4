import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("Sizes")
struct SizeTests {
    /// One of each signal, its operands at their longest.
    static let each: [Signal] = [
        .always, .ipNew, .netNew, .deviceNew, .countryNew, .countryListed(["CH"], isOutside: true), .asnNew, .asnNovelOrg,
        .travel(aboveKmh: 800, beyondKm: 500), .listed(["tor-exits"]),
        .calendar(CalendarWindow(days: Weekday.allCases, fromMinute: 0, toMinute: 1439, zone: "Europe/Zurich", holidays: "zurich")),
        .velUser(moreThan: 255, within: .minutes(10), deviations: 20), .velIP(moreThan: 255, within: .hours(1), deviations: 20),
        .velHost(moreThan: 255, within: .minutes(1), deviations: 20), .fanout(moreThan: 63, within: .minutes(10), deviations: 20),
        .spray(atLeast: 63, within: .hours(1)), .command(["*"]), .failsRecent(atLeast: 255, within: .hours(24)),
        .target(["trading"]),
        .dormant(after: .days(30)), .credFresh(within: .days(1)), .failThenOK(atLeast: 5), .concurrent,
        .hourRare(zone: "Europe/Zurich", belowPermille: 5), .score(atLeast: 12), .coldStart(fewerThan: 255),
    ]

    @Test("S24 no outcome is larger than a policy is checked for, known or unknown")
    func bound() {
        #expect(Set(Self.each.map(\.name)) == Set(Signal.names))
        var busy = History()
        for number in 0..<30 as Range<UInt8> {
            let at = Sample.start + .seconds(Int64(number))
            busy.login(
                Sample.attempt(number, source: "2001:db8:ffff:ffff:ffff:ffff:ffff:\(number + 10)", at: at), basis: .required,
                proved: .otp)
        }
        var attempts = [Sample.attempt(99, source: "2001:db8:eeee:ffff:ffff:ffff:ffff:ffff", at: Sample.start + .seconds(40))]
        for change in [
            { $0.source = .unknown("shared address") }, { $0.source = .notApplicable }, { $0.key = .unknown("not visible") },
        ]
            as [(inout Attempt) -> Void]
        {
            var attempt = attempts[0]
            change(&attempt)
            attempts.append(attempt)
        }
        attempts[1].service = "sudo"
        attempts[1].evidence = ["command": "sudo " + String(repeating: "\u{1}", count: 300)]
        let time = LocalTime(zone: "Europe/Zurich", offsetSeconds: 3600, weekday: .mon, minuteOfDay: 1)
        let facts = [
            Sample.noFacts,
            Facts(
                localTimes: [time], locality: .longest,
                lists: [ListFact(list: "tor-exits", hash: nil, result: .listed("2001:db8:eeee:ffff::/64"))]),
            Facts(
                localTimes: [time], locality: .nowhere,
                lists: [ListFact(list: "tor-exits", hash: nil, result: .unknown(String(repeating: "x", count: 48)))]),
        ]
        for signal in Self.each {
            for scope in [Scope(), Scope(sources: [CIDR(address: IPAddress(family: .v6, bits: 0), prefix: 0)])] {
                let rule = Sample.rule(signal, scope: scope)
                for attempt in attempts {
                    for facts in facts {
                        for history in [History(), busy] {
                            let size = rule.outcome(attempt, history.view(for: attempt), facts).canonicalBytes.count
                            #expect(
                                size <= rule.largestOutcome,
                                "\(signal.name), \(scope.isEmpty): \(String(decoding: rule.outcome(attempt, history.view(for: attempt), facts).canonicalBytes, as: UTF8.self))"
                            )
                        }
                    }
                }
            }
        }
    }
}
