/// OpenSSL refused, or what was to be opened is not what was sealed.
public struct CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The algorithm could not be had from the provider: a broken OpenSSL or a FIPS configuration that lacks it.
        case unavailable
        /// An argument has the wrong size.
        case size
        /// Wrong key, wrong associated data, or changed bytes.
        case authentication
        /// No randomness could be had.
        case entropy
    }

    public var code: Code
    public var reason: String

    init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }
    public static func == (a: Self, b: Self) -> Bool { a.code == b.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
    public var description: String { "crypto: \(reason)" }
}
