/// A profile as it rests beside the log: a part of the fold, not evidence. Everything of it can be made again from the events.
extension Profile {
    public var json: JSON {
        .record([
            "addresses": addresses.json,
            "attempts": attempts.json,
            "devices": devices.json,
            "failures": failures.json,
            "graces": .array(graces.map(\.json)),
            "last_login": lastLogin.map { .integer($0.milliseconds) },
            "logins": .integer(logins),
            "networks": networks.json,
            "teaching_logins": .integer(teachingLogins),
            "tokens": .array(tokens.map(\.json)),
        ])
    }

    public init(reader: JSONReader) throws(JSONError) {
        self.init()
        addresses = try KnownValues(reader: try reader.member("addresses"))
        networks = try KnownValues(reader: try reader.member("networks"))
        devices = try KnownValues(reader: try reader.member("devices"))
        attempts = try RecentTimes(reader: try reader.member("attempts"))
        failures = try RecentTimes(reader: try reader.member("failures"))
        logins = try reader.member("logins").integer()
        teachingLogins = try reader.member("teaching_logins").integer()
        lastLogin = try reader.optional("last_login")?.timestamp()
        for token in try reader.member("tokens").array() { tokens.append(try TokenRecord(reader: token)) }
        for grace in try reader.member("graces").array() { graces.append(try Grace(reader: grace)) }
    }
}

extension TokenRecord {
    var json: JSON {
        .record([
            "confirmed": .bool(isConfirmed),
            "enrolled": .integer(enrolled.milliseconds),
            "failures": .integer(failures),
            "id": .string(id.description),
            "kind": .string(kind.rawValue),
            "label": .string(label),
            "recent_unknown_failures": recentUnknownFailures.json,
            "status": .string(status.rawValue),
            "unknown_failures": .integer(unknownFailures),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            id: try TokenID.read(try reader.member("id")), kind: try reader.member("kind").word(),
            label: try reader.member("label").string(), status: try reader.member("status").word(),
            enrolled: try reader.member("enrolled").timestamp())
        isConfirmed = try reader.member("confirmed").bool()
        failures = Int(try reader.member("failures").integer())
        unknownFailures = Int(try reader.member("unknown_failures").integer())
        recentUnknownFailures = try RecentTimes(reader: try reader.member("recent_unknown_failures"))
    }
}

extension Grace {
    var json: JSON {
        .record([
            "attempt": .string(attempt.description),
            "began": .integer(began.milliseconds),
            "granted": .integer(granted),
            "host": .string(host),
            "key": .string(key),
            "proved": .string(proved.rawValue),
            "service": .string(service),
            "source": .string(source),
            "until": .integer(until.milliseconds),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            attempt: try AttemptID.read(try reader.member("attempt")), source: try reader.member("source").string(),
            key: try reader.member("key").string(), service: try reader.member("service").string(),
            host: try reader.member("host").string(), proved: try reader.member("proved").word(),
            granted: try reader.member("granted").integer(), began: try reader.member("began").timestamp(),
            until: try reader.member("until").timestamp())
    }
}

extension KnownValues {
    var json: JSON {
        .record([
            "candidates": .array(candidates.map { .array([.string($0.value)] + $0.days.map { .integer($0) }) }),
            "known": .array(known.map { .array([.string($0.value), .integer($0.seen.milliseconds)]) }),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        for entry in try reader.member("known").array() {
            let parts = try entry.array()
            guard parts.count == 2 else { throw entry.failure("expected a value and a time") }
            known.append(Known(value: try parts[0].string(), seen: try parts[1].timestamp()))
        }
        for entry in try reader.member("candidates").array() {
            let parts = try entry.array()
            guard let value = parts.first else { throw entry.failure("expected a value and its days") }
            var days: [Int64] = []
            for day in parts.dropFirst() { days.append(try day.integer()) }
            candidates.append(Candidate(value: try value.string(), days: days))
        }
    }
}

extension RecentTimes {
    var json: JSON { .array(times.map { .integer($0.milliseconds) }) }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        for time in try reader.array() { times.append(try time.timestamp()) }
    }
}

extension OpenAttempt {
    public var json: JSON {
        .record([
            "account": .string(account),
            "basis": .string(basis.rawValue),
            "began": .integer(began.milliseconds),
            "key": key.json {
                .record([
                    "fingerprint": .string($0.fingerprint),
                    "type": .string($0.type),
                ])
            },
            "proved": .string(proved.rawValue),
            "released": released.map { .integer($0.milliseconds) },
            "request": .string(request),
            "required": .string(required.rawValue),
            "service": .string(service),
            "source": source.json { .string($0.description) },
        ])
    }

    private var released: Timestamp? {
        if case .released(let at) = stage { at } else { nil }
    }

    public init(reader: JSONReader) throws(JSONError) {
        self.init(
            account: try reader.member("account").string(), service: try reader.member("service").string(),
            request: try reader.member("request").string(), began: try reader.member("began").timestamp(),
            source: try Observed(reader: try reader.member("source"), decode: IPAddress.read),
            key: try Observed(reader: try reader.member("key"), decode: KeyFact.read),
            basis: try reader.member("basis").word(), required: try reader.member("required").word(),
            proved: try reader.member("proved").word(),
            stage: try reader.optional("released").map { reader throws(JSONError) in .released(at: try reader.timestamp()) }
                ?? .deciding)
    }
}
