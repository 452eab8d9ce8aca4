extension Attempt {
    public var json: JSON {
        .record([
            "account_mode": .text(accountMode?.rawValue),
            "channel": .string(channel.rawValue),
            "evidence": .object(evidence.map { JSON.Member($0.key, .string($0.value)) }),
            "first_factor": firstFactor.json,
            "host": .string(host),
            "id": .string(id.description),
            "key": key.json {
                .record([
                    "fingerprint": .string($0.fingerprint),
                    "type": .string($0.type),
                ])
            },
            "phase": .string(phase.rawValue),
            "request": .string(request),
            "service": .string(service),
            "source": source.json { .string($0.description) },
            "subject": subject.json,
            "time": .integer(time.milliseconds),
        ])
    }

    public init(reader: JSONReader) throws(JSONError) {
        var evidence: [String: String] = [:]
        for (key, value) in try reader.member("evidence").members() { evidence[key] = try value.string() }
        self.init(
            id: try AttemptID.read(try reader.member("id")), request: try reader.member("request").string(),
            time: try reader.member("time").timestamp(),
            host: try reader.member("host").string(), channel: try reader.member("channel").word(),
            phase: try reader.member("phase").word(), accountMode: try reader.optional("account_mode")?.word(),
            service: try reader.member("service").string(), subject: try Subject(reader: try reader.member("subject")),
            source: try Observed(reader: try reader.member("source"), decode: IPAddress.read),
            key: try Observed(reader: try reader.member("key"), decode: KeyFact.read),
            firstFactor: try FirstFactor(reader: try reader.member("first_factor")), evidence: evidence)
    }
}

extension AttemptID {
    static func read(_ reader: JSONReader) throws(JSONError) -> AttemptID {
        guard let id = AttemptID(try reader.string()) else { throw reader.failure("expected a ULID") }
        return id
    }
}

extension FirstFactor {
    var json: JSON {
        switch self {
        case .proved(let methods): .record(["proved": .strings(methods)])
        case .missing(let reason): .record(["missing": .string(reason)])
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        if let methods = reader.optional("proved") {
            self = .proved(try methods.strings())
        } else {
            self = .missing(try reader.member("missing").string())
        }
    }
}

extension IPAddress {
    static func read(_ reader: JSONReader) throws(JSONError) -> IPAddress {
        guard let address = IPAddress(try reader.string()) else { throw reader.failure("expected an IP address") }
        return address
    }
}

extension KeyFact {
    static func read(_ reader: JSONReader) throws(JSONError) -> KeyFact {
        KeyFact(type: try reader.member("type").string(), fingerprint: try reader.member("fingerprint").string())
    }
}
