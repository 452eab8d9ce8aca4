import NIOConcurrencyHelpers
import NIOPosix
import StepUpCore
import StepUpSources

/// Asks the account source off the event loop, with a deadline and a cache (S09). An answer that does not come in time is an
/// error, never "no such user".
public final class NameResolver: Sendable {
    public enum Answer: Hashable, Sendable {
        case account(ResolvedAccount)
        /// The source failed or was too slow (why), and this is what it said within the last hour.
        case stale(ResolvedAccount, String)
        case nobody
        /// The source failed or was too slow.
        case failed(String)

        public var account: ResolvedAccount? {
            switch self {
            case .account(let account), .stale(let account, _): account
            case .nobody, .failed: nil
            }
        }
    }

    /// Who waits. Each lane has threads of its own, because outsiders make reports about names that they invent, and those must not
    /// hold up a login.
    public enum Lane: Sendable { case login, report }

    private let source: any AccountSource
    private let logins: NIOThreadPool
    private let reports: NIOThreadPool
    private let cache = NIOLockedValueBox(Cache())
    private let lifetime: Int64
    private let waiting = NIOLockedValueBox([Lane: Int]())

    private struct Cache {
        typealias Entry = (answer: Answer, until: Int64)
        var accounts: [String: Entry] = [:]
        /// Apart, so that invented names push no account out.
        var nobodies: [String: Entry] = [:]

        mutating func put(_ answer: Answer, _ name: String, until: Int64) {
            if answer.account != nil {
                Self.put((answer, until), name, into: &accounts)
            } else {
                Self.put((answer, until), name, into: &nobodies)
            }
        }

        private static func put(_ entry: Entry, _ name: String, into entries: inout [String: Entry]) {
            if entries.count >= cacheCapacity { entries.removeAll(keepingCapacity: true) }
            entries[name] = entry
        }
    }

    static let cacheCapacity = 10_000
    /// How long an account's last answer stands in for a source that fails, in milliseconds.
    static let staleLifetime: Int64 = 3_600_000

    /// Look-ups that may wait for a source that hangs; more are failed at once.
    static func waitingLimit(_ lane: Lane) -> Int { lane == .login ? 256 : 32 }

    /// - Parameter lifetime: how long an answer is good for, in milliseconds of boot time.
    public init(_ source: any AccountSource, logins: NIOThreadPool, reports: NIOThreadPool, lifetime: Int64 = 10_000) {
        (self.source, self.logins, self.reports, self.lifetime) = (source, logins, reports, lifetime)
    }

    /// Calls `completion` once, on any thread, with what the source says; the caller keeps the deadline.
    public func resolve(
        _ name: String, for lane: Lane, at bootTime: Int64, _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        let known = cache.withLockedValue { $0.accounts[name] ?? $0.nobodies[name] }
        if let known, known.until > bootTime { return completion(known.answer) }
        let mayWait = waiting.withLockedValue { waiting in
            guard waiting[lane, default: 0] < Self.waitingLimit(lane) else { return false }
            waiting[lane, default: 0] += 1
            return true
        }
        guard mayWait else { return completion(without("NSS does not answer", name, at: bootTime)) }
        (lane == .login ? logins : reports).submit { [self] state in
            defer { waiting.withLockedValue { $0[lane, default: 0] -= 1 } }
            guard case .active = state else { return completion(.failed("the daemon is stopping")) }
            completion(ask(name, at: bootTime))
        }
    }

    private func ask(_ name: String, at bootTime: Int64) -> Answer {
        do throws(SourceError) {
            let account = try source.account(named: name)
            let answer = account.map { Answer.account($0) } ?? .nobody
            cache.withLockedValue { cache in
                // An account that is gone is gone at once.
                if account == nil { cache.accounts[name] = nil }
                cache.put(answer, name, until: bootTime + lifetime)
            }
            return answer
        } catch {
            return without(error.reason, name, at: bootTime)
        }
    }

    /// What is to be made of a source that fails or is late: its last answer, if that was an account a while ago.
    public func without(_ reason: String, _ name: String, at bootTime: Int64) -> Answer {
        let known = cache.withLockedValue { $0.accounts[name] }
        guard let known, let account = known.answer.account, bootTime < known.until + Self.staleLifetime else {
            return .failed(reason)
        }
        return .stale(account, reason)
    }

    /// Forgets all answers.
    public func forget() { cache.withLockedValue { $0 = Cache() } }
}
