import COpenSSL
import StepUpCore

/// HMAC (RFC 2104) over SHA-1, SHA-256 or SHA-512, under one key. Prepared once, for what takes longest is to look the algorithm up and
/// to hash the padded key; each tag then is made with a copy of what was prepared.
///
/// The key lives in OpenSSL's memory, which wipes it in the end.
public final class HMAC: Sendable {
    // Written only in init; afterwards it is only copied from, which OpenSSL lets any number of threads do.
    nonisolated(unsafe) private let prepared: OpaquePointer
    private let algorithm: HashAlgorithm

    public init(_ algorithm: HashAlgorithm, key: Secret) throws(CryptoError) {
        let missing = CryptoError(.unavailable, "OpenSSL has no HMAC over \(algorithm.openSSLName)")
        guard let mac = Self.mac, let context = EVP_MAC_CTX_new(mac) else { throw missing }
        var digest = Array(algorithm.openSSLName.utf8CString)
        // An empty key is a key (HMAC pads it), but OpenSSL wants a pointer: without one it would look for an older key.
        var none: UInt8 = 0
        let ok = key.withBytes { key in
            digest.withUnsafeMutableBufferPointer { digest in
                withUnsafePointer(to: &none) { none in
                    let parameters = [
                        OSSL_PARAM_construct_utf8_string(copenssl_param_digest(), digest.baseAddress, 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_MAC_init(
                        context, key.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? none, key.count, parameters)
                }
            }
        }
        guard ok == 1 else {
            EVP_MAC_CTX_free(context)
            throw missing
        }
        (self.algorithm, prepared) = (algorithm, context)
    }

    deinit { EVP_MAC_CTX_free(prepared) }

    /// The whole tag, `algorithm.size` bytes.
    public func tag(_ message: some Collection<UInt8>) throws(CryptoError) -> [UInt8] {
        guard let context = EVP_MAC_CTX_dup(prepared) else { throw CryptoError(.unavailable, "no memory for HMAC") }
        defer { EVP_MAC_CTX_free(context) }
        let input = Array(message)
        var out = [UInt8](repeating: 0, count: algorithm.size)
        var size = 0
        guard EVP_MAC_update(context, input, input.count) == 1, EVP_MAC_final(context, &out, &size, out.count) == 1,
            size == algorithm.size
        else { throw CryptoError(.unavailable, "OpenSSL could not make an HMAC over \(algorithm.openSSLName)") }
        return out
    }

    /// Looked up once, and never given back.
    nonisolated(unsafe) private static let mac = EVP_MAC_fetch(nil, "HMAC", nil)
}

extension Secret {
    /// Whether both hold the same bytes, in a time that depends on their lengths alone.
    public func isEqual(to other: Secret) -> Bool {
        withBytes { own in
            other.withBytes { own.count == $0.count && CRYPTO_memcmp(own.baseAddress, $0.baseAddress, own.count) == 0 }
        }
    }
}
