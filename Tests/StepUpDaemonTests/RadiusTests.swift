import StepUpCore
import StepUpCrypto
import StepUpLedger
import StepUpTestKit
import Testing

@testable import StepUpDaemon
@testable import StepUpWire

/// A NAS of the lab.
private struct NAS {
    var client = "10.0.0.1"
    var attributes = ["Calling-Station-Id": "192.0.2.10", "NAS-Port": "\0\0\0\u{7}", "Acct-Session-Id": "s1"]
    static let peer = ModulePeer(pid: 7, uid: 112, channel: .radius)

    var wire: [UInt8] {
        Array(
            attributes.sorted { $0.key < $1.key }.map { "\($0.key):\(Hex.encode(Array($0.value.utf8)))" }.joined(separator: ",")
                .utf8)
    }

    func without(_ name: String) -> NAS {
        var other = self
        other.attributes[name] = nil
        return other
    }

    func with(_ name: String, _ value: String) -> NAS {
        var other = self
        other.attributes[name] = value
        return other
    }
}

extension Lab {
    fileprivate static func radius(
        append: CodeEntry.Append = .no, separator: String = "", _ rules: [Rule] = [Sample.rule(.always)]
    ) throws -> Lab {
        let lab = try Lab(rules)
        var profile = NASProfile(name: "vpn", clients: [CIDR("10.0.0.0/24")].compactMap { $0 })
        (profile.address, profile.codes.append, profile.codes.separator) = (.callingStation, append, separator)
        lab.engine.settings.radius.profiles = [profile]
        return lab
    }

    fileprivate func facts(_ nas: NAS, _ user: String) throws -> RequestFacts {
        var facts = try self.facts(user, service: "vpn")
        (facts.channel, facts.sshConnection, facts.sshAuthInfo) = (.radius, nil, nil)
        facts.radius = RadiusFacts(
            client: Array(nas.client.utf8), attributes: nas.wire, user: facts.user, settings: engine.settings.radius)
        return facts
    }

    @discardableResult
    fileprivate func send(_ request: ModuleRequest, _ user: String) throws -> ModuleReply {
        let known = Lab.accounts.contains(user)
        let name: NameResolver.Answer = known ? .account(.init(name: user, uid: 1001, groups: [])) : .nobody
        return try step { engine, step in try engine.handle(request, from: NAS.peer, name: name, in: step) }
    }

    fileprivate func login(_ nas: NAS = NAS(), _ user: String = "alice", field: String? = nil) throws -> ModuleReply {
        try send(
            .begin(
                BeginRequest(
                    facts: facts(nas, user), phase: .auth, accountMode: nil, firstFactor: .radius, sshMethods: [], command: nil,
                    field: field.map { Secret(utf8: $0) })), user)
    }

    fileprivate func type(_ code: String, _ reply: ModuleReply, _ nas: NAS = NAS(), _ user: String = "alice") throws -> ModuleReply
    {
        try send(
            .answer(AnswerRequest(facts: facts(nas, user), state: reply.prompt?.state ?? [], answer: Secret(utf8: code))), user)
    }

    fileprivate func split(_ field: String, _ nas: NAS = NAS(), _ user: String = "alice") throws -> ModuleReply {
        try send(.split(SplitRequest(facts: facts(nas, user), field: Secret(utf8: field))), user)
    }
}

@Suite("RADIUS")
struct RadiusTests {
    @Test("a login is asked, answered, and joined to its accounting by Class")
    func asked() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        #expect(prompt.verdict == .challenge && prompt.prompt?.text == "Enter code: ")
        #expect((prompt.prompt?.state.count ?? 99) + 3 <= 64, "with the module's mark it fits a State of 64 bytes")
        let reply = try lab.type(lab.code(), prompt)
        let attempt = try #require(reply.attempt)
        #expect(reply.verdict == .allow && reply.attributes == RadiusAttributes(["Class": "stepup:\(attempt)"]))
        guard case .decided(let decided)? = try lab.events(.attemptDecided).last?.body else {
            Issue.record("no decision")
            return
        }
        #expect(decided.attempt.source.value == IPAddress("192.0.2.10") && decided.attempt.firstFactor == .proved(["radius"]))
        #expect(decided.attempt.evidence["nas_profile"] == "vpn" && decided.attempt.evidence["client"] == "10.0.0.1")
        #expect(try lab.isConsistent())
    }

    @Test("an accept carries what the profile gives for what was proved, also when it is sent again")
    func accepts() throws {
        let lab = try Lab.radius([Sample.rule(.ipNew)])
        let accept: [Requirement: [ReplyAttribute]] = [
            .none: [ReplyAttribute(name: "Filter-Id", value: "basic")], .otp: [ReplyAttribute(name: "Filter-Id", value: "full")],
        ]
        lab.engine.settings.radius.profiles[0].accept = accept
        try lab.enrol()
        let prompt = try lab.login()
        let code = try lab.code()
        for _ in 0..<2 {
            let reply = try lab.type(code, prompt)
            #expect(reply.attributes?.all("Filter-Id") == [Array("full".utf8)])
        }
        _ = try lab.send(
            .report(ReportRequest(facts: lab.facts(NAS(), "alice"), kind: .sessionOpened, attempt: nil, state: nil)), "alice")
        let quiet = try lab.login(NAS().with("Acct-Session-Id", "s2"))
        #expect(quiet.verdict == .allow && quiet.attributes?.all("Filter-Id") == [Array("basic".utf8)])
        #expect(quiet.attributes?.single("Class") != nil)
    }

    @Test("S20 a session whose accounting names no attempt is joined to the latest that was allowed there")
    func withoutClass() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        func opened(_ user: String, _ nas: NAS = NAS()) throws -> AttemptID? {
            let request = ReportRequest(facts: try lab.facts(nas, user), kind: .sessionOpened, attempt: nil, state: nil)
            _ = try lab.send(.report(request), user)
            return try lab.events(.sessionOpened).last?.attempt
        }
        #expect(try opened("alice") == nil, "nobody was let in")
        let reply = try lab.type(lab.code(), lab.login())
        #expect(try opened("bob") == nil && opened("alice", NAS().with("Calling-Station-Id", "192.0.2.11")) == nil)
        #expect(try opened("alice") == reply.attempt && reply.attempt != nil)
        #expect(try opened("alice") == nil, "one session each")
        #expect(lab.engine.history.profile("alice")?.addresses.isKnown("192.0.2.10", at: lab.clock.read().now) == true)
    }

    @Test("a state holds no NUL: some RADIUS clients take it for a C string")
    func noNUL() throws {
        let lab = try Lab.radius()
        for day in [Int64(0), 254, 255, 256, 20_000] {
            for number in 0..<100 {
                let state = try lab.engine.keys.sealState(
                    AttemptID(time: Sample.start, random: [UInt8](repeating: UInt8(number), count: 10)), round: 1, binding: "b",
                    day: day,
                    SystemEntropy())
                #expect(!state.contains(0) && state.count == 56)
                #expect(lab.engine.keys.openState(state, binding: "b", day: day + 1)?.round == 1)
            }
        }
    }

    @Test("S15 the same answer gets the same reply within a minute, verified once; another answer, client or caller is denied")
    func retries() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        let code = try lab.code()
        let first = try lab.type(code, prompt)
        for _ in 0..<3 {
            let again = try lab.type(code, prompt)
            #expect(again.verdict == .allow && again.attempt == first.attempt && again.attributes == first.attributes)
        }
        #expect(try lab.checks() == [.accepted] && lab.outcomes() == [.allowed])
        #expect(try lab.type("000000", prompt).verdict == .deny)
        var other = NAS()
        other.client = "10.0.0.2"
        #expect(try lab.type(code, prompt, other).verdict == .deny)
        #expect(try lab.type(code, prompt, NAS().with("Calling-Station-Id", "192.0.2.11")).verdict == .deny)
        #expect(try lab.type(code, prompt, NAS(), "bob").verdict == .deny)
        lab.clock.advance(.seconds(60))
        #expect(try lab.type(code, prompt).verdict == .deny, "a minute is over")
        #expect(try lab.checks() == [.accepted])
    }

    @Test("S15 a wrong answer that comes twice counts once, and its prompt is the same one")
    func wrongTwice() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        let second = try lab.type("000000", prompt)
        let again = try lab.type("000000", prompt)
        #expect(second.verdict == .challenge && again.verdict == .challenge && again.attempt == second.attempt)
        #expect(try lab.checks() == [.wrong])
        #expect(try lab.type(lab.code(), again).verdict == .allow, "the state that was sealed anew is as good")
    }

    @Test("S15 two answers to one challenge in one transaction: one is verified, the same one gets its reply, another is denied")
    func together() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        let code = try lab.code()
        let answers = try [code, code, "000000"].map { typed in
            AnswerRequest(facts: try lab.facts(NAS(), "alice"), state: prompt.prompt?.state ?? [], answer: Secret(utf8: typed))
        }
        let replies = try lab.step { engine, step in
            try answers.map { answer in
                try engine.handle(
                    .answer(answer), from: NAS.peer, name: .account(.init(name: "alice", uid: 1001, groups: [])), in: step)
            }
        }
        #expect(replies.map(\.verdict) == [.allow, .allow, .deny])
        #expect(try lab.checks() == [.accepted])
    }

    @Test("S15 a request that proves to be the same gets its prompt again and no second decision; less than proof is a new login")
    func beginsAgain() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        let again = try lab.login()
        #expect(again.attempt == prompt.attempt && again.verdict == .challenge)
        #expect(try lab.events(.attemptDecided).count == 1)
        #expect(try lab.login(NAS().without("Acct-Session-Id")).attempt != prompt.attempt)
        #expect(try lab.login(NAS().with("NAS-Port", "\0\0\0\u{8}")).attempt != prompt.attempt)
        #expect(try lab.type(lab.code(), again).verdict == .allow)
        // Answered: whoever begins anew gets a prompt that can be answered.
        #expect(try lab.login().attempt != prompt.attempt)
        #expect(try lab.isConsistent())
    }

    @Test("the challenge survives a restart of the daemon and another radiusd")
    func restarted() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        lab.engine.history = try Engine.fold(lab.ledger)
        let request = AnswerRequest(
            facts: try lab.facts(NAS(), "alice"), state: prompt.prompt?.state ?? [], answer: Secret(utf8: try lab.code()))
        let reply = try lab.step { engine, step in
            try engine.handle(
                .answer(request), from: ModulePeer(pid: 99, uid: 112, channel: .radius),
                name: .account(.init(name: "alice", uid: 1001, groups: [])), in: step)
        }
        #expect(reply.verdict == .allow)
    }

    @Test(
        "a code behind the password is found, and digits that are none stay part of it",
        arguments: [CodeEntry.Append.suffix, .prefix])
    func splits(append: CodeEntry.Append) throws {
        let lab = try Lab.radius(append: append, separator: ",")
        try lab.enrol()
        let code = try lab.code()
        func field(_ password: String, _ code: String) -> String {
            append == .suffix ? "\(password),\(code)" : "\(code),\(password)"
        }
        let found = try lab.split(field("secret", code))
        #expect(found.code == "split" && found.password == (append == .suffix ? 0..<6 : 7..<13))
        for other in [field("secret", "123456"), "secret", "123456", code, ",\(code)x", ""] {
            #expect(try lab.split(other).code == "keep", "\(other)")
        }
        #expect(try lab.split(field("secret", code), NAS(), "bob").code == "keep", "bob has no token")
        #expect(try lab.checks().isEmpty, "nothing is consumed, nothing counted")
        #expect(try lab.login(field: field("secret", code)).verdict == .allow)
        #expect(try lab.checks() == [.accepted])
    }

    @Test("S15 in append mode the same request gets its reply, and the same code of another request is a replay")
    func appendedTwice() throws {
        let lab = try Lab.radius(append: .suffix)
        try lab.enrol()
        let field = "secret" + (try lab.code())
        let first = try lab.login(field: field)
        #expect(first.verdict == .allow)
        #expect(try lab.split(field).code == "split", "a used code is a code")
        #expect(try lab.login(field: field).attempt == first.attempt)
        #expect(try lab.login(NAS().without("NAS-Port"), field: field).verdict == .deny)
        #expect(try lab.login(NAS().with("Acct-Session-Id", "s2"), field: field).verdict == .deny)
        #expect(try lab.checks() == [.accepted, .replayed, .replayed])
    }

    @Test("where nothing can be asked and no code came along, the person is told what to do")
    func cannotAsk() throws {
        let lab = try Lab.radius(append: .suffix)
        try lab.enrol()
        let inner = NAS().with("FreeRADIUS-Proxied-To", "\u{7f}\0\0\u{1}")
        let reply = try lab.login(inner)
        #expect(reply.verdict == .deny && reply.code == "no_code")
        #expect(reply.attributes == RadiusAttributes(["Reply-Message": "Log in again with the code behind your password"]))
        #expect(try lab.login(NAS().without("NAS-Port"), field: "secret").code == "no_code")
        let quiet = try Lab.radius([])
        #expect(try quiet.login(inner).verdict == .allow, "nothing is asked: the plain password passes")
    }

    @Test("S23 asking whether a code stands in a password is no oracle: beyond a rate no code is looked for")
    func oracle() throws {
        let lab = try Lab.radius(append: .suffix)
        try lab.enrol()
        for number in 100_000..<100_010 { #expect(try lab.split("guess\(number)").code == "keep") }
        let field = "secret" + (try lab.code())
        #expect(try lab.split(field).code == "keep", "this network had its tries")
        #expect(try lab.split(field, NAS().with("Calling-Station-Id", "198.51.100.1")).code == "split", "another one has its own")
        lab.clock.advance(.minutes(15))
        #expect(try lab.split("secret" + lab.code()).code == "split")
        // The right password alone clears nothing: whoever has it could go on guessing. A right code does.
        for number in 100_000..<100_009 { _ = try lab.split("guess\(number)") }
        _ = try lab.login()
        #expect(try lab.split("guess100009").code == "keep" && lab.split("secret" + lab.code()).code == "keep")
        lab.clock.advance(.minutes(15))
        for number in 100_000..<100_009 { _ = try lab.split("guess\(number)") }
        #expect(try lab.login(field: "secret" + lab.code()).verdict == .allow)
        lab.clock.advance(.seconds(30))
        for number in 100_000..<100_009 { _ = try lab.split("guess\(number)") }
        #expect(try lab.split("secret" + lab.code()).code == "split")
    }

    @Test("S23 guesses from many networks end, and the networks that the account is known by have their own")
    func strangers() throws {
        let lab = try Lab.radius(append: .suffix)
        try lab.enrol()
        #expect(try lab.login(field: "secret" + lab.code()).verdict == .allow)
        try lab.send(
            .report(ReportRequest(facts: lab.facts(NAS(), "alice"), kind: .sessionOpened, attempt: nil, state: nil)), "alice")
        lab.clock.advance(.seconds(30))
        for number in 0..<60 { _ = try lab.split("guess100000", NAS().with("Calling-Station-Id", "198.51.\(number).1")) }
        let field = "secret" + (try lab.code())
        #expect(try lab.split(field, NAS().with("Calling-Station-Id", "203.0.113.1")).code == "keep")
        #expect(try lab.split(field).code == "split", "hers")
    }

    @Test("S15 a code that stands in the field is used up, also when nothing was asked")
    func notAsked() throws {
        let lab = try Lab.radius(append: .suffix, [])
        try lab.enrol()
        let field = "secret" + (try lab.code())
        #expect(try lab.login(field: field).verdict == .allow && lab.checks() == [.accepted])
        #expect(try lab.login(NAS().with("Calling-Station-Id", "198.51.100.1"), field: field).verdict == .deny)
        #expect(try lab.checks() == [.accepted, .replayed])
    }

    @Test("S15 an allow is not repeated once its session has opened")
    func claimed() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        let prompt = try lab.login()
        let code = try lab.code()
        let first = try lab.type(code, prompt)
        #expect(try lab.type(code, prompt).verdict == .allow)
        try lab.send(
            .report(ReportRequest(facts: lab.facts(NAS(), "alice"), kind: .sessionOpened, attempt: first.attempt, state: nil)),
            "alice")
        #expect(try lab.type(code, prompt).verdict == .deny)
        #expect(try lab.login().attempt != first.attempt)
    }

    @Test("S08 what speaks RADIUS opens nobody's session of another channel, and its devices are no SSH keys")
    func apart() throws {
        let lab = try Lab.radius([])
        let ssh = try lab.begin("alice", source: "192.0.2.10")
        #expect(ssh.verdict == .allow)
        for attempt in [ssh.attempt, nil] {
            var facts = try lab.facts(NAS(), "alice")
            facts.service = Array("sshd".utf8)
            try lab.send(.report(ReportRequest(facts: facts, kind: .sessionOpened, attempt: attempt, state: nil)), "alice")
        }
        #expect(try lab.events(.sessionOpened).map(\.attempt) == [nil, nil])
        try lab.report(.sessionOpened, attempt: ssh.attempt)
        #expect(try lab.events(.sessionOpened).last?.attempt == ssh.attempt)
    }

    @Test("S08 S01 a first factor of RADIUS counts on the RADIUS channel alone")
    func channels() throws {
        let lab = try Lab.radius()
        try lab.enrol()
        var facts = try lab.facts("alice")
        let request = BeginRequest(
            facts: facts, phase: .auth, accountMode: .enforce, firstFactor: .radius, sshMethods: [], command: nil)
        let reply = try lab.step { engine, step in
            try engine.handle(
                .begin(request), from: Lab.root, name: .account(.init(name: "alice", uid: 1, groups: [])), in: step)
        }
        #expect(reply.verdict == .deny)
        facts = try lab.facts(NAS(), "alice")
        for factor in [BeginRequest.FirstFactorSource.ssh, .stack] {
            let request = BeginRequest(
                facts: facts, phase: .auth, accountMode: nil, firstFactor: factor, sshMethods: ["publickey"], command: nil)
            #expect(try lab.send(.begin(request), "alice").verdict == .deny)
        }
    }

    @Test("S24 the largest hostile RADIUS request makes an event that fits")
    func largest() throws {
        let lab = try Lab.radius()
        var nas = NAS()
        nas.client = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"
        lab.engine.settings.radius.profiles[0].clients = [CIDR("2001:db8::/32")].compactMap { $0 }
        for name in ["Calling-Station-Id", "Called-Station-Id", "NAS-Identifier", "Connect-Info", "Acct-Session-Id", "NAS-Port-Id"]
        {
            nas.attributes[name] = String(repeating: "\u{1}", count: 253)
        }
        for name in ["NAS-Port", "NAS-Port-Type", "Service-Type", "EAP-Type", "Acct-Session-Time", "Acct-Terminate-Cause"] {
            nas.attributes[name] = "\u{7f}\u{7f}\u{7f}\u{7f}"
        }
        for name in ["NAS-IPv6-Address"] { nas.attributes[name] = String(repeating: "\u{7f}", count: 16) }
        lab.engine.settings.radius.profiles[0].tags = (0..<8).map { "\($0)" + String(repeating: "t", count: 31) }
        _ = try lab.login(nas)
        let size = try lab.events().map(\.leaf.count).max() ?? 0
        // And a realm of 32 bytes, each escaped.
        #expect(size > 2000 && size + 32 * 6 + 16 + Policy.outcomesLimit + ShadowDecision.sizeLimit <= Event.sizeLimit, "\(size)")
    }
}
