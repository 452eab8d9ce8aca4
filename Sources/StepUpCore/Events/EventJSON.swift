extension Event {
    /// Our facts, which stand under `unmapped.stepup` (Docs/AuditFormat.md).
    func writeFacts(to out: inout CanonicalWriter) {
        out.member("account", account)
        out.member("attempt", attempt?.description)
        out.member("code", code.text)
        out.member("data", body)
        out.member("host", host)
        out.member("salt", Hex.encode(salt))
    }

    /// The leaf: what is hashed and stored.
    public var leaf: [UInt8] { canonicalBytes }

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

extension Event.Body: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        switch self {
        case .decided(let value): value.write(to: &out)
        case .challenged(let value):
            out.object { out in
                out.member("expires", value.expires.milliseconds)
                out.member("required", value.required.rawValue)
                out.member("round", value.round)
            }
        case .factorChecked(let value): value.write(to: &out)
        case .concluded(let value): value.write(to: &out)
        case .sessionOpened(let report), .sessionClosed(let report), .firstFactorFailed(let report): report.write(to: &out)
        case .notCompleted: out.object { _ in }
        case .failuresAggregated(let source, let count):
            out.object { out in
                out.member("count", count)
                out.member("source", source)
            }
        case .fellBack(let value): value.write(to: &out)
        case .overridden(let request): out.object { $0.member("request", request) }
        case .callerRefused(let uid, let reason):
            out.object { out in
                out.member("reason", reason)
                out.member("uid", Int64(uid))
            }
        case .tokenChanged(let value): value.write(to: &out)
        case .userReset(let scope, let actor):
            out.object { out in
                out.member("actor", actor)
                out.member("scope", scope.rawValue)
            }
        case .policyLoaded(let hash, let source, let actor):
            out.object { out in
                out.member("actor", actor)
                out.member("policy", hash)
                out.member("source", source)
            }
        case .shadowPolicy(let hash, let source, let actor):
            out.object { out in
                out.member("actor", actor)
                out.member("policy", hash)
                out.member("source", source)
            }
        case .policyRejected(let reason, let source, let actor):
            out.object { out in
                out.member("actor", actor)
                out.member("reason", reason)
                out.member("source", source)
            }
        case .exemptionGranted(let exemption, let actor):
            out.object { out in
                out.member("actor", actor)
                out.member("exemption", exemption)
            }
        case .exemptionRevoked(let id, let actor):
            out.object { out in
                out.member("actor", actor)
                out.member("id", id)
            }
        case .daemonStarted(let record), .daemonStopped(let record):
            out.object { out in
                out.member("boot_id", record.bootID)
                out.member("note", record.note)
                out.member("version", record.version)
            }
        case .clockStepped(let delta): out.object { $0.member("by_ms", delta) }
        case .ledgerInitialised(let origin, let keyID):
            out.object { out in
                out.member("key_id", keyID)
                out.member("origin", origin)
            }
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
        case .shadowPolicy:
            self = .shadowPolicy(
                hash: try reader.optional("policy")?.string(), source: try reader.member("source").string(),
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
