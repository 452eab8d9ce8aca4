import StepUpCore
import StepUpCrypto

/// HMAC-based one-time passwords (RFC 4226): OATH hardware tokens.
public enum HOTP {
    /// The code for `counter`: dynamic truncation (RFC 4226, 5.3), as a number below 10^digits.
    /// - Parameter mac: `parameters.algorithm` under the token's secret.
    static func value(_ mac: HMAC, _ parameters: OTPParameters, counter: Int64) throws(CryptoError) -> UInt32 {
        let tag = try mac.tag(withUnsafeBytes(of: counter.bigEndian) { Array($0) })
        let offset = Int(tag[tag.count - 1] & 15)
        let bits = tag[offset..<offset + 4].bigEndian(as: UInt32.self)
        return (bits & 0x7fff_ffff) % powerOfTen(parameters.digits)
    }

    /// The code for `counter`, as it is typed: with leading zeros.
    public static func code(_ secret: Secret, parameters: OTPParameters, counter: Int64) throws(CryptoError) -> String {
        let text = String(try value(HMAC(parameters.algorithm, key: secret), parameters, counter: counter))
        return String(repeating: "0", count: parameters.digits - text.utf8.count) + text
    }

    /// Looks at an answer.
    /// - Parameters:
    ///   - counter: the next one expected.
    ///   - lookAhead: how many beyond it are accepted too (RFC 4226, 7.4).
    /// - Returns: `replayed` for the code of one of the `lookAhead` counters before.
    public static func verify(
        _ answer: Secret, secret: Secret, parameters: OTPParameters, counter: Int64, lookAhead: Int64
    ) throws(CryptoError) -> OTPResult {
        guard let typed = TypedCode(answer, digits: parameters.digits) else { return .malformed }
        let mac = try HMAC(parameters.algorithm, key: secret)
        var match: Int64?
        // Every candidate is computed and compared, so that time does not tell which one it was.
        for candidate in max(0, counter - lookAhead)...(counter + lookAhead) {
            let isEqual = typed.equals(try value(mac, parameters, counter: candidate))
            // A new code goes before a used one with the same digits.
            if isEqual, match == nil || (match ?? 0) < counter { match = candidate }
        }
        guard let match else { return .wrong }
        return match >= counter ? .accepted(counter: match, next: match + 1, drift: 0) : .replayed(counter: match)
    }

    /// How far ahead a token that was pressed too often is looked for, by two codes in a row (RFC 4226, 7.4).
    public static let resynchronisationWindow: Int64 = 1000

    /// Finds the counter of a token anew by two consecutive codes, `first` and then `second`.
    /// - Returns: the next counter to expect, or nil if the two stand nowhere ahead of `counter`, one after the other.
    public static func resynchronise(
        _ first: Secret, _ second: Secret, secret: Secret, parameters: OTPParameters, counter: Int64
    ) throws(CryptoError) -> Int64? {
        guard let first = TypedCode(first, digits: parameters.digits),
            let second = TypedCode(second, digits: parameters.digits)
        else { return nil }
        let mac = try HMAC(parameters.algorithm, key: secret)
        var before = try value(mac, parameters, counter: counter)
        for candidate in counter..<(counter + resynchronisationWindow) {
            let after = try value(mac, parameters, counter: candidate + 1)
            if first.equals(before), second.equals(after) { return candidate + 2 }
            before = after
        }
        return nil
    }
}

func powerOfTen(_ exponent: Int) -> UInt32 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

/// An answer that has the form of a code. Blanks are tolerated: apps show `123 456` and people type it.
struct TypedCode {
    private let value: UInt32

    init?(_ answer: Secret, digits: Int) {
        guard answer.count <= 32 else { return nil }
        let typed: UInt32? = answer.withBytes { bytes in
            var value: UInt32 = 0
            var count = 0
            for byte in bytes where byte != 0x20 {
                guard byte >= 0x30, byte <= 0x39, count < digits else { return nil }
                value = value * 10 + UInt32(byte - 0x30)
                count += 1
            }
            return count == digits ? value : nil
        }
        guard let typed else { return nil }
        value = typed
    }

    /// Without a branch on the value.
    func equals(_ other: UInt32) -> Bool { value ^ other == 0 }
}
