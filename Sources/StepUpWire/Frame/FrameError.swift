/// Why a frame was refused, or could not be made.
///
/// The connection a refused frame came over ends without a reply. Two errors are equal when their codes are.
public struct FrameError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The names are those of the vectors in `Tests/Vectors/wire` and of `stepup_wire_error_name`.
    public enum Code: String, CaseIterable, Sendable {
        case length
        case unterminated
        case noEquals = "no_equals"
        case badKey = "bad_key"
        case version
        case noOp = "no_op"
        case unknownOp = "unknown_op"
        case keyNotAllowed = "key_not_allowed"
        case duplicateKey = "duplicate_key"
        case valueTooLong = "value_too_long"
        case badValue = "bad_value"
        case missingKey = "missing_key"
        case nulInValue = "nul_in_value"
    }

    public let code: Code

    /// What was expected, and of which key. Holds nothing that came over the wire, so it may be logged as it is.
    public let reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    public var description: String { "frame \(code.rawValue): \(reason)" }
}
