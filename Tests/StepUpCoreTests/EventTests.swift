import StepUpTestKit
import Testing

@testable import StepUpCore

private let report = Reported(
    service: "sshd", subject: .account(Sample.account(groups: ["ops"])), source: Sample.source("2001:db8::1"),
    evidence: ["tty": "ssh"])

private func decided() -> Decided {
    var attempt = Sample.attempt()
    attempt.evidence = ["tty": "ssh"]
    let outcomes = (0..<2).map { number in
        RuleOutcome(
            name: "rule \(number)", mode: .enforce, signal: "fails_recent",
            requirement: .phishingResistant, result: .firedUnknown,
            operands: [Operand("failures", 255), Operand("at_least", 255), Operand("within_s", 86_400)], reason: "shared address")
    }
    return Decided(
        attempt: attempt,
        facts: Facts(localTimes: [LocalTime(zone: "Europe/Zurich", offsetSeconds: 3600, weekday: .mon, minuteOfDay: 1)]),
        decision: Decision(
            verdict: .challenge, basis: .required, required: .otp, floor: .none, shadowRequired: .deny, reference: "x",
            rules: outcomes), policy: String(repeating: "a", count: 64), historySize: 7)
}

private let bodies: [Event.Body] = [
    .decided(decided()), .challenged(Challenged(required: .otp, round: 1, expires: Sample.start)),
    .factorChecked(
        FactorChecked(
            result: .wrong, round: 2, token: TokenID(random: [1, 2, 3, 4, 5, 6, 7, 8]), kind: .hotp, counter: 4,
            failed: [TokenID(random: [9, 9, 9, 9, 9, 9, 9, 9])], knownClient: true)),
    .concluded(Concluded(outcome: .allowed, reason: "proved", proved: .otp, graceUntil: Sample.start)),
    .sessionOpened(report), .sessionClosed(report), .notCompleted, .firstFactorFailed(report),
    .failuresAggregated(source: .unknown("many sources"), count: 12),
    .fellBack(
        FellBack(
            report: report, request: "ab", phase: .auth, fallback: "ignore", reason: "connect ENOENT", time: Sample.start,
            bootID: "boot", bootTime: 5)),
    .overridden(request: "ab"), .callerRefused(uid: 7, reason: "no"),
    .tokenChanged(
        TokenChanged(
            action: .confirmed, token: TokenID(random: [1, 2, 3, 4, 5, 6, 7, 8]), kind: .totp, label: "phone", counter: 3,
            actor: Sample.actor)),
    .userReset(.all, Sample.actor), .policyLoaded(hash: "h", source: "f", actor: nil),
    .shadowPolicy(hash: "h", source: "f", actor: Sample.actor), .shadowPolicy(hash: nil, source: "", actor: nil),
    .policyRejected(reason: "r", source: "f", actor: Sample.actor), .exemptionGranted(Sample.exemption, Sample.actor),
    .exemptionRevoked(id: "i", Sample.actor), .daemonStarted(DaemonRecord(version: "1", bootID: "b", note: "n")),
    .daemonStopped(DaemonRecord(version: "1", bootID: "b", note: "n")), .clockStepped(byMilliseconds: -5),
    .ledgerInitialised(origin: "o", keyID: "k"),
]

@Suite("Events")
struct EventTests {
    @Test("every event reads back as it was written, and its bytes are canonical", arguments: bodies)
    func roundTrip(_ body: Event.Body) throws {
        let event = Sample.event(body, attempt: Sample.id())
        let leaf = event.leaf
        let read = try Event(leaf: leaf)
        #expect(read == event || read.leaf == leaf)
        #expect(read.leaf == leaf)
        #expect(try JSON(parsing: leaf).canonicalBytes == leaf)
    }

    @Test("every code has an event, a title, and a number of its own")
    func codes() {
        #expect(Set(bodies.map { Sample.event($0).code }) == Set(EventCode.allCases))
        #expect(EventCode.allCases.allSatisfy { EventCode(text: $0.text) == $0 && !$0.title.isEmpty })
    }

    @Test("S26 two events that are equal in all else have other leaves by their salt")
    func salt() {
        var other = Sample.event(.notCompleted)
        other.salt = [UInt8](repeating: 6, count: 16)
        #expect(other.leaf != Sample.event(.notCompleted).leaf)
    }

    @Test("S22 every decision of a log comes out again, and one that was changed is found")
    func replay() throws {
        let policy = Sample.policy([Sample.rule(.ipNew), Sample.rule(.velUser(moreThan: 2, within: .minutes(1)), name: "fast")])
        var history = History()
        var log: [Event] = []
        for number in 0..<5 {
            let attempt = Sample.attempt(UInt8(number), at: Sample.start + .seconds(Int64(number)))
            let decision = decide(attempt, history.view(for: attempt), policy, Sample.noFacts)
            let event = Sample.event(
                .decided(
                    Decided(
                        attempt: attempt, facts: Sample.noFacts, decision: decision, policy: "policy", historySize: history.size)),
                attempt: attempt.id, at: attempt.time)
            log.append(event)
            history.apply(event)
        }
        func differences(_ log: [Event]) -> [Replay.Difference] {
            var replay = Replay()
            return log.enumerated().compactMap { replay.take($1, index: Int64($0)) { _ in policy } }
        }
        #expect(differences(log).isEmpty)
        #expect(differences([log[0], log[2]]).count == 1, "an event that was left out is noticed")
        guard case .decided(var changed) = log[3].body else { throw JSONError("log[3]", "is no decision") }
        changed.decision.verdict = .allow
        var forged = log
        forged[3].body = .decided(changed)
        #expect(differences(forged).map(\.index) == [3])
        var replay = Replay()
        #expect(replay.take(log[0], index: 0) { _ in nil }?.reason.contains("not in the archive") == true)
    }
}
