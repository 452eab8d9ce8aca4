import StepUpCore

/// Values that tests begin with, and change what they are about.
public enum Sample {
    public static let start = Timestamp(seconds: 1_700_000_000)
    static let anywhere = CIDR("192.0.2.0/24")?.address ?? { preconditionFailure("a constant") }()
    public static let key = KeyFact(type: "ssh-ed25519", fingerprint: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")

    public static func account(_ name: String = "alice", groups: [String] = []) -> Account {
        Account(name: name, uid: 1001, groups: groups)
    }

    public static func source(_ text: String) -> Observed<IPAddress> {
        IPAddress(text).map { .known($0) } ?? .unknown("malformed")
    }

    public static func id(_ number: UInt8 = 1, at time: Timestamp = start) -> AttemptID {
        AttemptID(time: time, random: [UInt8](repeating: number, count: 10))
    }

    public static func attempt(
        _ number: UInt8 = 1, user: String = "alice", source: String = "192.0.2.10", at time: Timestamp = start
    ) -> Attempt {
        Attempt(
            id: id(number, at: time), request: "00112233445566778899aabbccddeeff", time: time, host: "trading1", channel: .pam,
            phase: .auth, accountMode: nil, service: "sshd", subject: .account(account(user)), source: Sample.source(source),
            key: .known(key), firstFactor: .proved(["publickey"]), evidence: [:])
    }

    public static func rule(
        _ signal: Signal, _ requirement: Requirement = .otp, name: String = "rule", mode: RuleMode = .enforce,
        scope: Scope = Scope(), exception: Scope? = nil, onUnknown: OnUnknown = .fire
    ) -> Rule {
        Rule(
            name: name, mode: mode, scope: scope, exception: exception, condition: .signal(signal), requirement: requirement,
            onUnknown: onUnknown)
    }

    public static func policy(_ rules: [Rule], floors: [Floor] = [], grace: Span = .seconds(0)) -> Policy {
        Policy(hash: "policy", rules: rules, floors: floors, grace: grace)
    }

    public static let noFacts = Facts(localTimes: [])

    public static func event(
        _ body: Event.Body, attempt: AttemptID? = nil, account: String? = "alice", at time: Timestamp = start
    ) -> Event {
        Event(
            time: time, host: "trading1", attempt: attempt, account: account, salt: [UInt8](repeating: 5, count: 16), body: body)
    }

    public static let exemption = Exemption(
        id: "aabbccddeeff", user: "alice", service: "sshd", source: CIDR(address: anywhere, prefix: 24), key: nil, owner: "carol",
        reason: "test", expires: start + .days(1))

    public static let actor = Actor(uid: 0, loginUID: 1000, name: "root")
}

extension History {
    /// A whole login, folded: decided, perhaps a code, ended, session opened.
    public mutating func login(
        _ attempt: Attempt, basis: Decision.Basis = .notRequired, proved: Requirement = .none, opens: Bool = true,
        graceUntil: Timestamp? = nil, facts: Facts = Sample.noFacts
    ) {
        let name = attempt.subject.account?.name
        let decision = Decision(
            verdict: basis == .required ? .challenge : .allow, basis: basis, required: basis == .notRequired ? .none : .otp,
            floor: .none, shadowRequired: .none, reference: nil, rules: [])
        let decided = Decided(
            attempt: attempt, facts: facts, decision: decision, policy: "policy", historySize: size)
        func take(_ body: Event.Body) { apply(Sample.event(body, attempt: attempt.id, account: name, at: attempt.time)) }
        take(.decided(decided))
        take(.concluded(Concluded(outcome: .allowed, reason: "test", proved: proved, graceUntil: graceUntil)))
        if opens {
            take(
                .sessionOpened(
                    Reported(service: attempt.service, subject: attempt.subject, source: attempt.source, evidence: [:])))
        }
    }
}
