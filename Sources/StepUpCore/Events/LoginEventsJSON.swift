extension Decided {
    var json: JSON {
        .record([
            "attempt": attempt.json,
            "decision": decision.json,
            "facts": facts.json,
            "history_size": .integer(historySize),
            "policy": .string(policy),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            attempt: try Attempt(reader: try reader.member("attempt")), facts: try Facts(reader: try reader.member("facts")),
            decision: try Decision(reader: try reader.member("decision")), policy: try reader.member("policy").string(),
            historySize: try reader.member("history_size").integer())
    }
}

extension FactorChecked {
    var json: JSON {
        .record([
            "counter": counter.map { .integer($0) },
            "failed": .strings(failed.map(\.description)),
            "kind": .text(kind?.rawValue),
            "known_client": .bool(knownClient),
            "result": .string(result.rawValue),
            "round": .integer(round),
            "token": .text(token?.description),
        ])
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

extension Concluded {
    var json: JSON {
        .record([
            "grace_until": graceUntil.map { .integer($0.milliseconds) },
            "outcome": .string(outcome.rawValue),
            "proved": .string(proved.rawValue),
            "reason": .string(reason),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            outcome: try reader.member("outcome").word(), reason: try reader.member("reason").string(),
            proved: try reader.member("proved").word(), graceUntil: try reader.optional("grace_until")?.timestamp())
    }
}

extension Reported {
    var json: JSON {
        .record([
            "evidence": .object(evidence.map { JSON.Member($0.key, .string($0.value)) }),
            "service": .string(service),
            "source": source.json { .string($0.description) },
            "subject": subject.json,
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        var evidence: [String: String] = [:]
        for (key, value) in try reader.member("evidence").members() { evidence[key] = try value.string() }
        self.init(
            service: try reader.member("service").string(), subject: try Subject(reader: try reader.member("subject")),
            source: try Observed(reader: try reader.member("source"), decode: IPAddress.read), evidence: evidence)
    }
}

extension FellBack {
    var json: JSON {
        .record([
            "boot_id": .string(bootID),
            "boottime_ms": .integer(bootTime),
            "fallback": .string(fallback),
            "module_time": .integer(time.milliseconds),
            "phase": .string(phase.rawValue),
            "reason": .string(reason),
            "report": report.json,
            "request": .string(request),
            "verified": .bool(false),
        ])
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
