import StepUpTestKit
import Testing

@testable import StepUpCore

/// Whether the one rule fired.
private func fires(_ signal: Signal, _ attempt: Attempt, _ history: History, _ facts: Facts = Sample.noFacts) -> Bool {
    decide(attempt, history.view(for: attempt), Sample.policy([Sample.rule(signal)]), facts).rules[0].result.hasFired
}

@Suite("Signals")
struct SignalTests {
    private let later = Sample.start + .hours(1)

    @Test("ip_new, net_new and device_new know what a proved login came with")
    func novelty() {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp)
        #expect(!fires(.ipNew, Sample.attempt(2, at: later), history))
        #expect(fires(.ipNew, Sample.attempt(2, source: "192.0.2.11", at: later), history))
        #expect(!fires(.netNew, Sample.attempt(2, source: "192.0.2.11", at: later), history))
        #expect(fires(.netNew, Sample.attempt(2, source: "192.0.3.10", at: later), history))
        #expect(!fires(.deviceNew, Sample.attempt(2, at: later), history))
        var other = Sample.attempt(2, at: later)
        other.key = .known(KeyFact(type: "ssh-ed25519", fingerprint: "SHA256:other"))
        #expect(fires(.deviceNew, other, history))
        #expect(fires(.ipNew, Sample.attempt(2, user: "bob", at: later), history), "alice's address is not bob's")
    }

    @Test("net_new is a /24, and a /48 of IPv6")
    func network() {
        var history = History()
        history.login(Sample.attempt(source: "2001:db8:1:2::3"), basis: .required, proved: .otp)
        #expect(!fires(.netNew, Sample.attempt(2, source: "2001:db8:1:ffff::9", at: later), history))
        #expect(fires(.netNew, Sample.attempt(2, source: "2001:db8:2::1", at: later), history))
    }

    @Test("velocity counts this attempt and forgets what left the window")
    func velocity() {
        var history = History()
        for number in 0..<3 { history.login(Sample.attempt(UInt8(number), at: Sample.start + .seconds(Int64(number)))) }
        let at = Sample.start + .seconds(10)
        #expect(fires(.velUser(moreThan: 3, within: .minutes(1)), Sample.attempt(9, at: at), history))
        #expect(!fires(.velUser(moreThan: 4, within: .minutes(1)), Sample.attempt(9, at: at), history))
        #expect(!fires(.velUser(moreThan: 3, within: .minutes(1)), Sample.attempt(9, at: at + .minutes(1)), history))
        #expect(fires(.velIP(moreThan: 3, within: .minutes(1)), Sample.attempt(9, user: "bob", at: at), history))
        #expect(!fires(.velIP(moreThan: 3, within: .minutes(1)), Sample.attempt(9, source: "192.0.2.99", at: at), history))
    }

    @Test("fails_recent counts first factors and codes that failed")
    func failures() {
        var history = History()
        let attempt = Sample.attempt()
        let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
        for _ in 0..<2 { history.apply(Sample.event(.firstFactorFailed(report))) }
        let signal = Signal.failsRecent(atLeast: 3, within: .minutes(5))
        #expect(!fires(signal, Sample.attempt(2), history))
        history.apply(Sample.event(.firstFactorFailed(report)))
        #expect(fires(signal, Sample.attempt(2), history))
        #expect(!fires(signal, Sample.attempt(2, at: Sample.start + .minutes(5)), history))
    }

    @Test("cold_start fires until enough sessions were opened")
    func coldStart() {
        var history = History()
        #expect(fires(.coldStart(fewerThan: 1), Sample.attempt(), history))
        history.login(Sample.attempt(), opens: false)
        #expect(fires(.coldStart(fewerThan: 1), Sample.attempt(2, at: later), history), "allowed is not logged in (S20)")
        history.login(Sample.attempt(3, at: later))
        #expect(!fires(.coldStart(fewerThan: 1), Sample.attempt(4, at: later), history))
    }

    @Test(
        "calendar windows: their edges, days, and over midnight",
        arguments: [
            ("07:00-19:00", Weekday.mon, 7 * 60, true), ("07:00-19:00", .mon, 7 * 60 - 1, false),
            ("07:00-19:00", .mon, 19 * 60 - 1, true), ("07:00-19:00", .mon, 19 * 60, false),
            ("07:00-19:00", .tue, 8 * 60, false), ("22:00-06:00", .mon, 23 * 60, true),
            ("22:00-06:00", .tue, 5 * 60, true), ("22:00-06:00", .tue, 6 * 60, false), ("22:00-06:00", .mon, 5 * 60, false),
        ])
    func calendar(_ hours: String, _ day: Weekday, _ minute: Int, _ inside: Bool) {
        let (from, to) = hours.hasPrefix("07") ? (420, 1140) : (1320, 360)
        let window = CalendarWindow(days: [.mon], fromMinute: from, toMinute: to, zone: "Europe/Zurich")
        let facts = Facts(
            localTimes: [LocalTime(zone: "Europe/Zurich", offsetSeconds: 3600, weekday: day, minuteOfDay: minute)])
        #expect(fires(.calendar(window), Sample.attempt(), History(), facts) == !inside)
    }

    @Test("a zone that could not be read makes its rules unknown")
    func missingZone() {
        let window = CalendarWindow(days: [.mon], fromMinute: 0, toMinute: 60, zone: "Nowhere/Here")
        let attempt = Sample.attempt()
        let decision = decide(
            attempt, History().view(for: attempt), Sample.policy([Sample.rule(.calendar(window), onUnknown: .skip)]),
            Sample.noFacts)
        #expect(decision.rules[0].result == .skippedUnknown)
    }
}
