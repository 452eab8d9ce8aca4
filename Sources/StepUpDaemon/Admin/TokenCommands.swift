import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger
import StepUpWire

extension Engine {
    /// Tokens an account may have.
    static let tokenLimit = 8

    mutating func enrol(_ request: EnrolRequest, _ command: AdminCommand, in step: Step) throws -> JSON {
        let user = try canonical(request.user, command)
        let parameters = try Self.parameters(request)
        guard (1...64).contains(request.label.utf8.count), request.label == EvidenceText.printable(request.label) else {
            throw AdminError("--label needs one line of 1 to 64 bytes, such as 'phone'")
        }
        try wake(user, in: step)
        guard (history.profile(user)?.tokens.count ?? 0) < Self.tokenLimit else {
            throw AdminError("\(user) has \(Self.tokenLimit) tokens already; remove one: stepupctl token list --user \(user)")
        }
        let secret = try Self.secret(request, parameters, entropy)
        // With two tokens of one secret a used code would be good again.
        for token in try step.transaction.tokens(of: user)
        where try token.kind == request.kind && keys.open(token).isEqual(to: secret) {
            throw AdminError(
                "\(user) has this secret already, as token \(token.id); remove that one first: stepupctl token remove \(token.id)")
        }
        let id = TokenID(random: try entropy.bytes(8))
        try step.transaction.insert(
            StoredToken(
                id: id, account: user, kind: request.kind, parameters: parameters.json, keyID: keys.currentID,
                sealed: try keys.seal(secret, token: id, account: user, entropy),
                state: TokenState(counter: request.kind == .hotp ? request.counter : nil)))
        try recordToken(.enrolled, id, request.kind, request.label, command.actor, account: user, in: step)
        let uri = OTPAuthURI.make(
            kind: request.kind, issuer: settings.issuer, account: "\(user)@\(settings.host)", secret: secret,
            parameters: parameters, counter: request.counter)
        return .record([
            "token": .string(id.description), "user": .string(user), "kind": .string(request.kind.rawValue),
            "uri": request.secret == nil ? .string(uri.withBytes { String(decoding: $0, as: UTF8.self) }) : nil,
        ])
    }

    private static func parameters(_ request: EnrolRequest) throws -> OTPParameters {
        do { return try OTPParameters(reader: JSONReader(request.parameters)) } catch { throw AdminError("\(error)") }
    }

    private static func secret(
        _ request: EnrolRequest, _ parameters: OTPParameters, _ entropy: any Entropy
    ) throws -> Secret {
        guard request.counter >= 0, request.counter < 1 << 48 else {
            throw AdminError("--counter needs the next counter of the token, from 0")
        }
        guard let given = request.secret else { return Secret(try entropy.bytes(parameters.secretSize)) }
        guard let bytes = given.withBytes({ Base32.decode($0) }) else {
            throw AdminError("the secret is not base 32 (letters A-Z and digits 2-7)")
        }
        guard (OTPParameters.shortestSecret...128).contains(bytes.count) else {
            throw AdminError(
                "the secret has \(bytes.count) bytes; RFC 4226 asks for at least \(OTPParameters.shortestSecret), and at most 128 are taken"
            )
        }
        return Secret(bytes)
    }

    mutating func confirm(_ id: TokenID, _ code: Secret, _ actor: Actor, in step: Step) throws -> JSON {
        let (token, record) = try find(id, in: step)
        guard record.status == .pending else { throw AdminError("token \(id) is \(record.status.rawValue), not pending") }
        guard case .accepted(let counter, let next, let drift) = try verify(code, token, at: step.now) else {
            throw AdminError(
                "that code is not right for token \(id); wait for the next one. If none is, check the clocks of this host and of "
                    + "the device")
        }
        try step.transaction.updateState(of: token, to: TokenState(counter: next, drift: drift))
        try recordToken(
            .confirmed, id, token.kind, record.label, actor, counter: counter, account: token.account, in: step)
        return .record(["token": .string(id.description), "user": .string(token.account), "status": .string("active")])
    }

    mutating func resynchronise(
        _ id: TokenID, _ first: Secret, _ second: Secret, _ actor: Actor, in step: Step
    ) throws -> JSON {
        let (token, record) = try find(id, in: step)
        guard token.kind == .hotp else {
            throw AdminError("token \(id) is a \(token.kind.rawValue): only HOTP tokens have a counter")
        }
        let next = try HOTP.resynchronise(
            first, second, secret: try keys.open(token),
            parameters: try OTPParameters(reader: JSONReader(token.parameters)), counter: token.state.counter ?? 0)
        guard let next else {
            throw AdminError(
                "the two codes do not follow each other within \(HOTP.resynchronisationWindow) presses; press twice and type both")
        }
        try step.transaction.updateState(of: token, to: TokenState(counter: next))
        try recordToken(
            .resynchronised, id, token.kind, record.label, actor, counter: next - 1, account: token.account, in: step)
        return .record(["token": .string(id.description), "user": .string(token.account)])
    }

    mutating func change(
        _ id: TokenID, _ change: AdminRequest.TokenChange, _ actor: Actor, in step: Step
    ) throws -> JSON {
        let (token, record) = try find(id, in: step)
        guard change != .enable || record.isConfirmed else {
            throw AdminError("token \(id) was never confirmed; finish with: stepupctl enrol --confirm \(id), or remove it")
        }
        switch (change, record.status) {
        case (.enable, .active), (.disable, .disabled): throw AdminError("token \(id) is \(record.status.rawValue) already")
        case (.enable, _):
            try recordToken(.enabled, id, token.kind, record.label, actor, account: token.account, in: step)
        case (.disable, _): try recordToken(.disabled, id, token.kind, record.label, actor, account: token.account, in: step)
        case (.remove, _):
            try step.transaction.removeToken(id)
            try recordToken(.removed, id, token.kind, record.label, actor, account: token.account, in: step)
        }
        return .record(["token": .string(id.description), "user": .string(token.account), "change": .string(change.rawValue)])
    }

    mutating func listTokens(of user: String?, in step: Step) throws -> JSON {
        let accounts = user.map { [$0] } ?? history.accountNames
        for account in accounts { try wake(account, in: step) }
        return .record([
            "tokens": .array(
                accounts.flatMap { account in
                    (history.profile(account)?.tokens ?? []).map { $0.json(of: account) }
                })
        ])
    }

    /// Seals what still rests under an older key of the key file under the current one; so keys rotate. What does not open is
    /// `checkKeys` to report, and no reason to stop.
    /// - Returns: how many were sealed anew.
    mutating func resealTokens(in step: Step) throws -> Int {
        var resealed = 0
        for token in try keys.olderIDs.flatMap({ try step.transaction.tokens(sealedUnder: $0, limit: 500) }) {
            guard let secret = try? keys.open(token) else { continue }
            resealed += 1
            try step.transaction.reseal(
                token.id, keyID: keys.currentID,
                sealed: try keys.seal(secret, token: token.id, account: token.account, entropy))
        }
        return resealed
    }

    private mutating func find(_ id: TokenID, in step: Step) throws -> (StoredToken, TokenRecord) {
        if let token = try step.transaction.token(id) {
            try wake(token.account, in: step)
            if let record = history.profile(token.account)?.token(id) { return (token, record) }
        }
        throw AdminError("there is no token \(id); see: stepupctl token list")
    }

    private mutating func recordToken(
        _ action: TokenChanged.Action, _ id: TokenID, _ kind: TokenKind, _ label: String, _ actor: Actor,
        counter: Int64? = nil, account: String, in step: Step
    ) throws {
        try record(
            .tokenChanged(
                TokenChanged(action: action, token: id, kind: kind, label: label, counter: counter, actor: actor)),
            account: account, in: step)
    }
}
