/// The closed table: which keys each op must and may carry. `Docs/Protocol.md` explains them.
public enum FrameTable {
    public struct Row: Sendable, Equatable {
        /// A frame without one of these is refused.
        public let required: FrameKeySet
        public let optional: FrameKeySet
    }

    /// The row of an op. Beyond it, `begin` with `phase=account` needs `account`, and a reply carries `prompt`, `echo` and
    /// `state` exactly when its verdict is `challenge`.
    public static func row(of op: FrameOp) -> Row {
        switch op {
        case .begin: begin
        case .answer: answer
        case .report: report
        case .reply: reply
        case .spool: spool
        case .admin: admin
        case .adminReply: adminReply
        }
    }

    private static let who: FrameKeySet = [.channel, .request, .service, .user]
    private static let radius: FrameKeySet = [.client, .attributes]
    private static let source: FrameKeySet = radius.union([.ruser, .rhost, .tty, .uid, .sshConnection, .sshAuthInfo])

    private static let begin = Row(
        required: who.union([.phase, .firstFactor]), optional: source.union([.sshMethods, .account, .command, .answer]))
    private static let answer = Row(required: who.union([.state, .answer]), optional: radius)
    private static let report = Row(required: who.union([.event]), optional: source.union([.attempt, .state]))
    private static let reply = Row(
        required: [.verdict], optional: challenge.union([.attempt, .code, .message, .attributes, .split]))
    private static let spool = Row(
        required: who.union([.phase, .fallback, .reason, .time, .bootID, .bootTime]), optional: source)
    private static let admin = Row(required: [.body], optional: [])
    private static let adminReply = Row(required: [.status], optional: [.body, .message])

    static let challenge: FrameKeySet = [.prompt, .echo, .state]
}

/// What is known of one frame while its fields pass, one after the other; both directions go through it.
struct FrameCheck {
    private let op: FrameOp
    private let row: FrameTable.Row
    private let allowed: FrameKeySet
    private(set) var seen: FrameKeySet = []
    private var isAccountPhase = false
    private var isChallenge = false

    init(op: FrameOp) {
        self.op = op
        row = FrameTable.row(of: op)
        allowed = row.required.union(row.optional)
    }

    mutating func admit(_ key: FrameKey, _ value: Span<UInt8>) throws(FrameError) {
        guard allowed.contains(key) else {
            throw FrameError(.keyNotAllowed, "op \(op) may not carry \(key.name)")
        }
        guard !seen.contains(key) else { throw FrameError(.duplicateKey, "\(key.name) must stand once") }
        let form = key.form
        guard value.count <= form.limit else {
            throw FrameError(.valueTooLong, "\(key.name) may have at most \(form.limit) bytes")
        }
        guard form.fits(value) else { throw FrameError(.badValue, "\(key.name) has not the form of the table") }
        seen.insert(key)
        if key == .phase {
            isAccountPhase = value.elements(equal: "account")
        } else if key == .verdict {
            isChallenge = value.elements(equal: "challenge")
        }
    }

    func finish() throws(FrameError) {
        var required = row.required
        if op == .begin, isAccountPhase { required = required.union([.account]) }
        if op == .reply, isChallenge { required = required.union(FrameTable.challenge) }
        if let missing = seen.firstMissing(of: required) {
            throw FrameError(.missingKey, "op \(op) needs \(missing.name)")
        }
        if op == .reply, !isChallenge, seen.bits & FrameTable.challenge.bits != 0 {
            throw FrameError(.keyNotAllowed, "prompt, echo and state belong to verdict=challenge")
        }
    }
}
