extension Event {
    /// The event as it is stored: OCSF on the outside, our facts under `unmapped.stepup`. Docs/AuditFormat.md.
    public var json: JSON {
        let stepup = JSON.record([
            "account": .text(account),
            "attempt": .text(attempt?.description),
            "code": .string(code.text),
            "data": body.json,
            "host": .string(host),
            "salt": .string(Hex.encode(salt)),
        ])
        return .object(ocsfMembers + [JSON.Member("unmapped", .record(["stepup": stepup]))])
    }

    /// The leaf: what is hashed and stored.
    public var leaf: [UInt8] { json.canonicalBytes }

    /// Reads a leaf back.
    public init(leaf: [UInt8]) throws(JSONError) {
        let root = JSONReader(try JSON(parsing: leaf), path: "event")
        let stepup = try root.member("unmapped").member("stepup")
        let codeText = try stepup.member("code").string()
        guard let code = EventCode(text: codeText) else {
            throw stepup.failure("the event code \(codeText) is not known to this version; use the one that wrote it")
        }
        let attempt = try stepup.optional("attempt").map(AttemptID.read)
        guard let salt = Hex.decode(try stepup.member("salt").string()) else {
            throw stepup.failure("expected hex digits in salt")
        }
        self.init(
            time: try root.member("time").timestamp(), host: try stepup.member("host").string(), attempt: attempt,
            account: try stepup.optional("account")?.string(), salt: salt,
            body: try Body(code: code, reader: try stepup.member("data")))
    }
}

extension Event.Body {
    var json: JSON {
        switch self {
        case .decided(let value): value.json
        case .challenged(let value):
            .record([
                "expires": .integer(value.expires.milliseconds),
                "required": .string(value.required.rawValue),
                "round": .integer(value.round),
            ])
        case .factorChecked(let value): value.json
        case .concluded(let value): value.json
        case .sessionOpened(let report), .sessionClosed(let report), .firstFactorFailed(let report): report.json
        case .notCompleted: .object([])
        case .failuresAggregated(let source, let count):
            .record([
                "count": .integer(count),
                "source": source.json { .string($0.description) },
            ])
        case .fellBack(let value): value.json
        case .overridden(let request): .record(["request": .string(request)])
        case .callerRefused(let uid, let reason):
            .record([
                "reason": .string(reason),
                "uid": .integer(Int64(uid)),
            ])
        case .tokenChanged(let value): value.json
        case .userReset(let scope, let actor):
            .record([
                "actor": actor.json,
                "scope": .string(scope.rawValue),
            ])
        case .policyLoaded(let hash, let source, let actor):
            .record([
                "actor": actor?.json,
                "policy": .string(hash),
                "source": .string(source),
            ])
        case .policyRejected(let reason, let source, let actor):
            .record([
                "actor": actor?.json,
                "reason": .string(reason),
                "source": .string(source),
            ])
        case .exemptionGranted(let exemption, let actor):
            .record([
                "actor": actor.json,
                "exemption": exemption.json,
            ])
        case .exemptionRevoked(let id, let actor):
            .record([
                "actor": actor.json,
                "id": .string(id),
            ])
        case .daemonStarted(let record), .daemonStopped(let record):
            .record([
                "boot_id": .string(record.bootID),
                "note": .string(record.note),
                "version": .string(record.version),
            ])
        case .clockStepped(let delta): .record(["by_ms": .integer(delta)])
        case .ledgerInitialised(let origin, let keyID):
            .record([
                "key_id": .string(keyID),
                "origin": .string(origin),
            ])
        }
    }

    init(code: EventCode, reader: JSONReader) throws(JSONError) {
        switch code {
        case .attemptDecided: self = .decided(try Decided(reader: reader))
        case .challengeIssued:
            self = .challenged(
                Challenged(
                    required: try reader.member("required").word(), round: try reader.member("round").integer(),
                    expires: try reader.member("expires").timestamp()))
        case .factorChecked: self = .factorChecked(try FactorChecked(reader: reader))
        case .attemptConcluded: self = .concluded(try Concluded(reader: reader))
        case .sessionOpened: self = .sessionOpened(try Reported(reader: reader))
        case .sessionClosed: self = .sessionClosed(try Reported(reader: reader))
        case .loginNotCompleted: self = .notCompleted
        case .firstFactorFailed: self = .firstFactorFailed(try Reported(reader: reader))
        case .failuresAggregated:
            self = .failuresAggregated(
                source: try Observed(reader: try reader.member("source"), decode: IPAddress.read),
                count: try reader.member("count").integer())
        case .fellBack: self = .fellBack(try FellBack(reader: reader))
        case .overriddenByFallback: self = .overridden(request: try reader.member("request").string())
        case .callerRefused:
            self = .callerRefused(
                uid: UInt32(clamping: try reader.member("uid").integer()), reason: try reader.member("reason").string())
        case .tokenChanged: self = .tokenChanged(try TokenChanged(reader: reader))
        case .userReset:
            self = .userReset(try reader.member("scope").word(), try Actor(reader: try reader.member("actor")))
        case .policyLoaded:
            self = .policyLoaded(
                hash: try reader.member("policy").string(), source: try reader.member("source").string(),
                actor: try Actor.optional(reader))
        case .policyRejected:
            self = .policyRejected(
                reason: try reader.member("reason").string(), source: try reader.member("source").string(),
                actor: try Actor.optional(reader))
        case .exemptionGranted:
            self = .exemptionGranted(
                try Exemption(reader: try reader.member("exemption")), try Actor(reader: try reader.member("actor")))
        case .exemptionRevoked:
            self = .exemptionRevoked(
                id: try reader.member("id").string(), try Actor(reader: try reader.member("actor")))
        case .daemonStarted: self = .daemonStarted(try DaemonRecord(reader: reader))
        case .daemonStopped: self = .daemonStopped(try DaemonRecord(reader: reader))
        case .clockStepped: self = .clockStepped(byMilliseconds: try reader.member("by_ms").integer())
        case .ledgerInitialised:
            self = .ledgerInitialised(
                origin: try reader.member("origin").string(), keyID: try reader.member("key_id").string())
        }
    }
}
