/// How often each value came with a login, over all accounts (`score`): networks, countries, devices, hours of the day. Only logins count
/// that proved a factor or came from a network that was known (S21). Bounded: beyond `capacity` values, new ones are not counted.
public struct Population: Hashable, Sendable {
    public enum Feature: String, CaseIterable, Hashable, Sendable { case network, country, device, hour }

    static let capacity = 65_536

    /// By feature and value, `network 192.0.2.0/24`; by feature alone, how many distinct values; `logins`; `users`.
    var counts: [String: Int] = [:]

    public init() {}

    func distinct(_ feature: Feature) -> Int { counts[feature.rawValue, default: 0] }
    var logins: Int { counts["logins", default: 0] }
    var users: Int { counts["users", default: 0] }

    /// The counts that a login changes, as they will be.
    /// - Parameter isFirst: the account's first that counts.
    func login(_ values: [Value], isFirst: Bool) -> [(key: String, count: Int)] {
        var changes = [(key: "logins", count: logins + 1)]
        if isFirst { changes.append(("users", users + 1)) }
        for value in values {
            if let count = counts[value.key] {
                changes.append((value.key, count + 1))
            } else if counts.count < Self.capacity {
                changes.append((value.key, 1))
                changes.append((value.feature.rawValue, distinct(value.feature) + 1))
            }
        }
        return changes
    }

    /// A value that a login came with.
    struct Value: Hashable, Sendable {
        var feature: Feature
        /// Under which it is counted.
        var key: String

        init(_ feature: Feature, _ value: String) { (self.feature, key) = (feature, "\(feature.rawValue) \(value)") }
    }
}

/// Of one account, how often each value came with a login that counts; those forgotten long ago are halved away.
public struct OwnCounts: Hashable, Sendable {
    /// By feature and value, at most `capacity` of them.
    var counts: [String: Int] = [:]
    var logins = 0
    /// Never halved, nor reset.
    var total = 0

    public init() {}
    init(total: Int) { self.total = total }

    static let capacity = 128
    /// When so many logins are counted, all counts are halved.
    static let mostLogins = 1000

    mutating func login(_ values: [Population.Value]) {
        if logins >= Self.mostLogins {
            logins /= 2
            counts = counts.compactMapValues { $0 > 1 ? $0 / 2 : nil }
        }
        logins += 1
        total += 1
        for key in values.lazy.map(\.key) {
            if counts[key] == nil, counts.count >= Self.capacity,
                let rarest = counts.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })
            {
                counts[rarest.key] = nil
            }
            counts[key, default: 0] += 1
        }
    }
}

extension Population {
    /// What the score looks at, as far as it is known, in the order of `Feature`.
    static func values(
        _ source: Observed<IPAddress>, _ key: Observed<KeyFact>, _ locality: Locality?, at time: Timestamp
    ) -> [Value] {
        var values: [Value] = []
        if let address = source.value {
            values.append(Value(.network, address.network.description))
            if let country = locality?.country.value { values.append(Value(.country, country)) }
        }
        if let key = key.value { values.append(Value(.device, key.fingerprint)) }
        return values + [Value(.hour, pad(CivilTime(seconds: time.seconds).hour, 2))]
    }
}
