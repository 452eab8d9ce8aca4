import COpenSSL
import StepUpCore

/// Where randomness comes from; a parameter everywhere, so that tests can fix it.
public protocol Entropy: Sendable {
    /// `count` unpredictable bytes.
    func bytes(_ count: Int) throws(CryptoError) -> [UInt8]
}

/// OpenSSL's generator, seeded by the kernel.
public struct SystemEntropy: Entropy {
    public init() {}

    public func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&out, Int32(count)) == 1 else { throw CryptoError(.entropy, "the system has no randomness to give") }
        return out
    }
}
