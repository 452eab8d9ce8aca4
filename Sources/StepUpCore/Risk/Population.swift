/// How often each value came with a login, over all accounts (`score`): networks, countries, devices, hours of the day. Only logins count
/// that proved a factor or came from a network that was known (S21). Bounded: beyond `capacity` values, new ones are not counted.
public struct Population: Hashable, Sendable {
    public enum Feature: String, CaseIterable, Hashable, Sendable { case network, country, device, hour }

    static let capacity = 65_536

    /// By feature and value, `network 192.0.2.0/24`; by feature alone, how many distinct values; `logins`; `users`.
    var counts: [String: Int] = [:]

    public init() {}

    func count(_ feature: Feature, _ value: String) -> Int { counts[Self.key(feature, value), default: 0] }
    func distinct(_ feature: Feature) -> Int { counts[feature.rawValue, default: 0] }
    var logins: Int { counts["logins", default: 0] }
    var users: Int { counts["users", default: 0] }

    static func key(_ feature: Feature, _ value: String) -> String { "\(feature.rawValue) \(value)" }

    /// The counts that a login changes, as they will be.
    /// - Parameter isFirst: the account's first that counts.
    func login(_ values: [Feature: String], isFirst: Bool) -> [String: Int] {
        var changes = ["logins": logins + 1]
        if isFirst { changes["users"] = users + 1 }
        for (feature, value) in values {
            let key = Self.key(feature, value)
            if let count = counts[key] {
                changes[key] = count + 1
            } else if counts.count < Self.capacity {
                changes[key] = 1
                changes[feature.rawValue] = counts[feature.rawValue, default: 0] + 1
            }
        }
        return changes
    }
}

/// Of one account, how often each value came with a login that counts; those forgotten long ago are halved away.
public struct OwnCounts: Hashable, Sendable {
    /// By feature and value, at most `capacity` of them.
    var counts: [String: Int] = [:]
    var logins = 0

    static let capacity = 128
    /// When so many logins are counted, all counts are halved.
    static let mostLogins = 1000

    mutating func login(_ values: [Population.Feature: String]) {
        if logins >= Self.mostLogins {
            logins /= 2
            counts = counts.compactMapValues { $0 > 1 ? $0 / 2 : nil }
        }
        logins += 1
        for (feature, value) in values {
            let key = Population.key(feature, value)
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
    /// What the score looks at, as far as it is known.
    static func features(
        _ source: Observed<IPAddress>, _ key: Observed<KeyFact>, _ locality: Locality?, at time: Timestamp
    ) -> [Feature: String] {
        var values = [Feature.hour: pad(CivilTime(seconds: time.seconds).hour, 2)]
        values[.device] = key.value?.fingerprint
        if let address = source.value {
            values[.network] = address.network.description
            values[.country] = locality?.country.value
        }
        return values
    }
}
