import StepUpCore
import StepUpCrypto

/// Time-based one-time passwords (RFC 6238): authenticator apps.
public enum TOTP {
    /// A token's clock may be off by so many steps before an admin has to enrol it anew.
    public static let driftLimit: Int64 = 10

    /// The time step of an instant, T0 = 0.
    public static func step(at now: Timestamp, parameters: OTPParameters) -> Int64 {
        max(0, now.seconds) / parameters.period
    }

    /// The code that a token in time shows at `now`.
    public static func code(_ secret: Secret, parameters: OTPParameters, at now: Timestamp) throws(CryptoError) -> String {
        try HOTP.code(secret, parameters: parameters, counter: step(at: now, parameters: parameters))
    }

    /// Looks at an answer. Each step's code is accepted once ever, and none of a step before one that was used.
    /// - Parameters:
    ///   - lastStep: the last step accepted, or nil.
    ///   - drift: by how many steps the token's clock was off at the last success.
    ///   - window: steps each way around the token's own time.
    public static func verify(
        _ answer: Secret, secret: Secret, parameters: OTPParameters, lastStep: Int64?, drift: Int64, now: Timestamp,
        window: Int64
    ) throws(CryptoError) -> OTPResult {
        guard let typed = TypedCode(answer, digits: parameters.digits) else { return .malformed }
        let present = step(at: now, parameters: parameters)
        let centre = present + drift
        let mac = try HMAC(parameters.algorithm, key: secret)
        var fresh: Int64?
        var used: Int64?
        // Every candidate is computed and compared, so that time does not tell which one it was.
        for candidate in max(0, centre - window)...max(0, centre + window) {
            let isEqual = typed.equals(try HOTP.value(mac, parameters, counter: candidate))
            if isEqual, candidate > lastStep ?? -1 {
                if fresh == nil { fresh = candidate }
            } else if isEqual {
                used = candidate
            }
        }
        if let fresh {
            let drift = min(driftLimit, max(-driftLimit, fresh - present))
            return .accepted(counter: fresh, next: fresh, drift: drift)
        }
        return used.map { .replayed(counter: $0) } ?? .wrong
    }
}
