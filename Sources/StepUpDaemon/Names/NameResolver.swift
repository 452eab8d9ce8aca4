import NIOConcurrencyHelpers
import NIOPosix
import StepUpCore
import StepUpSources

/// Asks the account source off the event loop, with a deadline and a cache (S09). An answer that does not come in time is an
/// error, never "no such user".
public final class NameResolver: Sendable {
    public enum Answer: Hashable, Sendable {
        case account(ResolvedAccount)
        case nobody
        /// The source failed or was too slow.
        case failed(String)
    }

    private let source: any AccountSource
    private let threads: NIOThreadPool
    private let cache = NIOLockedValueBox<[String: (answer: Answer, until: Int64)]>([:])
    private let lifetime: Int64
    private let waiting = NIOLockedValueBox(0)

    static let cacheCapacity = 10_000
    /// Look-ups that may wait for a source that hangs; more are failed at once.
    static let waitingLimit = 256

    /// - Parameter lifetime: how long an answer is good for, in milliseconds of boot time.
    public init(_ source: any AccountSource, threads: NIOThreadPool, lifetime: Int64 = 10_000) {
        (self.source, self.threads, self.lifetime) = (source, threads, lifetime)
    }

    /// Calls `completion` once, on any thread, with what the source says; the caller keeps the deadline.
    public func resolve(_ name: String, at bootTime: Int64, _ completion: @escaping @Sendable (Answer) -> Void) {
        if let known = cache.withLockedValue({ $0[name] }), known.until > bootTime { return completion(known.answer) }
        guard
            waiting.withLockedValue({ count in
                count += 1
                return count <= Self.waitingLimit
            })
        else {
            waiting.withLockedValue { $0 -= 1 }
            return completion(.failed("NSS does not answer"))
        }
        threads.submit { [self] state in
            defer { waiting.withLockedValue { $0 -= 1 } }
            guard case .active = state else { return completion(.failed("the daemon is stopping")) }
            let answer: Answer
            do throws(SourceError) { answer = try source.account(named: name).map { .account($0) } ?? .nobody } catch {
                return completion(.failed(error.reason))
            }
            cache.withLockedValue { cache in
                if cache.count >= Self.cacheCapacity { cache.removeAll(keepingCapacity: true) }
                cache[name] = (answer, bootTime + lifetime)
            }
            completion(answer)
        }
    }

    /// Forgets all answers.
    public func forget() { cache.withLockedValue { $0.removeAll() } }
}
