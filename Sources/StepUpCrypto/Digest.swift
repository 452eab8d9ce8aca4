import COpenSSL
import StepUpCore

/// 32 bytes of SHA-256 (FIPS 180-4), by value.
public struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    public static let size = 32

    init() {}

    /// `nil` unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Lower-case hex.
    public var description: String { Hex.encode(bytes) }

    public static func == (a: Self, b: Self) -> Bool { a.words == b.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// The digests in use.
public enum HashAlgorithm: String, CaseIterable, Hashable, Sendable {
    case sha1, sha256, sha512

    /// Bytes of output.
    public var size: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    var openSSLName: String {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        }
    }
}

/// SHA-256 with a context that is used again and again: on the small inputs of the tree that is three times as fast as a
/// context each. Belongs to one thread.
public final class SHA256Hasher {
    private let context: OpaquePointer
    private let digest: OpaquePointer

    public init() throws(CryptoError) {
        guard let digest = EVP_MD_fetch(nil, "SHA256", nil) else {
            throw CryptoError(.unavailable, "OpenSSL has no SHA-256")
        }
        guard let context = EVP_MD_CTX_new() else {
            EVP_MD_free(digest)
            throw CryptoError(.unavailable, "no memory for a digest")
        }
        (self.digest, self.context) = (digest, context)
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(digest)
    }

    /// SHA-256 of `prefix ‖ first ‖ second`.
    public func hash(prefix: UInt8, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer? = nil) -> SHA256Digest {
        var result = SHA256Digest()
        var tag = prefix
        var ok = EVP_DigestInit_ex2(context, digest, nil)
        ok &= EVP_DigestUpdate(context, &tag, 1)
        ok &= EVP_DigestUpdate(context, first.baseAddress, first.count)
        if let second { ok &= EVP_DigestUpdate(context, second.baseAddress, second.count) }
        withUnsafeMutableBytes(of: &result.words) { out in
            ok &= EVP_DigestFinal_ex(context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        // Once fetched, SHA-256 cannot fail on memory; a tree with a wrong hash in it would be worse than a stop.
        precondition(ok == 1, "SHA-256 failed")
        return result
    }

    public func hash(prefix: UInt8, _ first: [UInt8]) -> SHA256Digest {
        first.withUnsafeBytes { hash(prefix: prefix, $0) }
    }

    public func hash(prefix: UInt8, _ first: SHA256Digest, _ second: SHA256Digest) -> SHA256Digest {
        withUnsafeBytes(of: first.words) { a in withUnsafeBytes(of: second.words) { b in hash(prefix: prefix, a, b) } }
    }
}

/// SHA-256 of a whole message.
public func sha256(_ bytes: some Collection<UInt8>) throws(CryptoError) -> SHA256Digest {
    var result = SHA256Digest()
    let input = Array(bytes)
    let ok = withUnsafeMutableBytes(of: &result.words) { out in
        EVP_Q_digest(nil, "SHA256", nil, input, input.count, out.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
    }
    guard ok == 1 else { throw CryptoError(.unavailable, "OpenSSL has no SHA-256") }
    return result
}
