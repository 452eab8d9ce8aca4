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
        // Each number to other bytes of all values, as real randomness has them.
        var word = number &* 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { index in
            if index % 8 == 0 { word = (word ^ word >> 29) &* 0xBF58_476D_1CE4_E5B9 }
            return UInt8(truncatingIfNeeded: word >> (8 * UInt64(index % 8)))
        }
    }
}
