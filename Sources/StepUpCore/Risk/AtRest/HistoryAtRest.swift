/// The history at rest: rows beside the log, written with the events now and then, so that a start folds only what came since
/// (Docs/adr/0008-history-at-rest.md). A part of the fold, not evidence: it can be thrown away, and `audit replay` compares it.
public struct RestingRow: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// One row: version of the fold, size, policy, graces' floor.
        case summary
        /// One row: the requests of the latest fallbacks.
        case fallbacks
        /// A row each, by id, account or address.
        case exemption, open, profile, source
        /// A row each, by feature and value.
        case population
    }

    public var kind: Kind
    public var key: String
    /// Canonical JSON; nil: there is to be no such row.
    public var value: String?

    public init(_ kind: Kind, _ key: String, text: String?) { (self.kind, self.key, value) = (kind, key, text) }

    init(_ kind: Kind, _ key: String, _ value: (some CanonicalJSON)?) { self.init(kind, key, text: value?.canonicalText) }

    /// The number of events that a summary stands for; nil if it cannot be read.
    public var size: Int64? { (try? reader()?.member("size").integer()) ?? nil }

    /// Reads the row; nil if there is none.
    public func reader() throws(JSONError) -> JSONReader? {
        guard let value else { return nil }
        return JSONReader(try JSON(parsing: value), path: "\(kind.rawValue) \(key)")
    }
}

/// What differs from what rests, by key.
struct Changes: Sendable {
    var accounts: Set<String> = []
    var open: Set<AttemptID> = []
    var sources: Set<IPAddress> = []
    var exemptions: Set<String> = []
    var population: Set<String> = []
    var fallbacks = false

    mutating func add(_ other: Changes) {
        accounts.formUnion(other.accounts)
        open.formUnion(other.open)
        sources.formUnion(other.sources)
        exemptions.formUnion(other.exemptions)
        population.formUnion(other.population)
        fallbacks = fallbacks || other.fallbacks
    }
}

extension History {
    /// The version of the fold: what rests under another is folded anew (S22).
    public static let foldVersion: Int64 = 4

    // MARK: Putting to rest

    /// The rows that make what rests equal to this history. In a batch: when it is taken back, they are handed out again.
    public mutating func takeChanges() -> [RestingRow] {
        var rows = [RestingRow(.summary, "", text: summary)]
        rows += changes.accounts.sorted().map { RestingRow(.profile, $0, accounts[$0]) }
        rows += changes.open.sorted().map { RestingRow(.open, $0.description, open[$0]) }
        rows += changes.sources.sorted().map { RestingRow(.source, $0.description, sources[$0]) }
        rows += changes.exemptions.sorted().map { RestingRow(.exemption, $0, exemptions[$0]) }
        rows += changes.population.sorted().map { RestingRow(.population, $0, population.counts[$0]) }
        if changes.fallbacks { rows.append(RestingRow(.fallbacks, "", fallbacks.order)) }
        var all = taken ?? Changes()
        all.add(changes)
        (taken, changes) = (all, Changes())
        return rows
    }

    private var summary: String {
        var out = CanonicalWriter()
        out.object { out in
            out.member("fold", Self.foldVersion)
            out.member("grace_floor", graceFloor)
            out.member("host_attempts", hostAttempts)
            out.member("policy", policy)
            out.member("shadow", shadow)
            out.member("size", size)
        }
        return String(decoding: out.bytes, as: UTF8.self)
    }

    /// Lets profiles go that rest unchanged, when more than `limit` are awake: memory does not grow with the number of people.
    public mutating func forgetResting(beyond limit: Int) {
        guard accounts.count > limit else { return }
        for name in accounts.keys where !changes.accounts.contains(name) && taken?.accounts.contains(name) != true {
            accounts[name] = nil
            resting.insert(name)
        }
    }

    // MARK: Waking up

    /// A history that rests, without its profiles.
    /// - Parameters:
    ///   - rows: all but the profiles.
    ///   - profiles: keys of the profiles' rows.
    /// - Returns: nil if nothing rests, or what does is of another version of the fold.
    public init?(resting rows: [RestingRow], profiles: [String]) throws(JSONError) {
        guard let reader = try rows.first(where: { $0.kind == .summary })?.reader() else { return nil }
        guard try reader.member("fold").integer() == Self.foldVersion else { return nil }
        let size = try reader.member("size").integer()
        // Profiles of no events at all would be somebody's invention.
        guard size > 0 else { return nil }
        self.init(size: size)
        policy = try reader.optional("policy")?.string()
        shadow = try reader.optional("shadow")?.string()
        graceFloor = try reader.member("grace_floor").integer()
        hostAttempts = try RecentTimes(reader: try reader.member("host_attempts"))
        for row in rows {
            guard let reader = try row.reader() else { continue }
            switch row.kind {
            case .summary, .profile: break
            case .fallbacks: fallbacks = Fallbacks(try reader.strings())
            case .exemption: exemptions[row.key] = try Exemption(reader: reader)
            case .open:
                guard let id = AttemptID(row.key) else { throw reader.failure("expected a ULID") }
                open[id] = try OpenAttempt(reader: reader)
            case .population: population.counts[row.key] = Int(try reader.integer())
            case .source:
                guard let address = IPAddress(row.key) else { throw reader.failure("expected an IP address") }
                sources[address] = try SourceRecord(reader: reader)
            }
        }
        resting = Set(profiles)
    }

    /// Whether an account's profile rests and has to be read before it is looked at.
    public func isResting(_ account: String) -> Bool { resting.contains(account) }

    /// Takes in a profile that rested.
    public mutating func wake(_ account: String, _ profile: Profile) {
        guard resting.remove(account) != nil else { return }
        accounts[account] = profile
    }

    /// The accounts that folding this event would touch and that rest.
    public func sleepers(of event: Event) -> [String] {
        if resting.isEmpty { return [] }
        return [event.account, event.attempt.flatMap { open[$0]?.account }].compactMap { $0 }.filter(isResting)
    }

    /// A profile as the fold has it; asking for one that rests is a mistake of ours, and must not look like "nothing is known".
    func awake(_ account: String) -> Profile? {
        precondition(!resting.contains(account), "the profile of an account was not read before it was needed")
        return accounts[account]
    }
}
