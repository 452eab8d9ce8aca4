import StepUpTestKit
import Testing

@testable import StepUpCore

private func knows(_ history: History, _ address: String, at time: Timestamp) -> Bool {
    history.profile("alice")?.addresses.isKnown(address, at: time) == true
}

@Suite("History")
struct HistoryTests {
    private let address = "192.0.2.10"

    @Test("S21 a login that proved otp and opened its session teaches; one that opened none does not")
    func learning() {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp, opens: false)
        #expect(!knows(history, address, at: Sample.start))
        history.login(Sample.attempt(2), basis: .required, proved: .otp)
        #expect(knows(history, address, at: Sample.start))
    }

    @Test("S21 exempt, grace and recorded logins teach nothing, ever", arguments: [Decision.Basis.exemption, .grace, .recorded])
    func nothingLearnt(_ basis: Decision.Basis) {
        var history = History()
        for day in 0..<30 {
            history.login(Sample.attempt(UInt8(day), at: Sample.start + .days(Int64(day))), basis: basis)
        }
        #expect(!knows(history, address, at: Sample.start + .days(30)))
        #expect(history.profile("alice")?.logins == 30)
        #expect(history.profile("alice")?.teachingLogins == 0, "cold_start counts none of them")
    }

    @Test("S21 fallbacks and sessions without an attempt teach nothing")
    func fallback() {
        var history = History()
        let attempt = Sample.attempt()
        let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
        for day in 0..<10 {
            let time = Sample.start + .days(Int64(day))
            history.apply(
                Sample.event(
                    .fellBack(
                        FellBack(
                            report: report, request: "\(day)", phase: .auth, fallback: "ignore", reason: "connect",
                            time: time, bootID: "b", bootTime: 0)), at: time))
            history.apply(Sample.event(.sessionOpened(report), at: time))
        }
        #expect(!knows(history, address, at: Sample.start + .days(10)))
    }

    @Test("S21 probation: three distinct days within at least seven, no failure from the value")
    func probation() {
        func known(after days: [Int64], failureOn failure: Int64? = nil) -> Bool {
            var history = History()
            for (number, day) in days.enumerated() {
                let time = Sample.start + .days(day)
                history.login(Sample.attempt(UInt8(number), at: time))
                if day == failure {
                    let attempt = Sample.attempt()
                    history.apply(
                        Sample.event(
                            .firstFactorFailed(
                                Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])),
                            at: time))
                }
            }
            return knows(history, address, at: Sample.start + .days(days.last ?? 0))
        }
        #expect(known(after: [0, 3, 7]))
        #expect(!known(after: [0, 3, 6]))
        #expect(!known(after: [0, 7]))
        #expect(known(after: [0, 1, 2, 3, 7]))
        #expect(!known(after: [0, 3, 7], failureOn: 3))
        #expect(!known(after: [0, 0, 0, 0, 0, 0, 7]))
    }

    @Test("what is known is forgotten after 90 quiet days and after 50 newer values")
    func forgetting() {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp)
        #expect(knows(history, address, at: Sample.start + .days(90)))
        #expect(!knows(history, address, at: Sample.start + .days(91)))
        for number in 1...50 {
            history.login(
                Sample.attempt(UInt8(number), source: "198.51.100.\(number)"), basis: .required, proved: .otp)
        }
        #expect(!knows(history, address, at: Sample.start))
    }

    @Test("S19 a batch that is taken back leaves no trace, whatever it did")
    func rollback() {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp, opens: false, graceUntil: Sample.start + .minutes(1))
        history.apply(Sample.event(.exemptionGranted(Sample.exemption, Sample.actor)))
        let before = history
        history.begin()
        history.login(Sample.attempt(2), basis: .required, proved: .otp)
        history.login(Sample.attempt(3, user: "bob", source: "203.0.113.1"))
        let report = Reported(
            service: "sshd", subject: Sample.attempt().subject, source: Sample.source("203.0.113.9"), evidence: [:])
        history.apply(Sample.event(.sessionOpened(report), attempt: Sample.id(1)))
        history.apply(Sample.event(.firstFactorFailed(report)))
        history.apply(Sample.event(.exemptionRevoked(id: Sample.exemption.id, Sample.actor)))
        history.apply(Sample.event(.clockStepped(byMilliseconds: 9), account: nil))
        history.apply(Sample.event(.userReset(.all, Sample.actor)))
        history.apply(Sample.event(.failuresAggregated(source: Sample.source("203.0.113.7"), count: 9), account: nil))
        #expect(history != before)
        history.rollback()
        #expect(history == before)
    }

    @Test("S06 a grace ends when the clock is set, when the daemon starts, and when the token is distrusted")
    func graceEnds() {
        let id = TokenID(random: [UInt8](repeating: 7, count: 8))
        func change(_ action: TokenChanged.Action) -> Event.Body {
            .tokenChanged(TokenChanged(action: action, token: id, kind: .totp, label: "phone", counter: nil, actor: nil))
        }
        let ends: [Event.Body] = [
            .clockStepped(byMilliseconds: -3000), .daemonStarted(DaemonRecord(version: "1", bootID: "b", note: "")),
            change(.disabled), change(.removed), change(.exhausted), .userReset(.failures, Sample.actor),
        ]
        for end in ends {
            var history = History()
            history.login(Sample.attempt(), basis: .required, proved: .otp, graceUntil: Sample.start + .minutes(1))
            #expect(history.profile("alice")?.graces.count == 1)
            history.apply(Sample.event(end))
            #expect(history.profile("alice")?.graces.isEmpty == true, "\(end)")
        }
    }

    @Test("S23 a login without any first factor does not count as the owner's attempt")
    func noFirstFactor() {
        var history = History()
        for number in 0..<20 { history.login(Sample.attempt(UInt8(number)), basis: .firstFactor, opens: false) }
        #expect(history.profile("alice")?.attempts.count(within: .hours(1), before: Sample.start) ?? 0 == 0)
        history.login(Sample.attempt(21))
        #expect(history.profile("alice")?.attempts.count(within: .hours(1), before: Sample.start) == 1)
    }

    @Test("S24 failures that were only counted count against the account, and end its grace")
    func countedFailures() {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp, graceUntil: Sample.start + .minutes(1))
        history.apply(Sample.event(.failuresAggregated(source: Sample.source("203.0.113.7"), count: 9)))
        #expect(history.profile("alice")?.failures.count(within: .hours(1), before: Sample.start) == 9)
        #expect(history.profile("alice")?.graces.isEmpty == true)
    }

    @Test("S24 unknown users create no profile")
    func noProfiles() {
        var history = History()
        var attempt = Sample.attempt()
        attempt.subject = .unresolved(hash: "ab", length: 3)
        history.login(attempt)
        history.apply(
            Sample.event(
                .firstFactorFailed(Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])),
                account: nil))
        #expect(history.accountNames.isEmpty && history.open.isEmpty)
    }

    @Test("S24 the sources of a flood do not fill memory")
    func sourcesBounded() {
        var history = History()
        for number in 0..<70_000 {
            let source = Sample.source("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
            history.apply(
                Sample.event(
                    .failuresAggregated(source: source, count: 1), account: nil, at: Sample.start + .seconds(Int64(number))))
        }
        let old = Sample.attempt(source: "10.0.0.1", at: Sample.start + .seconds(70_000))
        #expect(history.view(for: old).sourceAttempts.count(within: .hours(24), before: old.time) == 0)
        let new = Sample.attempt(source: "10.1.17.100", at: Sample.start + .seconds(70_000))
        #expect(history.view(for: new).sourceAttempts.count(within: .hours(24), before: new.time) == 1)
    }
}

@Suite("Tokens in the history")
struct TokenHistoryTests {
    private let id = TokenID(random: [UInt8](repeating: 7, count: 8))

    private func history(_ actions: [TokenChanged.Action]) -> History {
        var history = History()
        for action in actions {
            history.apply(
                Sample.event(
                    .tokenChanged(TokenChanged(action: action, token: id, kind: .totp, label: "phone", counter: nil, actor: nil))))
        }
        return history
    }

    private func fail(_ history: inout History, times: Int, known: Bool, every: Span = .seconds(0)) {
        for number in 0..<times {
            let attempt = Sample.attempt(
                UInt8(number % 250), at: Sample.start + Span(milliseconds: every.milliseconds * Int64(number)))
            history.login(attempt, basis: .required, opens: false)
            history.apply(
                Sample.event(
                    .factorChecked(
                        FactorChecked(
                            result: .wrong, round: 1, token: nil, kind: nil, counter: nil, failed: [id], knownClient: known)),
                    attempt: attempt.id, at: attempt.time))
        }
    }

    private func token(_ history: History) -> TokenRecord? { history.profile("alice")?.token(id) }

    @Test("a token opens nothing before its first code is confirmed")
    func pending() {
        #expect(token(history([.enrolled]))?.accepts(knownClient: true, at: Sample.start) == false)
        #expect(token(history([.enrolled, .confirmed]))?.accepts(knownClient: true, at: Sample.start) == true)
    }

    @Test("S23 unknown clients spend at most ten failures an hour and half of the budget; the rest is kept for known ones")
    func budget() {
        var hour = history([.enrolled, .confirmed])
        fail(&hour, times: 10, known: false)
        #expect(token(hour)?.accepts(knownClient: false, at: Sample.start) == false)
        #expect(token(hour)?.accepts(knownClient: true, at: Sample.start) == true)
        #expect(token(hour)?.accepts(knownClient: false, at: Sample.start + .hours(1)) == true)
        var slow = history([.enrolled, .confirmed])
        fail(&slow, times: 50, known: false, every: .minutes(10))
        let end = Sample.start + .days(2)
        #expect(token(slow)?.accepts(knownClient: false, at: end) == false, "half of the budget, however slowly")
        #expect(token(slow)?.accepts(knownClient: true, at: end) == true)
    }

    @Test("a hundred failures in a row end a token until an admin resets it, and a success starts the count anew")
    func limit() {
        var history = history([.enrolled, .confirmed])
        fail(&history, times: 100, known: true)
        #expect(token(history)?.accepts(knownClient: true, at: Sample.start) == false)
        history.apply(Sample.event(.userReset(.failures, Sample.actor)))
        #expect(token(history)?.accepts(knownClient: true, at: Sample.start) == true)
        fail(&history, times: 99, known: true)
        let attempt = Sample.attempt(251)
        history.login(attempt, basis: .required, opens: false)
        history.apply(
            Sample.event(
                .factorChecked(
                    FactorChecked(
                        result: .accepted, round: 1, token: id, kind: .totp, counter: 1, failed: [], knownClient: true)),
                attempt: attempt.id))
        #expect(token(history)?.failures == 0)
    }
}
