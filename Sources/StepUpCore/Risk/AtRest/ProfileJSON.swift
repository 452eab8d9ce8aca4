/// A profile as it rests beside the log: a part of the fold, not evidence. Everything of it can be made again from the events.
extension Profile {
    public var json: JSON {
        .record([
            "addresses": addresses.json, "networks": networks.json, "devices": devices.json, "attempts": attempts.json,
            "failures": failures.json, "logins": .integer(logins), "teaching_logins": .integer(teachingLogins),
            "last_login": lastLogin.map { .integer($0.milliseconds) }, "tokens": .array(tokens.map(\.json)),
            "graces": .array(graces.map(\.json)),
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
            "id": .string(id.description), "kind": .string(kind.rawValue), "label": .string(label),
            "status": .string(status.rawValue), "enrolled": .integer(enrolled.milliseconds), "confirmed": .bool(isConfirmed),
            "failures": .integer(failures), "unknown_failures": .integer(unknownFailures),
            "recent_unknown_failures": recentUnknownFailures.json,
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
            "attempt": .string(attempt.description), "source": .string(source), "key": .string(key), "service": .string(service),
            "host": .string(host), "proved": .string(proved.rawValue), "granted": .integer(granted),
            "began": .integer(began.milliseconds), "until": .integer(until.milliseconds),
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
            "known": .array(known.map { .array([.string($0.value), .integer($0.seen.milliseconds)]) }),
            "candidates": .array(candidates.map { .array([.string($0.value)] + $0.days.map { .integer($0) }) }),
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
            "account": .string(account), "service": .string(service), "request": .string(request),
            "began": .integer(began.milliseconds), "source": source.json { .string($0.description) },
            "key": key.json { .record(["type": .string($0.type), "fingerprint": .string($0.fingerprint)]) },
            "basis": .string(basis.rawValue), "required": .string(required.rawValue), "proved": .string(proved.rawValue),
            "released": released.map { .integer($0.milliseconds) },
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
