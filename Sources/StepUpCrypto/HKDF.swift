import COpenSSL
import StepUpCore

/// HKDF (RFC 5869) over SHA-256: independent keys from one, each by its label (S17).
public enum HKDF {
    /// - Parameters:
    ///   - label: the `info` of RFC 5869; says what the key is for.
    ///   - size: bytes of output, at most 8160.
    public static func derive(
        from key: Secret, salt: [UInt8] = [], label: String, size: Int
    ) throws(CryptoError) -> Secret {
        guard let kdf = EVP_KDF_fetch(nil, "HKDF", nil) else { throw CryptoError(.unavailable, "OpenSSL has no HKDF") }
        defer { EVP_KDF_free(kdf) }
        guard let context = EVP_KDF_CTX_new(kdf) else { throw CryptoError(.unavailable, "no memory for HKDF") }
        defer { EVP_KDF_CTX_free(context) }
        var digest = Array("SHA256".utf8CString)
        var info = Array(label.utf8)
        var saltBytes = salt
        var out = [UInt8](repeating: 0, count: size)
        defer { OPENSSL_cleanse(&out, out.count) }
        let ok = key.withBytes { keyBytes in
            digest.withUnsafeMutableBufferPointer { digest in
                info.withUnsafeMutableBytes { info in
                    saltBytes.withUnsafeMutableBytes { salt in
                        var parameters = [
                            OSSL_PARAM_construct_utf8_string(copenssl_param_digest(), digest.baseAddress, 0),
                            OSSL_PARAM_construct_octet_string(
                                copenssl_param_key(), UnsafeMutableRawPointer(mutating: keyBytes.baseAddress), keyBytes.count),
                            OSSL_PARAM_construct_octet_string(copenssl_param_info(), info.baseAddress, info.count),
                        ]
                        if !salt.isEmpty {
                            parameters.append(
                                OSSL_PARAM_construct_octet_string(copenssl_param_salt(), salt.baseAddress, salt.count))
                        }
                        parameters.append(OSSL_PARAM_construct_end())
                        return EVP_KDF_derive(context, &out, size, parameters)
                    }
                }
            }
        }
        guard ok == 1 else { throw CryptoError(.size, "HKDF cannot give \(size) bytes from a key of \(key.count)") }
        return Secret(out)
    }
}
