import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger
import StepUpSources
import StepUpWire

/// A command that cannot be done; its text says why and what to do. Thrown before anything is written.
public struct AdminError: Error, Sendable, CustomStringConvertible {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}

/// An admin's command with what was looked up for it beforehand.
struct AdminCommand: Sendable {
    var request: AdminRequest
    var actor: Actor
    /// The account that the request's user resolves to, where it has to.
    var account: ResolvedName?
    /// For `loadPolicy`: the policy, parsed.
    var policy: ActivePolicy?

    enum ResolvedName: Sendable {
        case account(String)
        case nobody
    }
}

extension Engine {
    /// Does one command. Everything is checked before the first event is written, so that an `AdminError` leaves nothing behind.
    mutating func handle(_ command: AdminCommand, in step: Step) throws -> JSON {
        switch command.request {
        case .enrol(let request): return try enrol(request, command, in: step)
        case .confirm(let token, let code): return try confirm(token, code, command.actor, in: step)
        case .resynchronise(let token, let first, let second):
            return try resynchronise(token, first, second, command.actor, in: step)
        case .tokens(let user): return try listTokens(of: user, in: step)
        case .changeToken(let token, let change): return try self.change(token, change, command.actor, in: step)
        case .showUser(let user): return try show(user, in: step)
        case .resetUser(let user, let scope): return try reset(user, scope, command.actor, in: step)
        case .loadPolicy(_, let source): return try load(command.policy, from: source, command.actor, in: step)
        case .loadShadow(_, let source): return try loadShadow(command.policy, from: source, command.actor, in: step)
        case .endShadow: return try endShadow(command.actor, in: step)
        case .showPolicy: return .record(["policy": .string(active.policy.hash), "text": .string(active.text)])
        case .grantExemption(let request): return try grant(request, command, in: step)
        case .revokeExemption(let id): return try revoke(id, command.actor, in: step)
        case .exemptions:
            return .record([
                "exemptions": .array(
                    history.exemptions().map { exemption in
                        .record(["exemption": exemption.json, "expired": .bool(exemption.expires <= step.now)])
                    })
            ])
        case .status: return status(at: step.clock)
        }
    }

    // MARK: Policy

    private mutating func load(
        _ policy: ActivePolicy?, from source: String, _ actor: Actor?, in step: Step
    ) throws -> JSON {
        guard let policy else { throw AdminError("the policy was not read") }
        if let shadow, let problem = shadow.policy.problem(beside: policy.policy) {
            throw AdminError("\(problem); or end the policy in shadow first: stepupctl policy shadow off")
        }
        try activate(policy, from: source, actor, in: step)
        return .record([
            "policy": .string(policy.policy.hash), "rules": .integer(policy.policy.rules.count),
            "enforced": .integer(policy.policy.enforcedRules), "asks_nobody": .bool(policy.policy.asksNobody),
        ])
    }

    /// Puts a policy in force: archived by its hash, recorded, then used. A batch that fails takes it back.
    mutating func activate(_ policy: ActivePolicy, from source: String, _ actor: Actor?, in step: Step) throws {
        try step.transaction.archive(policy: policy.text, hash: policy.policy.hash)
        try record(.policyLoaded(hash: policy.policy.hash, source: clipped(source), actor: actor), in: step)
        active = policy
        // One whose facts have no room beside it any more makes way: an event that is too large would let nobody in.
        if let shadow, shadow.policy.problem(beside: policy.policy) != nil { try watch(nil, from: "", nil, in: step) }
    }

    mutating func refusePolicy(_ reason: String, from source: String, _ actor: Actor?, in step: Step) throws {
        try record(.policyRejected(reason: clipped(reason), source: clipped(source), actor: actor), in: step)
    }

    func clipped(_ text: String) -> String { EvidenceText.escape(Array(text.utf8), limit: 500) }

    // MARK: Exemptions

    /// How long an exemption may last; then somebody has to look at it again.
    static let exemptionLimit = Span.days(366)

    private mutating func grant(_ request: ExemptionRequest, _ command: AdminCommand, in step: Step) throws -> JSON {
        let user = try canonical(request.user, command)
        for (name, text, limit) in [
            ("service", request.service, 64), ("owner", request.owner, 128), ("reason", request.reason, 256),
        ] {
            guard (1...limit).contains(text.utf8.count), text == EvidenceText.printable(text) else {
                throw AdminError("--\(name) needs one line of 1 to \(limit) bytes: an examiner will read it")
            }
        }
        guard request.service.utf8.allSatisfy(\.isNameCharacter) else {
            throw AdminError("--service needs the name of one PAM service, such as sshd: letters, digits, '.', '_' and '-'")
        }
        guard request.source.prefix > 0 else {
            throw AdminError("--source \(request.source) is everywhere; name the network that the account logs in from")
        }
        if let key = request.key {
            let digest = key.hasPrefix("certificate ") ? key.dropFirst("certificate ".count) : key[...]
            guard digest.hasPrefix("SHA256:"), digest.utf8.count == 50 else {
                throw AdminError(
                    "--key needs a fingerprint as ssh-keygen -lf prints it, SHA256: and 43 characters; of a certificate, as events have it"
                )
            }
        }
        guard request.lifetime > .seconds(0), request.lifetime <= Self.exemptionLimit else {
            throw AdminError("--expires needs a length of time up to \(Self.exemptionLimit.text), such as 30d")
        }
        guard history.exemptions(of: user).count < 64 else {
            throw AdminError("\(user) has 64 exemptions already; revoke what is not needed")
        }
        let exemption = Exemption(
            id: Hex.encode(try entropy.bytes(6)), user: user, service: request.service, source: request.source,
            key: request.key, owner: request.owner, reason: request.reason, expires: step.now + request.lifetime)
        try record(.exemptionGranted(exemption, command.actor), account: user, in: step)
        return .record(["exemption": exemption.json])
    }

    private mutating func revoke(_ id: String, _ actor: Actor, in step: Step) throws -> JSON {
        guard let exemption = history.exemptions().first(where: { $0.id == id }) else {
            throw AdminError("there is no exemption '\(id)'; see: stepupctl exempt list")
        }
        try record(.exemptionRevoked(id: id, actor), account: exemption.user, in: step)
        return .record(["exemption": exemption.json])
    }

    // MARK: Users

    func canonical(_ user: String, _ command: AdminCommand) throws -> String {
        guard case .account(let name) = command.account else {
            throw AdminError("there is no user '\(user)' on this host; check the name with: getent passwd \(user)")
        }
        return name
    }

    private mutating func reset(_ user: String, _ scope: ResetScope, _ actor: Actor, in step: Step) throws -> JSON {
        try wake(user, in: step)
        guard history.profile(user) != nil else { throw unknown(user) }
        try record(.userReset(scope, actor), account: user, in: step)
        return .record(["user": .string(user), "scope": .string(scope.rawValue)])
    }

    private mutating func show(_ user: String, in step: Step) throws -> JSON {
        try wake(user, in: step)
        guard let profile = history.profile(user) else { throw unknown(user) }
        return profile.json(of: user, exemptions: history.exemptions(of: user), at: step.now)
    }

    private func unknown(_ user: String) -> AdminError {
        AdminError("nothing is known of '\(user)': no token, no login. Names are canonical: see getent passwd")
    }

    // MARK: Status

    private func status(at clock: ClockReading) -> JSON {
        let files = lookups as? FileLookups
        return .record([
            "version": .string(StepUpVersion.current), "host": .string(settings.host), "time": .integer(clock.now.milliseconds),
            "ledger_size": .integer(history.size), "policy": .string(active.policy.hash),
            "shadow": .text(shadow?.policy.hash),
            "rules": .integer(active.policy.rules.count), "enforced": .integer(active.policy.enforcedRules),
            "asks_nobody": .bool(active.policy.asksNobody), "unusable_keys": .strings(unusableKeys), "key": .string(keys.currentID),
            "accounts": .integer(history.accountCount), "open_attempts": .integer(history.open.count),
            "exemptions": .integer(history.exemptions().filter { $0.expires > clock.now }.count),
            "low_on_space": .bool(isSparing),
            "lookups": .array(
                (files?.states(at: clock.now) ?? []).map { state in
                    .record([
                        "name": .string(state.name), "entries": .integer(Int64(state.entries)),
                        "changed": state.changed.map { .integer($0.milliseconds) }, "problem": state.problem.map { .string($0) },
                    ])
                }),
            "missing_lookups": .strings([active, shadow].compactMap { $0?.policy }.flatMap { files?.problems(of: $0) ?? [] }),
            "unreadable_zones": .strings(plan.needs.zones.filter { plan.zones[$0] == nil }),
        ])
    }
}
