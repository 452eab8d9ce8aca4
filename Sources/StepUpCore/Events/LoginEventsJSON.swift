extension Decided: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("attempt", attempt)
            out.member("decision", decision)
            out.member("facts", facts)
            out.member("history_size", historySize)
            out.member("policy", policy)
            out.member("shadow", shadow)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            attempt: try Attempt(reader: try reader.member("attempt")), facts: try Facts(reader: try reader.member("facts")),
            decision: try Decision(reader: try reader.member("decision")), policy: try reader.member("policy").string(),
            historySize: try reader.member("history_size").integer(),
            shadow: try reader.optional("shadow", ShadowDecision.init))
    }
}

extension FactorChecked: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("counter", counter)
            out.member("failed", failed.map(\.description))
            out.member("kind", kind?.rawValue)
            out.member("known_client", knownClient)
            out.member("result", result.rawValue)
            out.member("round", round)
            out.member("token", token?.description)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        var failed: [TokenID] = []
        for token in try reader.member("failed").array() { failed.append(try TokenID.read(token)) }
        self.init(
            result: try reader.member("result").word(), round: try reader.member("round").integer(),
            token: try reader.optional("token").map(TokenID.read), kind: try reader.optional("kind")?.word(),
            counter: try reader.optional("counter")?.integer(), failed: failed,
            knownClient: try reader.member("known_client").bool())
    }
}

extension Concluded: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("grace_until", graceUntil?.milliseconds)
            out.member("outcome", outcome.rawValue)
            out.member("proved", proved.rawValue)
            out.member("reason", reason)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            outcome: try reader.member("outcome").word(), reason: try reader.member("reason").string(),
            proved: try reader.member("proved").word(), graceUntil: try reader.optional("grace_until")?.timestamp())
    }
}

extension Reported: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("evidence", of: evidence)
            out.member("service", service)
            out.member("source", source)
            out.member("subject", subject)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        var evidence: [String: String] = [:]
        for (key, value) in try reader.member("evidence").members() { evidence[key] = try value.string() }
        self.init(
            service: try reader.member("service").string(), subject: try Subject(reader: try reader.member("subject")),
            source: try Observed(reader: try reader.member("source"), decode: IPAddress.read), evidence: evidence)
    }
}

extension FellBack: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("boot_id", bootID)
            out.member("boottime_ms", bootTime)
            out.member("fallback", fallback)
            out.member("module_time", time.milliseconds)
            out.member("phase", phase.rawValue)
            out.member("reason", reason)
            out.member("report", report)
            out.member("request", request)
            out.member("verified", false)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            report: try Reported(reader: try reader.member("report")), request: try reader.member("request").string(),
            phase: try reader.member("phase").word(), fallback: try reader.member("fallback").string(),
            reason: try reader.member("reason").string(), time: try reader.member("module_time").timestamp(),
            bootID: try reader.member("boot_id").string(), bootTime: try reader.member("boottime_ms").integer())
    }
}

extension TokenID {
    static func read(_ reader: JSONReader) throws(JSONError) -> TokenID {
        guard let id = TokenID(try reader.string()) else { throw reader.failure("expected 16 hex digits") }
        return id
    }
}
