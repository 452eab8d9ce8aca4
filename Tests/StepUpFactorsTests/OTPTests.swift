import StepUpCore
import StepUpCrypto
import Testing

@testable import StepUpFactors

private let seed20 = Secret(utf8: "12345678901234567890")
private let seed32 = Secret(utf8: "12345678901234567890123456789012")
private let seed64 = Secret(utf8: "1234567890123456789012345678901234567890123456789012345678901234")

private func parameters(_ algorithm: HashAlgorithm = .sha1, _ digits: Int = 6, _ period: Int64 = 30) throws -> OTPParameters {
    try OTPParameters(algorithm: algorithm, digits: digits, period: period)
}

@Suite("HOTP")
struct HOTPTests {
    private static let codes = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ]

    @Test("the values of RFC 4226, appendix D")
    func vectors() throws {
        for (counter, code) in Self.codes.enumerated() {
            #expect(try HOTP.code(seed20, parameters: try parameters(), counter: Int64(counter)) == code)
        }
    }

    private func verify(_ code: String, counter: Int64, lookAhead: Int64 = 3) throws -> OTPResult {
        try HOTP.verify(
            Secret(utf8: code), secret: seed20, parameters: try parameters(), counter: counter, lookAhead: lookAhead)
    }

    @Test("a code within the window is accepted and moves the counter behind it; a used one never is again")
    func window() throws {
        #expect(try verify("755224", counter: 0) == .accepted(counter: 0, next: 1, drift: 0))
        #expect(try verify("969429", counter: 0) == .accepted(counter: 3, next: 4, drift: 0))
        #expect(try verify("338314", counter: 0) == .wrong)
        #expect(try verify("755224", counter: 1) == .replayed(counter: 0))
        #expect(try verify("755224", counter: 9) == .wrong)
    }

    @Test("two codes in a row find the counter again, and not backwards")
    func resynchronisation() throws {
        func found(_ first: String, _ second: String, counter: Int64) throws -> Int64? {
            try HOTP.resynchronise(
                Secret(utf8: first), Secret(utf8: second), secret: seed20, parameters: try parameters(), counter: counter)
        }
        #expect(try found("162583", "399871", counter: 0) == 9)
        #expect(try found("162583", "520489", counter: 0) == nil)
        #expect(try found("755224", "287082", counter: 1) == nil)
    }
}

@Suite("TOTP")
struct TOTPTests {
    @Test(
        "the values of RFC 6238, appendix B",
        arguments: [
            (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
        ] as [(Int64, String, String, String)])
    func vectors(_ time: Int64, _ sha1: String, _ sha256: String, _ sha512: String) throws {
        let now = Timestamp(seconds: time)
        #expect(try TOTP.code(seed20, parameters: try parameters(.sha1, 8), at: now) == sha1)
        #expect(try TOTP.code(seed32, parameters: try parameters(.sha256, 8), at: now) == sha256)
        #expect(try TOTP.code(seed64, parameters: try parameters(.sha512, 8), at: now) == sha512)
    }

    private let now = Timestamp(seconds: 1_700_000_010)
    private var step: Int64 { 1_700_000_010 / 30 }

    private func verify(
        _ offset: Int64, lastStep: Int64? = nil, drift: Int64 = 0, window: Int64 = 1, at time: Timestamp? = nil
    ) throws -> OTPResult {
        let code = try HOTP.code(seed20, parameters: try parameters(), counter: step + offset)
        return try TOTP.verify(
            Secret(utf8: code), secret: seed20, parameters: try parameters(), lastStep: lastStep, drift: drift,
            now: time ?? now, window: window)
    }

    @Test("one step each way is accepted, and no more")
    func window() throws {
        for offset in Int64(-1)...1 {
            #expect(try verify(offset) == .accepted(counter: step + offset, next: step + offset, drift: offset))
        }
        #expect(try verify(2) == .wrong && verify(-2) == .wrong)
        #expect(try verify(2, window: 2) != .wrong)
        #expect(try verify(1, window: 0) == .wrong)
    }

    @Test("a code is accepted once ever, and none of a step before one that was")
    func once() throws {
        #expect(try verify(0, lastStep: step) == .replayed(counter: step))
        #expect(try verify(-1, lastStep: step) == .replayed(counter: step - 1))
        #expect(try verify(1, lastStep: step) == .accepted(counter: step + 1, next: step + 1, drift: 1))
    }

    @Test("S16 after the clock was set back a used code stays refused until its step has passed")
    func clockBack() throws {
        let earlier = Timestamp(seconds: now.seconds - 30)
        #expect(try verify(0, lastStep: step, at: earlier) == .replayed(counter: step))
        #expect(try verify(-1, lastStep: step, at: earlier) == .replayed(counter: step - 1))
    }

    @Test("a token whose clock drifts is followed, up to ten steps")
    func drift() throws {
        #expect(try verify(3) == .wrong)
        #expect(try verify(3, drift: 2) == .accepted(counter: step + 3, next: step + 3, drift: 3))
        #expect(try verify(11, drift: 10) == .accepted(counter: step + 11, next: step + 11, drift: 10))
    }

    @Test("a 60-second token steps by the minute")
    func period() throws {
        let code = try TOTP.code(seed20, parameters: try parameters(.sha1, 6, 60), at: now)
        #expect(code == (try HOTP.code(seed20, parameters: try parameters(), counter: now.seconds / 60)))
    }
}

@Suite("Answers as they are typed")
struct AnswerTests {
    @Test(
        "what is not a code is malformed, and is not looked at",
        arguments: [
            "", "12345", "1234567", "12345a", "１２３４５６", "123456\u{0}", "-12345", "+12345", String(repeating: " ", count: 5000),
        ])
    func malformed(_ text: String) throws {
        let result = try HOTP.verify(
            Secret(utf8: text), secret: seed20, parameters: try parameters(), counter: 0, lookAhead: 10)
        #expect(result == .malformed)
    }

    @Test("blanks between digits are tolerated, as apps show them")
    func blanks() throws {
        for text in ["755 224", " 755224 ", "7 5 5 2 2 4"] {
            let result = try HOTP.verify(
                Secret(utf8: text), secret: seed20, parameters: try parameters(), counter: 0, lookAhead: 0)
            #expect(result == .accepted(counter: 0, next: 1, drift: 0))
        }
    }

    @Test("parameters out of range are refused with what is allowed")
    func ranges() {
        #expect(throws: FactorError.self) { try OTPParameters(digits: 5) }
        #expect(throws: FactorError.self) { try OTPParameters(digits: 9) }
        #expect(throws: FactorError.self) { try OTPParameters(period: 0) }
        #expect(throws: FactorError.self) { try OTPParameters(period: 31) }
    }
}

@Suite("Enrolment")
struct EnrolmentTests {
    @Test("base 32 of RFC 4648, section 10, and back")
    func base32() {
        let pairs = [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ]
        for (plain, coded) in pairs {
            #expect(Base32.encode(plain.utf8) == coded)
            #expect(Base32.decode(coded.utf8) == Array(plain.utf8))
        }
        #expect(Base32.decode("mzxw 6ytb-oi======".utf8) == Array("foobar".utf8))
        for text in ["M", "MZX", "MZXW6Y", "MZXW1", "MY======M", "MZ"] { #expect(Base32.decode(text.utf8) == nil) }
    }

    @Test("the otpauth URI says all that an app needs, escaped")
    func uri() throws {
        let uri = OTPAuthURI.make(
            kind: .totp, issuer: "Brokers & Co", account: "alice@trading1", secret: seed20,
            parameters: try parameters(.sha256, 8, 60))
        #expect(
            uri.withBytes { String(decoding: $0, as: UTF8.self) }
                == "otpauth://totp/Brokers%20%26%20Co:alice%40trading1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Brokers%20%26%20Co&algorithm=SHA256&digits=8&period=60"
        )
        #expect("\(uri)" == "<secret>")
    }
}
