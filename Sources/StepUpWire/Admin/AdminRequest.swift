import StepUpCore

/// What an admin asks over the control socket: `admin.<word>` with a JSON object as `body`.
public enum AdminRequest: Sendable {
    /// Makes a token that opens nothing until its first code is confirmed.
    case enrol(EnrolRequest)
    case confirm(TokenID, code: Secret)
    /// HOTP: finds the counter again by two codes in a row.
    case resynchronise(TokenID, first: Secret, second: Secret)
    /// Of one user, or of all.
    case tokens(user: String?)
    case changeToken(TokenID, TokenChange)
    case showUser(String)
    case resetUser(String, ResetScope)
    /// Puts a policy in force; `source` is the file it came from.
    case loadPolicy(text: String, source: String)
    case showPolicy
    /// Runs a policy beside the one in force; `source` is the file it came from.
    case loadShadow(text: String, source: String)
    case endShadow
    case grantExemption(ExemptionRequest)
    case revokeExemption(String)
    case exemptions
    case status

    public enum TokenChange: String, CaseIterable, Sendable { case disable, enable, remove }

    private enum Word: String {
        case enrol, confirm, status, exemptions
        case resynchronise = "token.resync"
        case tokens = "token.list"
        case changeToken = "token.change"
        case showUser = "user.show"
        case resetUser = "user.reset"
        case loadPolicy = "policy.load"
        case showPolicy = "policy.show"
        case loadShadow = "shadow.load"
        case endShadow = "shadow.off"
        case grantExemption = "exempt.add"
        case revokeExemption = "exempt.revoke"
    }

    private var word: Word {
        switch self {
        case .enrol: .enrol
        case .confirm: .confirm
        case .resynchronise: .resynchronise
        case .tokens: .tokens
        case .changeToken: .changeToken
        case .showUser: .showUser
        case .resetUser: .resetUser
        case .loadPolicy: .loadPolicy
        case .showPolicy: .showPolicy
        case .loadShadow: .loadShadow
        case .endShadow: .endShadow
        case .grantExemption: .grantExemption
        case .revokeExemption: .revokeExemption
        case .exemptions: .exemptions
        case .status: .status
        }
    }

    private var body: JSON {
        switch self {
        case .enrol(let request): request.json
        case .confirm(let token, let code): .record(["token": .string(token.description), "code": .revealed(code)])
        case .resynchronise(let token, let first, let second):
            .record(["token": .string(token.description), "first": .revealed(first), "second": .revealed(second)])
        case .tokens(let user): .record(["user": .text(user)])
        case .changeToken(let token, let change):
            .record(["token": .string(token.description), "change": .string(change.rawValue)])
        case .showUser(let user): .record(["user": .string(user)])
        case .resetUser(let user, let scope): .record(["user": .string(user), "scope": .string(scope.rawValue)])
        case .loadPolicy(let text, let source), .loadShadow(let text, let source):
            .record(["text": .string(text), "source": .string(source)])
        case .grantExemption(let request): request.json
        case .revokeExemption(let id): .record(["id": .string(id)])
        case .showPolicy, .endShadow, .exemptions, .status: .object([])
        }
    }

    public var frame: Frame {
        var frame = Frame(.admin(word.rawValue))
        frame.append(.body, body.canonicalBytes)
        return frame
    }

    /// - Throws: `JSONError` naming what is wrong with the request.
    public init(_ frame: Frame) throws(JSONError) {
        guard case .admin(let text) = frame.op, let word = Word(rawValue: text) else {
            throw JSONError("admin", "this daemon does not know the command '\(frame.op.name)'; is stepupctl newer than stepupd?")
        }
        let body = JSONReader(try JSON(parsing: frame[.body] ?? []), path: word.rawValue)
        switch word {
        case .enrol: self = .enrol(try EnrolRequest(reader: body))
        case .confirm: self = .confirm(try body.token(), code: Secret(utf8: try body.member("code").string()))
        case .resynchronise:
            self = .resynchronise(
                try body.token(), first: Secret(utf8: try body.member("first").string()),
                second: Secret(utf8: try body.member("second").string()))
        case .tokens: self = .tokens(user: try body.optional("user")?.string())
        case .changeToken: self = .changeToken(try body.token(), try body.member("change").word())
        case .showUser: self = .showUser(try body.member("user").string())
        case .resetUser: self = .resetUser(try body.member("user").string(), try body.member("scope").word())
        case .loadPolicy:
            self = .loadPolicy(text: try body.member("text").string(), source: try body.member("source").string())
        case .showPolicy: self = .showPolicy
        case .loadShadow:
            self = .loadShadow(text: try body.member("text").string(), source: try body.member("source").string())
        case .endShadow: self = .endShadow
        case .grantExemption: self = .grantExemption(try ExemptionRequest(reader: body))
        case .revokeExemption: self = .revokeExemption(try body.member("id").string())
        case .exemptions: self = .exemptions
        case .status: self = .status
        }
    }
}

public struct EnrolRequest: Sendable {
    public var user: String
    public var kind: TokenKind
    /// For people: `phone`, `YubiKey 5`.
    public var label: String
    /// As OTPParameters are written.
    public var parameters: JSON
    /// Base 32, of a token that comes with its secret; nil: a new one is made.
    public var secret: Secret?
    /// HOTP: the first counter.
    public var counter: Int64

    public init(user: String, kind: TokenKind, label: String, parameters: JSON, secret: Secret?, counter: Int64) {
        (self.user, self.kind, self.label) = (user, kind, label)
        (self.parameters, self.secret, self.counter) = (parameters, secret, counter)
    }

    var json: JSON {
        .record([
            "user": .string(user), "kind": .string(kind.rawValue), "label": .string(label), "parameters": parameters,
            "secret": secret.map { .revealed($0) }, "counter": .integer(counter),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            user: try reader.member("user").string(), kind: try reader.member("kind").word(),
            label: try reader.member("label").string(), parameters: try reader.member("parameters").json,
            secret: try reader.optional("secret").map { reader throws(JSONError) in Secret(utf8: try reader.string()) },
            counter: try reader.member("counter").integer())
    }
}

public struct ExemptionRequest: Sendable {
    public var user: String
    public var service: String
    public var source: CIDR
    public var key: String?
    public var owner: String
    public var reason: String
    public var lifetime: Span

    public init(
        user: String, service: String, source: CIDR, key: String?, owner: String, reason: String, lifetime: Span
    ) {
        (self.user, self.service, self.source, self.key) = (user, service, source, key)
        (self.owner, self.reason, self.lifetime) = (owner, reason, lifetime)
    }

    var json: JSON {
        .record([
            "user": .string(user), "service": .string(service), "source": .string(source.description), "key": .text(key),
            "owner": .string(owner), "reason": .string(reason), "lifetime_ms": .integer(lifetime.milliseconds),
        ])
    }

    init(reader: JSONReader) throws(JSONError) {
        let sourceReader = try reader.member("source")
        guard let source = CIDR(try sourceReader.string()) else { throw sourceReader.failure("expected a network") }
        self.init(
            user: try reader.member("user").string(), service: try reader.member("service").string(), source: source,
            key: try reader.optional("key")?.string(), owner: try reader.member("owner").string(),
            reason: try reader.member("reason").string(),
            lifetime: Span(milliseconds: try reader.member("lifetime_ms").integer()))
    }
}

extension JSONReader {
    fileprivate func token() throws(JSONError) -> TokenID {
        let reader = try member("token")
        guard let id = TokenID(try reader.string()) else { throw reader.failure("a token's id has 16 hex digits") }
        return id
    }
}

extension JSON {
    /// A secret on its way over the control socket; a frame's body is confidential.
    static func revealed(_ secret: Secret) -> JSON { .string(secret.withBytes { String(decoding: $0, as: UTF8.self) }) }
}
