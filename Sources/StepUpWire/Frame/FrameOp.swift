/// What a frame is, the value of its second field.
public enum FrameOp: Hashable, Sendable, CustomStringConvertible {
    case begin, answer, report, reply
    /// A record the module left while the daemon was away.
    case spool
    /// `admin.<word>`: the word is `[a-z] *[a-z0-9_.-]`, at most 58 bytes, never `reply`.
    case admin(String)
    case adminReply

    /// As it stands in a frame.
    public var name: String {
        switch self {
        case .begin: "begin"
        case .answer: "answer"
        case .report: "report"
        case .reply: "reply"
        case .spool: "spool"
        case .admin(let word): "admin.\(word)"
        case .adminReply: "admin.reply"
        }
    }

    public var description: String { name }

    /// A place where frames come in.
    public enum Source: Sendable {
        /// `/run/stepup/stepup.sock`, requests.
        case moduleSocket
        /// `/run/stepup/control.sock`, requests.
        case controlSocket
        /// A file of the spool.
        case spoolFile
        /// What the daemon answered.
        case daemon
    }

    /// The only place this op may come from; from anywhere else it ends the connection.
    public var source: Source {
        switch self {
        case .begin, .answer, .report: .moduleSocket
        case .admin: .controlSocket
        case .spool: .spoolFile
        case .reply, .adminReply: .daemon
        }
    }

    static let longestName = 64

    /// The op with this name, or nil.
    init?(_ name: Span<UInt8>) {
        if name.elements(equal: "begin") {
            self = .begin
        } else if name.elements(equal: "answer") {
            self = .answer
        } else if name.elements(equal: "report") {
            self = .report
        } else if name.elements(equal: "reply") {
            self = .reply
        } else if name.elements(equal: "spool") {
            self = .spool
        } else if name.elements(equal: "admin.reply") {
            self = .adminReply
        } else {
            guard let word = Self.adminWord(name) else { return nil }
            self = .admin(word)
        }
    }

    private static func adminWord(_ name: Span<UInt8>) -> String? {
        let prefix = 6
        guard name.count > prefix, name.count <= longestName else { return nil }
        guard name.extracting(..<prefix).elements(equal: "admin.") else { return nil }
        let word = name.extracting(prefix...)
        guard word[0].isLower else { return nil }
        var text = ""
        for index in word.indices {
            let byte = word[index]
            let mark = byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            guard byte.isLower || byte.isDigit || mark else { return nil }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        return text
    }

    /// The same op, or nil when `.admin` holds a word that no frame can carry.
    var checked: FrameOp? {
        guard case .admin(let word) = self else { return self }
        let bytes = Array("admin.\(word)".utf8)
        guard let op = FrameOp(bytes.span), case .admin = op else { return nil }
        return op
    }
}
