import Logging
import NIOConcurrencyHelpers
import NIOPosix
import StepUpCore
import StepUpLedger
import StepUpSources
import StepUpTestKit

import Testing

@testable import StepUpDaemon
@testable import StepUpWire

/// A name service that answers when it is told to.
private final class SlowAccounts: AccountSource {
    let gate = NIOLockedValueBox(false)
    let asked = NIOLockedValueBox(0)

    func account(named name: String) throws(SourceError) -> ResolvedAccount? {
        asked.withLockedValue { $0 += 1 }
        while !gate.withLockedValue({ $0 }) { usleep(1000) }
        return ResolvedAccount(name: name, uid: 1, groups: [])
    }
    func account(uid: UInt32) throws(SourceError) -> ResolvedAccount? { nil }
}

@Suite("Sequencer")
struct SequencerTests {
    private func event(_ engine: inout Engine, _ step: Step) throws { try engine.record(.notCompleted, in: step) }

    private func sequencer(_ fault: FaultyLedger.Point?) throws -> (Sequencer, NIOThreadPool) {
        let control = FaultyLedger.Control()
        control.fault = fault
        let ledger = FaultyLedger(try SQLiteLedger(path: nil), control)
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let engine = try Lab([]).engine
        return (
            Sequencer(
                engine: engine, ledger: ledger, reserve: DiskReserve(ledger: "", size: 0), clock: ManualClock(), loop: loop,
                thread: pool,
                connections: Connections(),
                logger: Logger(label: "test")), pool
        )
    }

    @Test(
        "S19 what could not be written is not answered, and the history is as before",
        arguments: [FaultyLedger.Point.notPersisted, .persistedButErrored])
    func faults(_ fault: FaultyLedger.Point) async throws {
        let (sequencer, pool) = try sequencer(fault)
        await #expect(throws: (any Error).self) {
            try await sequencer.perform { engine, step in try engine.record(.notCompleted, in: step) }
        }
        // Whether it was written is found out from the database; then the log and its fold agree again.
        let sizes = try await sequencer.perform { engine, step -> (Int64, Int64) in
            let before = engine.history.size
            try engine.record(.notCompleted, in: step)
            return (before, engine.history.size)
        }
        #expect(sizes.0 == (fault == .persistedButErrored ? 1 : 0) && sizes.1 == sizes.0 + 1)
        try await pool.shutdownGracefully()
    }

    @Test("one request that cannot be done does not spoil those that came with it")
    func isolation() async throws {
        let (sequencer, pool) = try sequencer(nil)
        struct Bad: Error {}
        let results = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    do {
                        try await sequencer.perform { engine, step in
                            try engine.record(.notCompleted, in: step)
                            if number % 10 == 0 { throw Bad() }
                        }
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let size = try await sequencer.perform { engine, _ in engine.history.size }
        #expect(results == 45 && size == 45)
        try await pool.shutdownGracefully()
    }

    @Test("after it was closed nothing is taken, and everybody hears of it")
    func closing() async throws {
        let (sequencer, pool) = try sequencer(nil)
        await sequencer.close { engine, step in try engine.record(.notCompleted, in: step) }
        await #expect(throws: SequencerError.self) { try await sequencer.perform { _, _ in } }
        try await pool.shutdownGracefully()
    }
}

@Suite("Names")
struct NameTests {
    @Test("S09 a name service that hangs holds nobody beyond the deadline, and is not asked without end")
    func deadline() async throws {
        let accounts = SlowAccounts()
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let resolver = NameResolver(accounts, logins: threads, reports: threads)
        let answered = NIOLockedValueBox<[NameResolver.Answer]>([])
        for number in 0..<1000 {
            resolver.resolve("user\(number)", for: .login, at: 0) { answer in answered.withLockedValue { $0.append(answer) } }
        }
        // Beyond what may wait, the rest is failed at once: an error, never "no such user".
        #expect(answered.withLockedValue { $0.count } >= 1000 - NameResolver.waitingLimit(.login))
        #expect(answered.withLockedValue { $0.allSatisfy { if case .failed = $0 { true } else { false } } })
        accounts.gate.withLockedValue { $0 = true }
        try await threads.shutdownGracefully()
        #expect(answered.withLockedValue { $0.count } == 1000)
    }

    @Test("S09 an answer is cached for ten seconds")
    func cache() async throws {
        let accounts = SlowAccounts()
        accounts.gate.withLockedValue { $0 = true }
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let resolver = NameResolver(accounts, logins: threads, reports: threads)
        for time: Int64 in [0, 9_000, 11_000] {
            await withCheckedContinuation { done in resolver.resolve("alice", for: .login, at: time) { _ in done.resume() } }
        }
        #expect(accounts.asked.withLockedValue { $0 } == 2)
        try await threads.shutdownGracefully()
    }
}

extension NameTests {
    @Test(
        "S09 a flood of reports about invented names holds up no login, and a source that fails is stood in for by its last answer")
    func lanes() async throws {
        let accounts = SlowAccounts()
        accounts.gate.withLockedValue { $0 = true }
        let (logins, reports) = (NIOThreadPool(numberOfThreads: 1), NIOThreadPool(numberOfThreads: 1))
        logins.start()
        reports.start()
        let resolver = NameResolver(accounts, logins: logins, reports: reports)
        func ask(_ name: String, at time: Int64) async -> NameResolver.Answer {
            await withCheckedContinuation { done in
                resolver.resolve(name, for: .login, at: time) { done.resume(returning: $0) }
            }
        }
        let alice = try #require(await ask("alice", at: 0).account)
        accounts.gate.withLockedValue { $0 = false }
        for number in 0..<500 { resolver.resolve("invented\(number)", for: .report, at: 0) { _ in } }
        #expect(accounts.asked.withLockedValue { $0 } <= 3, "the reports wait for their own thread")
        #expect(await ask("alice", at: 5_000) == .account(alice))
        #expect(resolver.without("late", "alice", at: 20_000) == .stale(alice, "late"))
        #expect(resolver.without("late", "alice", at: 20_000 + NameResolver.staleLifetime) == .failed("late"))
        #expect(resolver.without("late", "bob", at: 0) == .failed("late"))
        accounts.gate.withLockedValue { $0 = true }
        #expect(await ask("bob", at: 20_000).account?.name == "bob")
        try await logins.shutdownGracefully()
        try await reports.shutdownGracefully()
    }
}

@Suite("Clock")
struct ClockTests {
    @Test("S16 a clock that is set is noticed, one that is slewed or that slept is not")
    func steps() {
        var detector = ClockStepDetector()
        let clock = ManualClock()
        #expect(detector.step(clock.read()) == nil)
        clock.advance(.hours(8))
        #expect(detector.step(clock.read()) == nil)
        clock.set(by: Span(milliseconds: 500))
        #expect(detector.step(clock.read()) == nil)
        clock.set(by: .seconds(-5))
        #expect(detector.step(clock.read()) == -5000)
        clock.reboot()
        #expect(detector.step(clock.read()) == nil)
    }
}

@Suite("Facts of a request")
struct FactTests {
    @Test("the key's fingerprint is what ssh-keygen prints")
    func fingerprint() throws {
        let lab = try Lab()
        var facts = try lab.facts("alice")
        facts.sshAuthInfo = Array(
            "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n".utf8)
        #expect(try AttemptFacts.key(facts, .ssh).value?.fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU")
    }

    @Test("the source is sshd's own word before PAM_RHOST, and a host name is unknown")
    func source() throws {
        let lab = try Lab()
        var facts = try lab.facts("alice", source: "192.0.2.1")
        facts.rhost = Array("198.51.100.1".utf8)
        #expect(AttemptFacts.source(facts, .ssh).value?.description == "192.0.2.1")
        facts.sshConnection = nil
        #expect(AttemptFacts.source(facts, .ssh).value?.description == "198.51.100.1")
        facts.rhost = Array("client.example".utf8)
        #expect(AttemptFacts.source(facts, .ssh) == .unknown("host name"))
        facts.rhost = nil
        #expect(AttemptFacts.source(facts, .ssh) == .unknown("missing"))
        #expect(AttemptFacts.source(facts, .stack) == .notApplicable)
        facts.sshConnection = Array("192.0.2.1 50000 192.0.2.2".utf8)
        #expect(AttemptFacts.source(facts, .ssh) == .unknown("malformed"))
    }

    @Test("S13 a declared jump host is unknown, never known")
    func shared() throws {
        let facts = try Lab().facts("alice", source: "192.0.2.1")
        var policy = Sample.policy([])
        policy.sharedSources = [CIDR("192.0.2.0/24")].compactMap { $0 }
        #expect(policy.unshared(AttemptFacts.source(facts, .ssh)) == .unknown("shared address"))
    }

    @Test("base 64 is read strictly")
    func base64() {
        #expect(Base64.decode("Zm9v") == Array("foo".utf8) && Base64.decode("Zm8=") == Array("fo".utf8))
        for text in ["Z", "Zm9v!", "Zm9=v", "Zm9=="] { #expect(Base64.decode(text) == nil) }
        #expect(Base64.encodeUnpadded([0xfb, 0xff]) == "+/8")
    }
}
