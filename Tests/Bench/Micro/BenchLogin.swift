import StepUpCore

/// Logins as they happen, made of whole cloth: the events that the daemon would write.
struct BenchLogin {
    let start = Timestamp(seconds: 1_750_000_000)
    let facts = Facts(
        localTimes: [LocalTime(zone: "UTC", offsetSeconds: 0, weekday: .mon, minuteOfDay: 600)],
        locality: Locality(
            country: .known("CH"), system: .known(AutonomousSystem(number: 3303, organisation: "Swisscom")),
            place: .known(Place(latitude: 4737, longitude: 854, radius: 20)),
            databases: ["country 2026-06-25 00112233445566778899aabbccddeeff"]),
        lists: [ListFact(list: "tor", hash: "00112233445566778899aabbccddeeff", result: .notListed)])

    func event(_ body: Event.Body, attempt: AttemptID? = nil, account: String? = nil, at time: Timestamp? = nil) -> Event {
        Event(
            time: time ?? start, host: "trading1", attempt: attempt, account: account, salt: [UInt8](repeating: 5, count: 16),
            body: body)
    }

    func attempt(_ number: Int, user: String) -> Attempt {
        let time = start + .seconds(Int64(number))
        let random = (0..<10).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        return Attempt(
            id: AttemptID(time: time, random: random), request: "00112233445566778899aabbccddeeff", time: time, host: "trading1",
            channel: .pam, phase: .auth, accountMode: nil, service: "sshd",
            subject: .account(Account(name: user, uid: 20_000, groups: [])),
            source: IPAddress("10.1.\(number % 50).\(number % 5 + 1)").map { .known($0) } ?? .unknown("malformed"),
            key: .known(
                KeyFact(type: "ssh-ed25519", fingerprint: "SHA256:\(String(repeating: "A", count: 41))\(10 + number % 20)")),
            firstFactor: .proved(["publickey"]), evidence: ["rhost": "10.1.0.1", "tty": "ssh", "uid": "0"])
    }

    /// Decided, concluded, session opened and closed.
    func events(_ number: Int, user: String, policy: Policy, history: History, proved: Bool) -> [Event] {
        let attempt = attempt(number, user: user)
        let decision = decide(attempt, history.view(for: attempt), policy, facts)
        let decided = Decided(attempt: attempt, facts: facts, decision: decision, policy: policy.hash, historySize: history.size)
        let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
        let end = Concluded(
            outcome: .allowed, reason: decision.basis.rawValue, proved: proved ? .otp : .none, graceUntil: nil)
        return [.decided(decided), .concluded(end), .sessionOpened(report), .sessionClosed(report)].map {
            event($0, attempt: attempt.id, account: user, at: attempt.time)
        }
    }
}
