import StepUpCore
import StepUpLedger
import StepUpSources
import StepUpTestKit

import Testing

@testable import StepUpDaemon
@testable import StepUpWire

@Suite("Engine")
struct EngineTests {
    @Test("a login that is asked and answered leaves decision, challenge, factor and end, and the history is their fold")
    func chain() throws {
        let lab = try Lab()
        try lab.enrol()
        let reply = try lab.begin()
        #expect(reply.verdict == .challenge)
        #expect(try lab.answer(reply, lab.code()).verdict == .allow)
        let codes = try lab.events().suffix(4).map(\.code)
        #expect(codes == [.attemptDecided, .challengeIssued, .factorChecked, .attemptConcluded])
        #expect(try lab.isConsistent())
    }

    @Test("a state is good once, for its user, service, process and channel alone")
    func binding() throws {
        let lab = try Lab()
        try lab.enrol()
        let reply = try lab.begin()
        let code = try lab.code()
        #expect(try lab.answer(reply, code, user: "bob").verdict == .deny)
        #expect(try lab.answer(reply, code, service: "sudo").verdict == .deny)
        #expect(try lab.answer(reply, code, peer: ModulePeer(pid: 43, uid: 0, channel: .pam)).verdict == .deny)
        #expect(try lab.answer(reply, code).verdict == .allow)
        #expect(try lab.answer(reply, code).verdict == .deny)
        #expect(try lab.events(.callerRefused).count == 4)
    }

    @Test("S08 a peer speaks its own channel alone")
    func channel() throws {
        let lab = try Lab()
        let radius = ModulePeer(pid: 42, uid: 112, channel: .radius)
        #expect(try lab.begin(peer: radius).verdict == .deny)
        #expect(try lab.events(.callerRefused).count == 1 && lab.events(.attemptDecided).isEmpty)
    }

    @Test("a requirement of hardware is not met by TOTP, and is by HOTP")
    func hardware() throws {
        let lab = try Lab([Sample.rule(.always, .hardware)])
        try lab.enrol()
        let reply = try lab.begin()
        #expect(try lab.answer(reply, lab.code()).verdict != .allow)
        #expect(try lab.checks() == [.noToken])
        try lab.enrol(kind: .hotp)
        let second = try lab.begin()
        #expect(try lab.answer(second, lab.code(kind: .hotp, counter: 1)).verdict == .allow)
    }

    @Test("S16 a challenge ends by the wall clock, by the boot clock, and by a reboot", arguments: ["wall", "boot", "reboot"])
    func expiry(_ how: String) throws {
        let lab = try Lab()
        try lab.enrol()
        let reply = try lab.begin()
        switch how {
        case "wall": lab.clock.set(by: .minutes(3))
        case "boot":
            lab.clock.advance(.minutes(3))
            lab.clock.set(by: .minutes(-3))
        default: lab.clock.reboot()
        }
        #expect(try lab.answer(reply, lab.code()).verdict == .deny)
        #expect(try lab.outcomes() == [.abandoned])
    }

    @Test("S16 after a step back a used code stays refused until its time step passes")
    func clockBack() throws {
        let lab = try Lab()
        try lab.enrol()
        let code = try lab.code()
        #expect(try lab.answer(lab.begin(), code).verdict == .allow)
        lab.clock.set(by: .minutes(-1))
        let again = try lab.answer(lab.begin(), lab.code())
        #expect(again.verdict != .allow)
        #expect(try lab.answer(lab.begin(), code).verdict != .allow)
        lab.clock.advance(.minutes(2))
        #expect(try lab.answer(lab.begin(), lab.code()).verdict == .allow)
    }

    @Test("S23 identical wrong repeats are refused without being looked at, and count once")
    func repeats() throws {
        let lab = try Lab()
        let id = try lab.enrol()
        var reply = try lab.begin()
        for _ in 0..<2 { reply = try lab.answer(reply, "000000") }
        #expect(try lab.checks() == [.wrong, .repeated])
        #expect(lab.engine.history.profile("alice")?.token(id)?.failures == 1)
    }

    @Test("S23 an outsider cannot lock the true user out, with another key or with hers", arguments: [false, true])
    func lockout(isKeyStolen: Bool) throws {
        let lab = try Lab()
        let id = try lab.enrol()
        let first = try lab.begin()
        let done = try lab.answer(first, lab.code())
        try lab.report(.sessionOpened, attempt: done.attempt)
        // The outsider has a proved first factor and guesses for days, from many places.
        for day in 0..<20 {
            for guess in 0..<30 {
                lab.clock.advance(.minutes(10))
                let source = "203.0.113.\(guess)"
                let reply = isKeyStolen ? try lab.begin(source: source) : try outsider(lab, source)
                _ = try lab.answer(reply, String(format(100_000 + day * 30 + guess)))
            }
        }
        let token = lab.engine.history.profile("alice")?.token(id)
        #expect((token?.failures ?? 0) <= TokenRecord.unknownFailureLimit)
        #expect(try lab.checks().contains(.throttled))
        lab.clock.advance(.seconds(30))
        #expect(try lab.answer(lab.begin(), lab.code()).verdict == .allow, "alice's own place still works")
    }

    private func format(_ number: Int) -> Int { number % 1_000_000 }

    /// A login with another key.
    private func outsider(_ lab: Lab, _ source: String) throws -> ModuleReply {
        var facts = try lab.facts("alice", source: source)
        facts.sshAuthInfo = Array("publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB".utf8)
        let request = BeginRequest(
            facts: facts, phase: .auth, accountMode: .enforce, firstFactor: .ssh, sshMethods: ["publickey"], command: nil)
        let name = NameResolver.Answer.account(.init(name: "alice", uid: 1001, groups: []))
        return try lab.step { engine, step in try engine.handle(.begin(request), from: Lab.root, name: name, in: step) }
    }

    @Test("S20 allowed is not logged in: no session within two minutes is not completed, also after a restart")
    func notCompleted() throws {
        let lab = try Lab([])
        let reply = try lab.begin()
        lab.clock.advance(.seconds(119))
        try lab.sweep()
        #expect(try lab.events(.loginNotCompleted).isEmpty)
        lab.engine = try Lab([], ledger: lab.ledger).engine
        lab.clock.advance(.seconds(1))
        try lab.sweep()
        #expect(try lab.events(.loginNotCompleted).map(\.attempt) == [reply.attempt])
        try lab.report(.sessionOpened, attempt: reply.attempt)
        #expect(lab.engine.history.profile("alice")?.logins == 0, "what came too late joins nothing")
    }

    @Test("a session is joined to an attempt of its own user and service alone")
    func sessions() throws {
        let lab = try Lab([])
        let reply = try lab.begin("alice")
        try lab.report(.sessionOpened, "bob", attempt: reply.attempt)
        #expect(try lab.events(.sessionOpened).last?.attempt == nil)
        #expect(lab.engine.history.profile("bob")?.logins ?? 0 == 0)
        try lab.report(.sessionOpened, "alice", attempt: reply.attempt)
        #expect(lab.engine.history.profile("alice")?.logins == 1)
        try lab.report(.sessionOpened, "alice", attempt: reply.attempt)
        #expect(lab.engine.history.profile("alice")?.logins == 1, "and once")
    }

    @Test("a prompt that nobody answers is ended by the sweep, and one that was cancelled at once")
    func abandoned() throws {
        let lab = try Lab()
        let first = try lab.begin()
        lab.clock.advance(.minutes(2))
        try lab.sweep()
        let second = try lab.begin()
        try lab.report(.cancelled, state: second.prompt?.state)
        #expect(try lab.outcomes() == [.abandoned, .cancelled])
        #expect(try lab.answer(first, "123456").verdict == .deny)
        #expect(try lab.answer(second, "123456").verdict == .deny)
    }

    @Test("S06 a step of the clock ends every grace")
    func graceAndClock() throws {
        let lab = try Lab(grace: .minutes(2))
        try lab.enrol()
        #expect(try lab.answer(lab.begin(), lab.code()).verdict == .allow)
        #expect(try lab.begin().verdict == .allow)
        try lab.step { engine, step in try engine.clockStepped(by: 5000, in: step) }
        #expect(try lab.begin().verdict == .challenge)
    }

    @Test("S06 a grace does not extend itself")
    func graceOnce() throws {
        let lab = try Lab(grace: .minutes(2))
        try lab.enrol()
        #expect(try lab.answer(lab.begin(), lab.code()).verdict == .allow)
        lab.clock.advance(.seconds(100))
        #expect(try lab.begin().verdict == .allow)
        lab.clock.advance(.seconds(100))
        #expect(try lab.begin().verdict == .challenge)
    }

    @Test("S11 a name that is nobody's is kept as a hash that only this host's key makes")
    func names() throws {
        let lab = try Lab()
        #expect(try lab.begin("hunter2 is my password").verdict == .deny)
        let event = try #require(try lab.events(.attemptDecided).last)
        #expect(!String(decoding: event.leaf, as: UTF8.self).contains("hunter2"))
        let other = try Lab(key: 2)
        let facts = try lab.facts("hunter2")
        #expect(try lab.engine.subject(facts, .nobody) == lab.engine.subject(facts, .nobody))
        #expect(try lab.engine.subject(facts, .nobody) != other.engine.subject(facts, .nobody))
    }

    @Test("S09 all state keys on the canonical account; the name as it was typed is not one")
    func canonical() throws {
        let lab = try Lab([])
        let answer = NameResolver.Answer.account(.init(name: "alice", uid: 1001, groups: []))
        for typed in ["ALICE", "alice@corp", "alice"] {
            let request = BeginRequest(
                facts: try lab.facts(typed), phase: .auth, accountMode: .enforce, firstFactor: .ssh, sshMethods: ["publickey"],
                command: nil)
            _ = try lab.step { engine, step in try engine.handle(.begin(request), from: Lab.root, name: answer, in: step) }
        }
        #expect(lab.engine.history.accountNames == ["alice"])
    }

    @Test("S24 the largest hostile request under the largest policy makes an event that fits")
    func largestEvent() throws {
        var rules: [Rule] = []
        while Sample.policy(rules).largestOutcomes < Policy.outcomesLimit - 250, rules.count < Policy.ruleLimit {
            let window = CalendarWindow(
                days: Weekday.allCases, fromMinute: 0, toMinute: 1, zone: "America/Argentina/ComodRivadavia\(rules.count % 3)")
            rules.append(Sample.rule(.calendar(window), .hardware, name: "a-rule-with-quite-a-long-name-\(rules.count)"))
        }
        let lab = try Lab(rules)
        lab.engine.lookups = LongestLookups()
        lab.engine.settings.tags = (0..<8).map { "\($0)" + String(repeating: "t", count: 31) }
        lab.engine.shadow = ActivePolicy(policy: lab.engine.active.policy, text: "", zones: [:])
        var facts = try lab.facts("alice")
        let hostile = [UInt8](repeating: 1, count: 4000)
        (facts.service, facts.ruser, facts.rhost, facts.tty) = (hostile, hostile, hostile, hostile)
        facts.sshConnection = Array("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 65535 2001:db8:ffff:ffff:ffff:ffff:ffff:fffe 22".utf8)
        let invalid = [UInt8](repeating: 0xff, count: 1024)
        for command in [hostile, invalid] {
            let request = BeginRequest(
                facts: facts, phase: .auth, accountMode: .enforce, firstFactor: .ssh, sshMethods: ["publickey"], command: command)
            let name = NameResolver.Answer.failed(String(repeating: "\u{1}", count: 500))
            let longest = ResolvedAccount(name: String(repeating: "a", count: 256), uid: 1, groups: [])
            let stale = NameResolver.Answer.stale(longest, String(repeating: "\u{1}", count: 500))
            for answer in [name, .account(longest), stale] {
                _ = try lab.step { engine, step in try engine.handle(.begin(request), from: Lab.root, name: answer, in: step) }
            }
        }
        let largest = try lab.events().map(\.leaf.count).max() ?? 0
        #expect(largest > 7000 && largest <= Event.sizeLimit, "\(largest) under \(lab.engine.active.policy.largestOutcomes)")
    }

    @Test("S24 failures of first factors beyond a rate are counted by network and minute, and none is lost")
    func flood() throws {
        let lab = try Lab()
        for number in 0..<200 { try lab.report(.firstFactorFailed, "mallory", source: "203.0.113.\(number)") }
        #expect(try lab.events(.firstFactorFailed).count == FailureAggregator.perNetwork)
        lab.clock.advance(.minutes(1))
        try lab.sweep()
        guard case .failuresAggregated(_, let count)? = try lab.events(.failuresAggregated).last?.body else {
            Issue.record("nothing was aggregated")
            return
        }
        #expect(count + Int64(FailureAggregator.perNetwork) == 200)
    }

    @Test("S24 on a full disk a failed first factor is only counted, a login is recorded as ever")
    func sparing() throws {
        let lab = try Lab()
        try lab.enrol("alice")
        lab.engine.isSparing = true
        for number in 0..<50 { try lab.report(.firstFactorFailed, "mallory", source: "203.0.113.\(number)") }
        let reply = try lab.begin("alice")
        #expect(reply.verdict == .challenge)
        #expect(try lab.events(.firstFactorFailed).isEmpty)
        lab.clock.advance(.minutes(1))
        try lab.sweep()
        guard case .failuresAggregated(_, 50)? = try lab.events(.failuresAggregated).last?.body else {
            Issue.record("50 failures were not counted")
            return
        }
    }

    @Test("S24 guesses at one account are not hidden behind a flood at others, and what was only counted is hers, too")
    func hiddenGuesses() throws {
        let lab = try Lab([Sample.rule(.failsRecent(atLeast: 3, within: .minutes(10)))])
        for number in 0..<700 { try lab.report(.firstFactorFailed, "junk\(number)", source: "203.0.113.9") }
        for _ in 0..<60 { try lab.report(.firstFactorFailed, "alice", source: "203.0.113.9") }
        #expect(try lab.begin("alice").verdict == .challenge)
        try lab.step { engine, step in try engine.flushFailures(in: step) }
        let hers = try lab.events(.failuresAggregated).filter { $0.account == "alice" }.map(\.body)
        #expect(hers == [.failuresAggregated(source: Sample.source("203.0.113.9"), count: 50)])
        #expect(lab.engine.history.profile("alice")?.failures.count(within: .hours(1), before: lab.clock.read().now) == 60)
        #expect(try lab.isConsistent())
    }

    @Test("S24 logins that prove no first factor are counted beyond a rate, and denied all the same")
    func noFirstFactorFlood() throws {
        let lab = try Lab()
        var facts = try lab.facts("alice")
        facts.sshAuthInfo = nil
        let request = BeginRequest(
            facts: facts, phase: .auth, accountMode: .enforce, firstFactor: .ssh, sshMethods: ["publickey"], command: nil)
        let name = NameResolver.Answer.account(.init(name: "alice", uid: 1001, groups: []))
        for number in 0..<200 {
            let reply = try lab.step { engine, step in
                try engine.handle(.begin(request), from: Lab.root, name: number % 2 == 0 ? name : .nobody, in: step)
            }
            #expect(reply.verdict == .deny && reply.code == (number % 2 == 0 ? "first_factor" : "unknown_user"))
        }
        #expect(try lab.events(.attemptDecided).count == FailureAggregator.perNetwork)
        try lab.step { engine, step in try engine.flushFailures(in: step) }
        #expect(try lab.events(.failuresAggregated).count == 1)
        #expect(lab.engine.history.profile("alice")?.failures.count(within: .hours(1), before: lab.clock.read().now) ?? 0 == 0)
    }

    @Test("a code that was used is used, also for another token of the same secret; and no secret is enrolled twice")
    func sharedSecret() throws {
        let lab = try Lab()
        let first = try lab.enrol()
        #expect(throws: AdminError.self) { try lab.enrol() }
        // Two rows of one secret, as an older version may have left them.
        try lab.step { engine, step in
            let token = try #require(try step.transaction.token(first))
            let id = TokenID(random: [UInt8](repeating: 1, count: 8))
            var copy = token
            copy.id = id
            copy.state = TokenState(counter: nil)
            copy.sealed = try engine.keys.seal(Secret(Lab.seed), token: id, account: "alice", engine.entropy)
            try step.transaction.insert(copy)
            for action in [TokenChanged.Action.enrolled, .confirmed] {
                try engine.record(
                    .tokenChanged(TokenChanged(action: action, token: id, kind: .totp, label: "copy", counter: nil, actor: nil)),
                    account: "alice", in: step)
            }
        }
        let code = try lab.code()
        #expect(try lab.answer(lab.begin(), code).verdict == .allow)
        #expect(try lab.answer(lab.begin(), code).verdict == .challenge)
        #expect(try lab.checks() == [.accepted, .replayed])
    }

    @Test("a session joins no attempt that still waits for its code")
    func waitingAttempt() throws {
        let lab = try Lab()
        try lab.enrol()
        let prompt = try lab.begin()
        try lab.report(.sessionOpened, attempt: prompt.attempt)
        #expect(try lab.events(.sessionOpened).map(\.attempt) == [nil])
    }

    @Test("a token whose key is lost stops nothing else that the sweep does, and other tokens are sealed anew")
    func lostKey() throws {
        let lab = try Lab()
        try lab.enrol()
        try lab.step { _, step in
            let token = try #require(try step.transaction.tokens(of: "alice").first)
            try step.transaction.reseal(token.id, keyID: "gone", sealed: token.sealed)
        }
        #expect(try lab.step { engine, step in try engine.resealTokens(in: step) } == 0)
        try lab.step { engine, step in try engine.checkKeys(in: step) }
        #expect(lab.engine.unusableKeys.count == 1)
    }

    @Test("a session's end is joined to its own account's attempt alone")
    func foreignAttempt() throws {
        let lab = try Lab([])
        let alices = try lab.begin("alice")
        try lab.report(.sessionClosed, "bob", attempt: alices.attempt)
        try lab.report(.sessionClosed, "alice", attempt: alices.attempt)
        #expect(try lab.events(.sessionClosed).map(\.attempt) == [nil, alices.attempt])
    }

    @Test("a start from what rests gives the history that a fold of the whole log gives, also when it was tampered with")
    func restored() throws {
        let lab = try Lab()
        try lab.enrol()
        let reply = try lab.answer(lab.begin(), lab.code())
        try lab.step { engine, step in try engine.rest(after: 1, in: step) }
        try lab.report(.sessionOpened, attempt: reply.attempt)
        func restored() throws -> History {
            var history = try Engine.restore(lab.ledger)
            for account in history.accountNames where history.isResting(account) {
                let row = try #require(try lab.ledger.transaction { try $0.resting(.profile, account) }?.reader())
                history.wake(account, try Profile(reader: row))
            }
            return history
        }
        #expect(try restored() == lab.engine.history)
        try lab.ledger.transaction { ledger in
            try ledger.rest([
                RestingRow(.summary, "", text: #"{"fold":\#(History.foldVersion),"grace_floor":0,"size":0}"#),
                RestingRow(.profile, "alice", text: Profile().canonicalText),
            ])
        }
        #expect(try restored() == lab.engine.history, "profiles of no events are not believed")
        // All but the last event, which is hers: a start has to read her profile.
        var most = History()
        try lab.events().dropLast().forEach { most.apply($0) }
        try lab.ledger.transaction { try $0.rest(most.takeChanges()) }
        for value in ["no profile", "[1]", #"{"addresses":[]}"#] {
            try lab.ledger.transaction { try $0.rest([RestingRow(.profile, "alice", text: value)]) }
            #expect(try restored() == lab.engine.history)
        }
        try lab.ledger.transaction {
            try $0.rest([RestingRow(.summary, "", text: #"{"fold":1,"size":999}"#)])
        }
        #expect(try restored() == lab.engine.history)
        #expect(try lab.isConsistent())
    }

    @Test("S10 with no token the prompt is the same and every answer fails")
    func noToken() throws {
        let lab = try Lab()
        try lab.enrol("alice")
        let with = try lab.begin("alice")
        let without = try lab.begin("bob")
        #expect(with.prompt?.text == without.prompt?.text && with.prompt?.state.count == without.prompt?.state.count)
        var reply = without
        for number in 0..<3 { reply = try lab.answer(reply, "12345\(number)", user: "bob") }
        #expect(reply.verdict == .deny && reply.code == "max_tries")
    }
}

/// Says as much as it may.
private struct LongestLookups: Lookups {
    func locality(of address: IPAddress, at now: Timestamp) -> Locality? { .longest }
    func list(_ name: String, holding address: IPAddress, at now: Timestamp) -> ListFact {
        ListFact(
            list: name, hash: String(repeating: "0", count: 32),
            result: .unknown(String(repeating: "x", count: Locality.reasonLimit)))
    }
    func holidays(_ calendar: String, on today: CivilDate, at now: Timestamp) -> HolidayFact.Reading {
        HolidayFact.Reading(
            days: .unknown(String(repeating: "x", count: Locality.reasonLimit)), hash: String(repeating: "0", count: 32))
    }
}
