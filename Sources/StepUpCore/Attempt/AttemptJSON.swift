extension Attempt: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("account_mode", accountMode?.rawValue)
            out.member("channel", channel.rawValue)
            out.member("evidence", of: evidence)
            out.member("first_factor", firstFactor)
            out.member("host", host)
            out.member("id", id.description)
            out.member("key", key)
            out.member("phase", phase.rawValue)
            out.member("request", request)
            out.member("service", service)
            out.member("source", source)
            out.member("subject", subject)
            if !tags.isEmpty { out.member("tags", tags) }
            out.member("time", time.milliseconds)
        }
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
            firstFactor: try FirstFactor(reader: try reader.member("first_factor")),
            tags: try reader.optional("tags")?.strings() ?? [], evidence: evidence)
    }
}

extension AttemptID {
    static func read(_ reader: JSONReader) throws(JSONError) -> AttemptID {
        guard let id = AttemptID(try reader.string()) else { throw reader.failure("expected a ULID") }
        return id
    }
}

extension FirstFactor: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        switch self {
        case .proved(let methods): out.object { $0.member("proved", methods) }
        case .missing(let reason): out.object { $0.member("missing", reason) }
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

extension IPAddress: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.string(description) }

    static func read(_ reader: JSONReader) throws(JSONError) -> IPAddress {
        guard let address = IPAddress(try reader.string()) else { throw reader.failure("expected an IP address") }
        return address
    }
}

extension KeyFact: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("fingerprint", fingerprint)
            out.member("type", type)
        }
    }

    static func read(_ reader: JSONReader) throws(JSONError) -> KeyFact {
        KeyFact(type: try reader.member("type").string(), fingerprint: try reader.member("fingerprint").string())
    }
}
