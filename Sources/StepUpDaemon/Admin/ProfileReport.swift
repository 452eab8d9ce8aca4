import StepUpCore

/// What `user show` and `token list` tell.
extension Profile {
    func json(of account: String, exemptions: [Exemption], at now: Timestamp) -> JSON {
        .record([
            "user": .string(account), "logins": .integer(logins),
            "last_login": lastLogin.map { .integer($0.milliseconds) },
            "failures_24h": .integer(failures.count(within: RecentTimes.reach, before: now)),
            "attempts_24h": .integer(attempts.count(within: RecentTimes.reach, before: now)),
            "tokens": .array(tokens.map { $0.json(of: account) }), "addresses": addresses.json(at: now),
            "networks": networks.json(at: now), "devices": devices.json(at: now),
            "graces": .array(
                graces.filter { $0.until > now }.map { grace in
                    .record([
                        "service": .string(grace.service), "source": .string(grace.source),
                        "until": .integer(grace.until.milliseconds),
                    ])
                }),
            "exemptions": .array(exemptions.filter { $0.expires > now }.map(\.json)),
        ])
    }
}

extension TokenRecord {
    func json(of account: String) -> JSON {
        .record([
            "token": .string(id.description), "user": .string(account), "kind": .string(kind.rawValue),
            "label": .string(label), "status": .string(status.rawValue), "enrolled": .integer(enrolled.milliseconds),
            "failures": .integer(failures),
        ])
    }
}

extension KnownValues {
    func json(at now: Timestamp) -> JSON {
        .array(
            values(at: now).map { value, seen in .record(["value": .string(value), "seen": .integer(seen.milliseconds)]) })
    }
}
