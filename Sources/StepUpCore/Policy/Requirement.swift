/// What a login must prove beyond its first factor. Ordered: the strongest requirement wins, and `deny` absorbs.
public enum Requirement: String, CaseIterable, Comparable, Hashable, Sendable {
    case none, otp, hardware
    case phishingResistant = "phishing_resistant"
    case deny

    private var rank: Int {
        switch self {
        case .none: 0
        case .otp: 1
        case .hardware: 2
        case .phishingResistant: 3
        case .deny: 4
        }
    }

    public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}

/// The kinds of token, and what each proves.
public enum TokenKind: String, CaseIterable, Hashable, Sendable {
    /// RFC 6238, an authenticator app.
    case totp
    /// RFC 4226, an OATH hardware token.
    case hotp

    /// The strongest requirement that a right answer meets.
    public var assurance: Requirement {
        switch self {
        case .totp: .otp
        case .hotp: .hardware
        }
    }
}
