import Foundation
import GRDB
import StepUpCore
import StepUpTestKit
import Testing

@testable import StepUpLedger

private func token(_ id: UInt8 = 1, account: String = "alice", counter: Int64? = nil) -> StoredToken {
    StoredToken(
        id: TokenID(random: [UInt8](repeating: id, count: 8)), account: account, kind: .totp, parameters: .object([]), keyID: "k1",
        sealed: [1, 2, 3], state: TokenState(counter: counter))
}

@Suite("The ledger in SQLite")
struct LedgerTests {
    private func event(_ number: Int) -> Event {
        if number == 0 { return Sample.event(.ledgerInitialised(origin: "fleet/host", keyID: "k1"), account: nil) }
        return Sample.event(.clockStepped(byMilliseconds: Int64(number)), attempt: Sample.id(UInt8(number % 250)), account: "alice")
    }

    @Test("what was appended is there after a restart, in order, under the same root")
    func restart() throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteLedger(path: "\(folder.path)/l.db", create: true)
        for number in 0..<100 { _ = try first.transaction { try $0.append(event(number)) } }
        let head = try first.head()
        try first.close()
        let second = try SQLiteLedger(path: "\(folder.path)/l.db")
        #expect(try second.head() == head && second.size() == 100)
        var read: [Event] = []
        try second.events(from: 0) { _, event in read.append(event) }
        #expect(read == (0..<100).map(event))
        try second.close()
        let verified = try LedgerReader(path: "\(folder.path)/l.db").verify()
        #expect(verified.differences.isEmpty && verified.root == head.root && verified.size == 100)
    }

    @Test("a transaction is whole or not at all: a throw leaves neither event, token, challenge nor root")
    func atomic() throws {
        let ledger = try SQLiteLedger(path: nil)
        _ = try ledger.transaction { try $0.append(event(0)) }
        let head = try ledger.head()
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try ledger.transaction { transaction in
                try transaction.append(event(1))
                try transaction.insert(token())
                throw Stop()
            }
        }
        #expect(try ledger.head() == head && ledger.size() == 1)
        #expect(try ledger.transaction { try $0.tokens(of: "alice") }.isEmpty)
        #expect(try ledger.transaction { try $0.append(event(1)) } == 1)
    }

    @Test("a token's state changes by compare-and-swap alone")
    func compareAndSwap() throws {
        let ledger = try SQLiteLedger(path: nil)
        let old = token()
        try ledger.transaction { try $0.insert(old) }
        try ledger.transaction { try $0.updateState(of: old, to: TokenState(counter: 5)) }
        let error = #expect(throws: LedgerError.self) {
            try ledger.transaction { try $0.updateState(of: old, to: TokenState(counter: 6)) }
        }
        #expect(error?.code == .conflict)
        #expect(try ledger.transaction { try $0.tokens(of: "alice") }.first?.state.counter == 5)
    }

    @Test("challenges are found by their time, oldest first, and go")
    func challenges() throws {
        let ledger = try SQLiteLedger(path: nil)
        try ledger.transaction { transaction in
            for number in 0..<3 {
                try transaction.insert(
                    StoredChallenge(
                        attempt: Sample.id(UInt8(number)), binding: "b", round: 1,
                        expires: Sample.start + .seconds(Int64(9 - number)), bootID: "x", bootTimeExpires: 7,
                        wrongAnswers: ["aa", "bb"]))
            }
            let due = try transaction.challenges(
                expiredAt: Sample.start + .seconds(8), bootID: "x", bootTime: 6, limit: 9)
            #expect(due.map(\.attempt) == [Sample.id(2), Sample.id(1)] && due[0].wrongAnswers == ["aa", "bb"])
            func count(_ boot: String, _ time: Int64) throws -> Int {
                try transaction.challenges(expiredAt: Sample.start, bootID: boot, bootTime: time, limit: 9).count
            }
            #expect(try count("x", 6) == 0 && count("x", 7) == 3, "S16 by the boot's clock, too")
            #expect(try count("w", 0) == 3 && count("y", 0) == 3, "S16 and all of another boot")
            try transaction.removeChallenge(of: Sample.id(2))
            #expect(try transaction.challenge(of: Sample.id(2)) == nil)
            #expect(try transaction.challenge(of: Sample.id(1))?.binding == "b")
        }
    }

    @Test("S24 an event beyond 8 KiB is refused before anything is written")
    func size() throws {
        let ledger = try SQLiteLedger(path: nil)
        let large = Sample.event(.policyRejected(reason: String(repeating: "x", count: 9000), source: "f", actor: nil))
        let error = #expect(throws: LedgerError.self) { try ledger.transaction { try $0.append(large) } }
        #expect(error?.code == .tooLarge)
        #expect(try ledger.size() == 0)
    }

    @Test("a missing file is an error that says what to do, never a new ledger")
    func missing() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: "\(folder.path)/none.db") }
        #expect(error?.reason.contains("stepupctl init") == true)
        #expect(throws: LedgerError.self) { try LedgerReader(path: "\(folder.path)/none.db") }
    }

    @Test("a file that is no database is an error, and stays as it is")
    func garbage() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/l.db"
        try Data("not a database, but somebody's notes; long enough for a header".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try SQLiteLedger(path: path, create: true) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 62)
    }

    @Test("durability is what the connection says, not what was asked for")
    func durable() throws {
        let folder = try TemporaryFolder()
        let ledger = try SQLiteLedger(path: "\(folder.path)/l.db", create: true)
        #expect(try ledger.durability() == .init(journalMode: "wal", synchronous: 2, recursiveTriggers: 1))
    }

    @Test("the attempt of a module's request is found, and another's is not")
    func requests() throws {
        let ledger = try SQLiteLedger(path: nil)
        let attempt = Sample.attempt()
        let decision = decide(attempt, History().view(for: attempt), Sample.policy([]), Sample.noFacts)
        try ledger.transaction { transaction in
            try transaction.append(
                Sample.event(
                    .decided(Decided(attempt: attempt, facts: Sample.noFacts, decision: decision, policy: "p", historySize: 0)),
                    attempt: attempt.id))
            #expect(try transaction.attempt(ofRequest: attempt.request, limit: 10)?.id == attempt.id)
            #expect(try transaction.attempt(ofRequest: String(attempt.request.reversed()), limit: 10) == nil)
            #expect(try transaction.attempt(ofRequest: attempt.request, limit: 0) == nil)
        }
    }

    @Test("a reader filters by account, attempt, code and time, and takes the latest")
    func filters() throws {
        let folder = try TemporaryFolder()
        let ledger = try SQLiteLedger(path: "\(folder.path)/l.db", create: true)
        try ledger.transaction { transaction in
            for number in 0..<10 {
                try transaction.append(
                    Sample.event(
                        number % 2 == 0 ? .notCompleted : .clockStepped(byMilliseconds: 1), attempt: Sample.id(UInt8(number)),
                        account: number < 5 ? "alice" : "bob", at: Sample.start + .seconds(Int64(number))))
            }
        }
        let reader = try LedgerReader(path: "\(folder.path)/l.db")
        func indices(_ change: (inout LedgerReader.Filter) -> Void) throws -> [Int64] {
            var filter = LedgerReader.Filter()
            change(&filter)
            return try reader.entries(filter).map(\.index)
        }
        #expect(try indices { $0.account = "bob" } == [5, 6, 7, 8, 9])
        #expect(try indices { $0.codes = [.loginNotCompleted] } == [0, 2, 4, 6, 8])
        #expect(try indices { $0.attempt = Sample.id(3) } == [3])
        #expect(try indices { $0.since = Sample.start + .seconds(8) } == [8, 9])
        #expect(try indices { $0.until = Sample.start + .seconds(2) } == [0, 1])
        #expect(try indices { $0.last = 2 } == [8, 9])
        #expect(throws: (any Error).self) { try reader.reading { try $0.execute(sql: "CREATE TABLE x (y)") } }
    }
}
