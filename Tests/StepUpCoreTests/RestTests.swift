import StepUpTestKit
import Testing

@testable import StepUpCore

/// Rows as a store keeps them.
private struct Store {
    var rows: [RestingRow.Kind: [String: String]] = [:]

    mutating func put(_ changed: [RestingRow]) {
        for row in changed { rows[row.kind, default: [:]][row.key] = row.value }
    }

    func restore(tail: [Event]) throws -> History? {
        let all = rows.flatMap { kind, table in table.map { RestingRow(kind, $0.key, text: $0.value) } }
        guard var history = try History(resting: all, profiles: rows[.profile, default: [:]].keys.sorted()) else { return nil }
        for event in tail {
            for account in history.sleepers(of: event) { try wake(account, &history) }
            history.apply(event)
        }
        for account in history.accountNames where history.isResting(account) { try wake(account, &history) }
        return history
    }

    private func wake(_ account: String, _ history: inout History) throws {
        let value = try #require(rows[.profile]?[account])
        history.wake(account, try Profile(reader: JSONReader(try JSON(parsing: value))))
    }
}

@Suite("The history at rest")
struct RestTests {
    /// A log in which everything happens that a profile remembers.
    private let log: [Event] = {
        var events: [Event] = []
        let token = TokenID(random: [UInt8](repeating: 7, count: 8))
        for number in 0..<120 {
            let user = ["alice", "bob", "carol"][number % 3]
            let attempt = Sample.attempt(
                UInt8(number), user: user, source: "192.0.2.\(number % 7)", at: Sample.start + .minutes(Int64(number * 100)))
            func add(_ body: Event.Body, _ id: AttemptID? = nil) {
                events.append(Sample.event(body, attempt: id, account: user, at: attempt.time))
            }
            let report = Reported(service: "sshd", subject: attempt.subject, source: attempt.source, evidence: [:])
            func change(_ action: TokenChanged.Action) -> Event.Body {
                .tokenChanged(TokenChanged(action: action, token: token, kind: .totp, label: "phone", counter: 1, actor: nil))
            }
            if number < 3 { [change(.enrolled), change(.confirmed)].forEach { add($0) } }
            let facts = Facts(
                localTimes: [
                    LocalTime(zone: "UTC", offsetSeconds: 0, weekday: Weekday.allCases[number % 7], minuteOfDay: number * 11 % 1440)
                ],
                locality: Locality(
                    country: number % 4 == 0 ? .unknown("no entry") : .known(["CH", "SG", "US"][number % 3]),
                    system: .known(
                        AutonomousSystem(number: Int64(number % 5 + 1), organisation: number % 2 == 0 ? "o\(number % 3)" : nil)),
                    place: number % 4 == 0 ? .notApplicable : .known(Place(latitude: number, longitude: 0, radius: 1))))
            let decision = Decision(
                verdict: .challenge, basis: number % 2 == 0 ? .required : .notRequired, required: .otp, floor: .none,
                shadowRequired: .none, reference: nil, rules: [])
            add(
                .decided(
                    Decided(attempt: attempt, facts: facts, decision: decision, policy: "p", historySize: 0)),
                attempt.id)
            add(
                .factorChecked(
                    FactorChecked(
                        result: number % 5 == 0 ? .wrong : .accepted, round: 1, token: token, kind: .totp, counter: 3,
                        failed: number % 5 == 0 ? [token] : [], knownClient: false)), attempt.id)
            add(
                .concluded(
                    Concluded(outcome: .allowed, reason: "r", proved: .otp, graceUntil: attempt.time + .minutes(5))), attempt.id)
            if number % 4 != 0 { add(.sessionOpened(report), attempt.id) }
            if number % 3 == 0 { add(.sessionClosed(report), attempt.id) }
            if number % 11 == 0 { add(.firstFactorFailed(report)) }
            if number % 13 == 0 { add(.exemptionGranted(Sample.exemption, Sample.actor)) }
            if number % 26 == 0 { add(.exemptionRevoked(id: Sample.exemption.id, Sample.actor)) }
            if number % 17 == 0 { add(.clockStepped(byMilliseconds: 3000)) }
            if number % 29 == 0 { add(.shadowPolicy(hash: number == 29 ? nil : "s\(number)", source: "f", actor: nil)) }
            if number % 19 == 0 { add(.policyLoaded(hash: "p\(number)", source: "f", actor: nil)) }
            if number % 23 == 0 {
                add(
                    .fellBack(
                        FellBack(
                            report: report, request: "request \(number)", phase: .auth, fallback: "ignore", reason: "r",
                            time: attempt.time, bootID: "b", bootTime: 1)))
            }
        }
        return events
    }()

    @Test(
        "wherever it was put to rest, what wakes up with the events since is the fold of the whole log",
        arguments: [1, 3, 50, 1000])
    func roundTrip(every: Int) throws {
        var whole = History()
        var store = Store()
        var rested = 0
        for (index, event) in log.enumerated() {
            whole.apply(event)
            if (index + 1) % every == 0 {
                store.put(whole.takeChanges())
                whole.commit()
                rested = index + 1
            }
        }
        guard rested > 0 else {
            #expect(try store.restore(tail: []) == nil, "nothing rests")
            return
        }
        #expect(try store.restore(tail: Array(log[rested...])) == whole)
    }

    @Test("a batch that is taken back hands its rows out again")
    func takenBack() throws {
        var history = History()
        var store = Store()
        log.prefix(30).forEach { history.apply($0) }
        history.begin()
        _ = history.takeChanges()
        history.apply(log[30])
        history.rollback()
        store.put(history.takeChanges())
        #expect(try store.restore(tail: []) == history)
    }

    @Test("profiles that rest unchanged leave memory, and come back as they were")
    func forgetting() throws {
        var history = History()
        var store = Store()
        log.forEach { history.apply($0) }
        let whole = history
        store.put(history.takeChanges())
        history.commit()
        history.forgetResting(beyond: 2)
        #expect(history.isResting("alice") && history.accountCount == 3 && history.accountNames == ["alice", "bob", "carol"])
        for account in history.accountNames {
            let value = try #require(store.rows[.profile]?[account])
            history.wake(account, try Profile(reader: JSONReader(try JSON(parsing: value))))
        }
        #expect(history == whole)
    }

    @Test("what rests under another version of the fold is not used, and what is no history is an error")
    func otherVersion() throws {
        let other = RestingRow(.summary, "", JSON.record(["fold": .integer(History.foldVersion + 1)]))
        #expect(try History(resting: [other], profiles: []) == nil)
        #expect(throws: JSONError.self) { try History(resting: [RestingRow(.summary, "", text: "\"x\"")], profiles: []) }
    }

    @Test("replay finds what rests and is not what the events give")
    func compared() throws {
        var history = History()
        var store = Store()
        log.forEach { history.apply($0) }
        store.put(history.takeChanges())
        var rows = store.rows.flatMap { kind, table in table.map { RestingRow(kind, $0.key, text: $0.value) } }
        func replayed(_ rows: [RestingRow]) -> [String] {
            var replay = Replay()
            for (index, event) in log.enumerated() { _ = replay.take(event, index: Int64(index)) { _ in nil } }
            return replay.compare(resting: rows)
        }
        #expect(replayed(rows) == [])
        let index = try #require(rows.firstIndex { $0.kind == .profile && $0.key == "bob" })
        rows[index].value = Profile().canonicalText
        #expect(replayed(rows) == ["profile bob"])
        rows.remove(at: index)
        #expect(replayed(rows) == ["profile bob"])
    }
}
