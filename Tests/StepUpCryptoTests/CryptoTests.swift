import StepUpCore
import StepUpCrypto
import Testing

private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
private func revealed(_ secret: Secret) -> String { secret.withBytes { Hex.encode($0) } }

@Suite("Crypto against published vectors")
struct CryptoTests {
    @Test("SHA-256 of FIPS 180-4's examples")
    func digest() throws {
        #expect(try sha256([]).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(try sha256(Array("abc".utf8)).description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("a hasher that is used again gives the same digests as a new one")
    func hasherReuse() throws {
        let hasher = try SHA256Hasher()
        for size in [0, 1, 55, 56, 64, 65, 4096] {
            let input = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            #expect(hasher.hash(prefix: 7, input) == (try sha256([7] + input)))
        }
    }

    @Test("HMAC of RFC 4231, case 2, and RFC 2202, case 2")
    func hmac() throws {
        let (key, message) = (Secret(utf8: "Jefe"), Array("what do ya want for nothing?".utf8))
        #expect(
            Hex.encode(try HMAC(.sha256, key: key).tag(message))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(Hex.encode(try HMAC(.sha1, key: key).tag(message)) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        #expect(
            Hex.encode(try HMAC(.sha512, key: key).tag(message))
                == "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        )
    }

    @Test("an HMAC is good for any number of messages, under an empty key too")
    func hmacAgain() throws {
        let mac = try HMAC(.sha256, key: Secret([]))
        let empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(Hex.encode(try mac.tag([])) == empty)
        #expect(Hex.encode(try mac.tag([1, 2, 3])) != empty)
        #expect(Hex.encode(try mac.tag([])) == empty)
    }

    @Test("HKDF of RFC 5869, A.3, and a salt makes another key")
    func hkdf() throws {
        let key = Secret(try bytes("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"))
        #expect(
            revealed(try HKDF.derive(from: key, label: "", size: 42))
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        let label = String(decoding: try bytes("6162"), as: UTF8.self)
        let salted = try HKDF.derive(from: key, salt: try bytes("000102030405060708090a0b0c"), label: label, size: 42)
        #expect(revealed(salted) != revealed(try HKDF.derive(from: key, label: label, size: 42)))
    }

    @Test("AES-256-GCM of the GCM specification, test case 16")
    func gcm() throws {
        let key = Secret(try bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let plain = Secret(
            try bytes(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
            ))
        let nonce = try bytes("cafebabefacedbaddecaf888")
        let associated = try bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let sealed = try AESGCM.seal(plain, key: key, nonce: nonce, associated: associated)
        #expect(
            Hex.encode(sealed)
                == "cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(revealed(try AESGCM.open(sealed, key: key, associated: associated)) == revealed(plain))
    }

    @Test("a sealed text opens with nothing changed: not a bit, not the key, not what it is bound to")
    func gcmRefuses() throws {
        let key = Secret([UInt8](repeating: 1, count: 32))
        let sealed = try AESGCM.seal(Secret(utf8: "secret"), key: key, nonce: [UInt8](repeating: 2, count: 12), associated: [3])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: CryptoError.self) { try AESGCM.open(changed, key: key, associated: [3]) }
        }
        #expect(throws: CryptoError.self) {
            try AESGCM.open(sealed, key: Secret([UInt8](repeating: 9, count: 32)), associated: [3])
        }
        #expect(throws: CryptoError.self) { try AESGCM.open(sealed, key: key, associated: [4]) }
        for length in 0..<28 {
            #expect(throws: CryptoError.self) { try AESGCM.open(Array(sealed.prefix(length)), key: key, associated: [3]) }
        }
    }

    @Test("comparison is by value, also of different lengths")
    func comparison() {
        #expect(Secret([1, 2]).isEqual(to: Secret([1, 2])))
        #expect(!Secret([1, 2]).isEqual(to: Secret([1, 3])))
        #expect(!Secret([1, 2]).isEqual(to: Secret([1, 2, 3])))
        #expect(Secret([]).isEqual(to: Secret([])))
    }

    @Test("entropy gives as many bytes as are asked for, and others each time")
    func entropy() throws {
        let source = SystemEntropy()
        #expect(try source.bytes(32).count == 32)
        #expect(try source.bytes(32) != source.bytes(32))
    }
}
