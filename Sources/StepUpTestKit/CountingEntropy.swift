import StepUpCore
import StepUpCrypto
import Synchronization

/// Bytes that are never twice the same and the same in every run.
public final class CountingEntropy: Entropy {
    private let next = Mutex<UInt64>(1)

    public init() {}

    public func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        let number = next.withLock { next in
            defer { next += 1 }
            return next
        }
        return (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0 % 8))) }
    }
}
