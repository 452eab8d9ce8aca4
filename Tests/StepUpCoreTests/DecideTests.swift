import StepUpTestKit
import Testing

@testable import StepUpCore

private func deciding(
    _ rules: [Rule], _ attempt: Attempt = Sample.attempt(), _ history: History = History(), floors: [Floor] = [],
    facts: Facts = Sample.noFacts
) -> Decision {
    decide(attempt, history.view(for: attempt), Sample.policy(rules, floors: floors), facts)
}

@Suite("Decide")
struct DecideTests {
    @Test("nothing is asked where no rule fires")
    func quiet() {
        let decision = deciding([])
        #expect(decision.verdict == .allow && decision.basis == .notRequired)
    }

    @Test("the strongest requirement wins, and deny absorbs")
    func strongest() {
        let two = [Sample.rule(.always, .otp, name: "a"), Sample.rule(.always, .hardware, name: "b")]
        #expect(deciding(two).required == .hardware)
        let three = two + [Sample.rule(.always, .deny, name: "c")]
        #expect(deciding(three).verdict == .deny && deciding(three).basis == .policy)
    }

    @Test("a rule in shadow is recorded and asks for nothing")
    func shadow() {
        let decision = deciding([Sample.rule(.always, .deny, mode: .shadow)])
        #expect(decision.verdict == .allow && decision.shadowRequired == .deny)
        #expect(decision.rules[0].result == .fired)
    }

    @Test("S10 an unresolved user is denied whatever the policy says, also when it asks for nothing")
    func unknownUser() {
        var attempt = Sample.attempt()
        attempt.subject = .unresolved(hash: "00", length: 7)
        #expect(deciding([], attempt).basis == .unknownUser && deciding([], attempt).verdict == .deny)
        #expect(deciding([Sample.rule(.always)], attempt).verdict == .deny)
    }

    @Test("S01 without a first factor nobody is asked and nobody passes")
    func firstFactor() {
        var attempt = Sample.attempt()
        attempt.firstFactor = .missing("none")
        for rules in [[], [Sample.rule(.always)]] {
            #expect(deciding(rules, attempt).verdict == .deny)
            #expect(deciding(rules, attempt).basis == .firstFactor)
        }
    }

    @Test("S03 the account phase refuses where it enforces and records where it records")
    func account() {
        var attempt = Sample.attempt()
        attempt.phase = .account
        attempt.firstFactor = .missing("skipped")
        attempt.accountMode = .enforce
        #expect(deciding([Sample.rule(.always)], attempt).basis == .stepUpSkipped)
        #expect(deciding([], attempt).verdict == .allow)
        #expect(deciding([Sample.rule(.always, .deny)], attempt).verdict == .deny)
        attempt.accountMode = .record
        #expect(deciding([Sample.rule(.always)], attempt).verdict == .ignore)
        #expect(deciding([Sample.rule(.always, .deny)], attempt).verdict == .ignore)
    }

    @Test("S25 what is unknown counts as fired unless the rule says otherwise; what has no meaning never fires")
    func unknown() {
        var attempt = Sample.attempt()
        attempt.source = .unknown("host name")
        #expect(deciding([Sample.rule(.ipNew)], attempt).rules[0].result == .firedUnknown)
        #expect(deciding([Sample.rule(.ipNew, onUnknown: .skip)], attempt).verdict == .allow)
        attempt.source = .notApplicable
        #expect(deciding([Sample.rule(.ipNew)], attempt).rules[0].result == .notApplicable)
        #expect(deciding([Sample.rule(.velIP(moreThan: 1, within: .minutes(1)))], attempt).verdict == .allow)
    }

    @Test("an exception excuses only what it surely matches")
    func exception() {
        let rule = Sample.rule(.always, exception: Scope(sources: [CIDR("192.0.2.0/24")].compactMap { $0 }))
        #expect(deciding([rule]).verdict == .allow)
        var attempt = Sample.attempt()
        attempt.source = .unknown("missing")
        #expect(deciding([rule], attempt).verdict == .challenge)
    }

    @Test("a scope asks for every list it has")
    func scope() {
        let scope = Scope(services: ["ssh*"], users: ["al*e"], groups: ["ops"], hosts: ["trading*"])
        #expect(deciding([Sample.rule(.always, scope: scope)]).verdict == .allow)
        var attempt = Sample.attempt()
        attempt.subject = .account(Sample.account(groups: ["ops"]))
        #expect(deciding([Sample.rule(.always, scope: scope)], attempt).verdict == .challenge)
        attempt.service = "sudo"
        #expect(deciding([Sample.rule(.always, scope: scope)], attempt).verdict == .allow)
    }

    @Test("S05 an exemption lifts what rules ask for, but neither a deny nor a floor")
    func exemption() {
        var history = History()
        history.apply(Sample.event(.exemptionGranted(Sample.exemption, Sample.actor)))
        #expect(deciding([Sample.rule(.always, .hardware)], Sample.attempt(), history).basis == .exemption)
        #expect(deciding([Sample.rule(.always, .deny)], Sample.attempt(), history).verdict == .deny)
        let floor = Floor(scope: Scope(users: ["alice"]), requirement: .otp)
        #expect(deciding([Sample.rule(.always)], Sample.attempt(), history, floors: [floor]).verdict == .challenge)
    }

    @Test("S05 an exemption names user, service, source, perhaps a key, and ends")
    func exemptionLimits() {
        var history = History()
        var exemption = Sample.exemption
        exemption.key = Sample.key.fingerprint
        history.apply(Sample.event(.exemptionGranted(exemption, Sample.actor)))
        func basis(_ change: (inout Attempt) -> Void) -> Decision.Basis {
            var attempt = Sample.attempt()
            change(&attempt)
            return deciding([Sample.rule(.always)], attempt, history).basis
        }
        #expect(basis { _ in } == .exemption)
        #expect(basis { $0.service = "sudo" } == .required)
        #expect(basis { $0.source = Sample.source("192.0.3.1") } == .required)
        #expect(basis { $0.source = .unknown("shared address") } == .required)
        #expect(basis { $0.key = .unknown("not visible") } == .required)
        #expect(basis { $0.subject = .account(Sample.account("bob")) } == .required)
        #expect(basis { $0.time = exemption.expires } == .required)
        history.apply(Sample.event(.exemptionRevoked(id: exemption.id, Sample.actor)))
        #expect(basis { _ in } == .required)
    }

    @Test("S06 a grace needs the same key, source, service and host, and an equal or lower requirement")
    func grace() {
        var history = History()
        let attempt = Sample.attempt()
        history.login(attempt, basis: .required, proved: .otp, graceUntil: attempt.time + .minutes(2))
        func basis(_ requirement: Requirement = .otp, _ change: (inout Attempt) -> Void = { _ in }) -> Decision.Basis {
            var next = Sample.attempt(2, at: attempt.time + .seconds(10))
            change(&next)
            return deciding([Sample.rule(.always, requirement)], next, history).basis
        }
        #expect(basis() == .grace)
        #expect(basis(.hardware) == .required)
        #expect(basis { $0.source = Sample.source("192.0.2.11") } == .required)
        #expect(basis { $0.source = .unknown("missing") } == .required)
        #expect(basis { $0.key = .unknown("not visible") } == .required)
        #expect(basis { $0.service = "sudo" } == .required)
        #expect(basis { $0.host = "trading2" } == .required)
        #expect(basis { $0.time = attempt.time + .minutes(2) } == .required)
        #expect(basis { $0.time = attempt.time - .seconds(1) } == .required)
    }

    @Test("S06 a grace ends at a failure and at a clock step, and opens no account phase")
    func graceEnds() {
        var history = History()
        let attempt = Sample.attempt()
        history.login(attempt, basis: .required, proved: .otp, graceUntil: attempt.time + .minutes(2))
        let next = Sample.attempt(2, at: attempt.time + .seconds(10))
        var account = next
        account.phase = .account
        account.accountMode = .enforce
        #expect(deciding([Sample.rule(.always)], account, history).basis == .stepUpSkipped)
        var failed = history
        failed.apply(
            Sample.event(
                .firstFactorFailed(Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:]))))
        #expect(deciding([Sample.rule(.always)], next, failed).basis == .required)
        var stepped = history
        stepped.apply(Sample.event(.clockStepped(byMilliseconds: 5000), account: nil))
        #expect(deciding([Sample.rule(.always)], next, stepped).basis == .required)
    }

    @Test("the same arguments give the same decision")
    func pure() {
        let rules = [Sample.rule(.ipNew, name: "a"), Sample.rule(.velUser(moreThan: 1, within: .minutes(1)), name: "b")]
        let first = deciding(rules).json.canonicalBytes
        for _ in 0..<10 { #expect(deciding(rules).json.canonicalBytes == first) }
    }
}
