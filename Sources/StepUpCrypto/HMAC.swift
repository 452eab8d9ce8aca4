import COpenSSL
import StepUpCore

/// HMAC (RFC 2104) over SHA-1, SHA-256 or SHA-512.
public enum HMAC {
    /// The whole tag, `algorithm.size` bytes.
    public static func tag(
        _ algorithm: HashAlgorithm, key: Secret, _ message: some Collection<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        let input = Array(message)
        var out = [UInt8](repeating: 0, count: algorithm.size)
        var size = 0
        // An empty key is a key (HMAC pads it), but OpenSSL wants a pointer.
        let ok = key.withBytes { key in
            var none: UInt8 = 0
            return withUnsafePointer(to: &none) { fallback in
                EVP_Q_mac(
                    nil, "HMAC", nil, algorithm.openSSLName, nil, key.baseAddress ?? UnsafeRawPointer(fallback), key.count,
                    input, input.count, &out, out.count, &size) != nil
            }
        }
        guard ok, size == algorithm.size else {
            throw CryptoError(.unavailable, "OpenSSL has no HMAC over \(algorithm.openSSLName)")
        }
        return out
    }
}

extension Secret {
    /// Whether both hold the same bytes, in a time that depends on their lengths alone.
    public func isEqual(to other: Secret) -> Bool {
        withBytes { own in
            other.withBytes { own.count == $0.count && CRYPTO_memcmp(own.baseAddress, $0.baseAddress, own.count) == 0 }
        }
    }
}
