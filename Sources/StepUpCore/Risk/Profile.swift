/// What the log says of one account: a fold over its events, nothing else.
public struct Profile: Hashable, Sendable {
    public var addresses = KnownValues()
    public var networks = KnownValues()
    public var devices = KnownValues()
    /// By ISO 3166 code, AS number, and the name of the AS's organisation.
    public var countries = KnownValues()
    public var systems = KnownValues()
    public var organisations = KnownValues()
    /// Where the last login came from that may teach, as far as the databases say; and when.
    public var lastPlace: SeenPlace?
    public var attempts = RecentTimes()
    /// What it tried to log in to.
    public var targets = RecentValues()
    public var usualPaces = UsualPaces()
    /// Logins that count for it, and what they were to.
    public var paced = RecentTimes()
    public var pacedTargets = RecentValues()
    /// For `score`.
    public var ownCounts = OwnCounts()
    public var failures = RecentTimes()
    /// Logins that opened their session.
    public var logins: Int64 = 0
    /// Those of them that may teach (S21): what `cold_start` counts.
    public var teachingLogins: Int64 = 0
    public var lastLogin: Timestamp?
    /// First factors and codes that failed since then; no more than `failuresLimit` are counted.
    public var failuresSinceLogin = 0
    public static let failuresLimit = 10_000
    /// Sessions that are open, latest last; one whose end was not reported is forgotten after `OpenSession.lifetime`.
    public var sessions: [OpenSession] = []
    /// By time zone, for the zones that policies have named.
    public var hours: [String: UsualHours] = [:]
    /// In order of enrolment.
    public var tokens: [TokenRecord] = []
    public var graces: [Grace] = []

    public init() {}

    public func token(_ id: TokenID) -> TokenRecord? { tokens.first { $0.id == id } }

    /// Whether a client is one that the account is known by: what the reserved half of a token's budget is for (S23). Key and
    /// address must both be known, as far as they have a meaning here: a stolen key alone must not reach the owner's half.
    public func knowsClient(source: Observed<IPAddress>, key: Observed<KeyFact>, at now: Timestamp) -> Bool {
        let isKnown = [
            Self.isKnown(source, in: addresses, at: now) { $0.description },
            Self.isKnown(key, in: devices, at: now) { $0.fingerprint },
        ].compactMap { $0 }
        return !isKnown.isEmpty && !isKnown.contains(false)
    }

    /// nil if the fact has no meaning here.
    private static func isKnown<Fact>(
        _ fact: Observed<Fact>, in values: KnownValues, at now: Timestamp, _ text: (Fact) -> String
    ) -> Bool? {
        switch fact {
        case .known(let fact): values.isKnown(text(fact), at: now)
        case .unknown: false
        case .notApplicable: nil
        }
    }
}

/// Where a login came from, and when.
public struct SeenPlace: Hashable, Sendable {
    public var place: Place
    public var time: Timestamp

    public init(_ place: Place, at time: Timestamp) { (self.place, self.time) = (place, time) }
}

/// A session that a login has opened.
public struct OpenSession: Hashable, Sendable {
    public static let lifetime = Span.hours(24)
    public static let limit = 16

    public var attempt: AttemptID
    public var network: String
    public var opened: Timestamp
}

/// A token's id: 16 hex digits, random.
public struct TokenID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    public init?(_ text: String) {
        guard text.utf8.count == 16, text.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }) else {
            return nil
        }
        description = text
    }

    /// - Parameter random: 8 bytes.
    public init(random: [UInt8]) {
        precondition(random.count == 8, "64 random bits")
        description = Hex.encode(random)
    }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// What the log says of one token. Its secret and its counter lie in the token store.
public struct TokenRecord: Hashable, Sendable {
    public enum Status: String, CaseIterable, Hashable, Sendable {
        /// Enrolled; the first code has not been confirmed yet, so it opens nothing.
        case pending
        case active
        /// By an admin, or after `failureLimit` failures in a row.
        case disabled
    }

    public var id: TokenID
    public var kind: TokenKind
    public var label: String
    public var status: Status
    public var enrolled: Timestamp
    /// When an admin or its owner last made it good: enrolled, confirmed, enabled, resynchronised.
    public var renewed: Timestamp
    /// Whether its first code was ever confirmed; one that was not is never active.
    public var isConfirmed = false
    /// Wrong codes since the last right one.
    public var failures = 0
    /// Those of them that came from clients the account is not known by.
    public var unknownFailures = 0
    /// When clients that are not known failed last, for the hourly limit.
    public var recentUnknownFailures = RecentTimes()

    public init(id: TokenID, kind: TokenKind, label: String, status: Status, enrolled: Timestamp) {
        (self.id, self.kind, self.label, self.status, self.enrolled) = (id, kind, label, status, enrolled)
        renewed = enrolled
    }

    /// Failures in a row after which the token is disabled until an admin resets it.
    public static let failureLimit = 100
    /// What unknown clients may spend of it (S23).
    public static let unknownFailureLimit = 50
    /// And how many within an hour.
    public static let unknownHourlyLimit = 10

    /// Whether a code for this token may be looked at at all.
    public func accepts(knownClient: Bool, at now: Timestamp) -> Bool {
        guard status == .active, failures < Self.failureLimit else { return false }
        if knownClient { return true }
        return unknownFailures < Self.unknownFailureLimit
            && recentUnknownFailures.count(within: .hours(1), before: now) < Self.unknownHourlyLimit
    }
}

/// A short time after a success in which the same client is not asked again (S06).
public struct Grace: Hashable, Sendable {
    public var attempt: AttemptID
    public var source: String
    public var key: String
    public var service: String
    public var host: String
    /// What had been proved; it covers equal or lower requirements.
    public var proved: Requirement
    /// Size of the history when it was granted: whatever ends all graces later names a larger one.
    public var granted: Int64
    public var began: Timestamp
    public var until: Timestamp

    public init(
        attempt: AttemptID, source: String, key: String, service: String, host: String, proved: Requirement, granted: Int64,
        began: Timestamp, until: Timestamp
    ) {
        (self.attempt, self.source, self.key, self.service, self.host) = (attempt, source, key, service, host)
        (self.proved, self.granted, self.began, self.until) = (proved, granted, began, until)
    }

    func covers(_ requirement: Requirement, _ attempt: Attempt) -> Bool {
        requirement <= proved && attempt.service == service && attempt.host == host
            && attempt.source.value?.description == source && attempt.key.value?.fingerprint == key
            && attempt.time >= began && attempt.time < until
    }
}
