import COpenSSL
import StepUpCore

/// AES-256-GCM (NIST SP 800-38D): `nonce (12) ‖ ciphertext ‖ tag (16)`.
public enum AESGCM {
    public static let keySize = 32
    public static let nonceSize = 12
    public static let tagSize = 16

    /// Looked up once, and never given back; OpenSSL lets any number of threads use it.
    nonisolated(unsafe) private static let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

    /// Seals `plaintext`. A nonce must never be used twice under a key: draw it at random.
    public static func seal(
        _ plaintext: Secret, key: Secret, nonce: [UInt8], associated: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        try check(key, nonce)
        let context = try newContext()
        defer { EVP_CIPHER_CTX_free(context) }
        var out = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: tagSize)
        var written: Int32 = 0
        var ok = key.withBytes { key in
            EVP_EncryptInit_ex2(context, cipher, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce, nil)
        }
        ok &= EVP_EncryptUpdate(context, nil, &written, associated, Int32(associated.count))
        ok &= plaintext.withBytes { input in
            EVP_EncryptUpdate(
                context, &out, &written, input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count))
        }
        var last: UInt8 = 0
        ok &= EVP_EncryptFinal_ex(context, &last, &written)
        ok &= EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), &tag)
        guard ok == 1 else { throw CryptoError(.unavailable, "OpenSSL could not seal with AES-256-GCM") }
        return nonce + out + tag
    }

    /// Opens what `seal` made.
    /// - Throws: `authentication` if the key, the associated data or a byte is not the same.
    public static func open(_ sealed: [UInt8], key: Secret, associated: [UInt8]) throws(CryptoError) -> Secret {
        guard sealed.count >= nonceSize + tagSize else { throw CryptoError(.authentication, "too short to be sealed") }
        let nonce = Array(sealed.prefix(nonceSize))
        try check(key, nonce)
        let body = Array(sealed.dropFirst(nonceSize).dropLast(tagSize))
        var tag = Array(sealed.suffix(tagSize))
        let context = try newContext()
        defer { EVP_CIPHER_CTX_free(context) }
        var out = [UInt8](repeating: 0, count: body.count)
        defer { OPENSSL_cleanse(&out, out.count) }
        var written: Int32 = 0
        var ok = key.withBytes { key in
            EVP_DecryptInit_ex2(context, cipher, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce, nil)
        }
        ok &= EVP_DecryptUpdate(context, nil, &written, associated, Int32(associated.count))
        ok &= EVP_DecryptUpdate(context, &out, &written, body, Int32(body.count))
        ok &= EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag)
        var last: UInt8 = 0
        guard ok == 1, EVP_DecryptFinal_ex(context, &last, &written) == 1 else {
            throw CryptoError(.authentication, "not what was sealed: another key, other associated data, or changed bytes")
        }
        return Secret(out)
    }

    private static func check(_ key: Secret, _ nonce: [UInt8]) throws(CryptoError) {
        guard key.count == keySize, nonce.count == nonceSize else {
            throw CryptoError(.size, "a key of 32 bytes and a nonce of 12 are needed")
        }
    }

    private static func newContext() throws(CryptoError) -> OpaquePointer {
        guard cipher != nil else { throw CryptoError(.unavailable, "OpenSSL has no AES-256-GCM") }
        guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError(.unavailable, "no memory for a cipher") }
        return context
    }
}
