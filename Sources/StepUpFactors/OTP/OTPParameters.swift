import StepUpCore
import StepUpCrypto

/// What a one-time password is computed with, beside its secret.
public struct OTPParameters: Hashable, Sendable {
    public var algorithm: HashAlgorithm
    /// 6 … 8
    public var digits: Int
    /// Seconds of a TOTP time step, 30 or 60; a HOTP has none and ignores it.
    public var period: Int64

    /// - Throws: `FactorError` naming the value and what is allowed.
    public init(algorithm: HashAlgorithm = .sha1, digits: Int = 6, period: Int64 = 30) throws(FactorError) {
        guard (6...8).contains(digits) else { throw FactorError("a code has 6 to 8 digits, not \(digits)") }
        guard period == 30 || period == 60 else { throw FactorError("a time step lasts 30 or 60 seconds, not \(period)") }
        (self.algorithm, self.digits, self.period) = (algorithm, digits, period)
    }

    public var json: JSON {
        .record([
            "algorithm": .string(algorithm.rawValue), "digits": .integer(digits), "period": .integer(period),
        ])
    }

    public init(reader: JSONReader) throws {
        let digits = try reader.member("digits").integer()
        try self.init(
            algorithm: try reader.member("algorithm").word(), digits: Int(clamping: digits),
            period: try reader.member("period").integer())
    }

    /// Shortest secret, in bytes, for which RFC 4226 (section 4, R6) calls a token safe.
    public static let shortestSecret = 16
    /// Of a new secret: the digest's own size (RFC 6238, 5.1; RFC 2104).
    public var secretSize: Int { algorithm.size }
}

/// What became of an answer.
public enum OTPResult: Hashable, Sendable {
    /// Right. `counter` is the step or counter of the code, `next` what the token's state becomes, `drift` in steps.
    case accepted(counter: Int64, next: Int64, drift: Int64)
    case wrong
    /// Right for a step or counter that was used before.
    case replayed(counter: Int64)
    /// Not a code at all: nothing was looked at.
    case malformed
}

/// A factor cannot be used as it is.
public struct FactorError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
