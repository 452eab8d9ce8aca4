/// Which files of this host a decision looks things up in: `[geo]`, `[[list]]` and `[[holidays]]` of `stepup.toml`.
public struct LookupSources: Hashable, Sendable {
    /// A file that is read whole, and anew when it changes.
    public struct File: Hashable, Sendable {
        public var name: String
        public var path: String
        /// When it was last changed so long ago, what it says is unknown; nil: at any age it is good.
        public var maxAge: Span?

        public init(name: String, path: String, maxAge: Span? = nil) { (self.name, self.path, self.maxAge) = (name, path, maxAge) }
    }

    public enum Country: Hashable, Sendable {
        /// The two files of Debian's tor-geoipdb, in this folder.
        case tor(folder: String)
        case maxMind(path: String)
    }

    public var country: Country?
    public enum System: Hashable, Sendable {
        /// A database of libloc, and the key that signed it.
        case loc(path: String, key: String)
        case maxMind(path: String)
    }

    public var system: System?
    /// A MaxMind database with places.
    public var place: String?
    /// For all three databases.
    public var geoMaxAge: Span?
    /// Networks whose addresses say nothing about where a person is: VPN exits, proxies.
    public var egress: [CIDR] = []
    public var lists: [File] = []
    public var holidays: [File] = []

    public init() {}

    public static let torFolder = "/usr/share/tor"
    /// Where Debian's libloc-database and location have them.
    public static let locPath = "/usr/share/libloc-location/location.db"
    public static let locKey = "/var/lib/location/signing-key.pem"
    public static let fileLimit = 64

    /// What a policy names and this host does not have, in words: what hangs on it would be unknown.
    public func problems(of policy: Policy) -> [String] {
        let needs = policy.needs
        let missingLists = needs.lists.filter { name in !lists.contains { $0.name == name } }
        let missingCalendars = Set(needs.holidays.map(\.calendar)).filter { name in
            policy.holidays[name] == nil && !holidays.contains { $0.name == name }
        }
        return missingLists.map { "there is no list '\($0)': stepup.toml names lists as [[list]]" }
            + missingCalendars.sorted().map {
                "there is no calendar '\($0)': the policy lists its days under [holidays], or stepup.toml names its file as [[holidays]]"
            }
    }
}
