/// What a value of one key has to look like, checked before anybody acts on it.
struct FrameForm: Sendable {
    enum Kind: Sendable {
        /// Any bytes but NUL.
        case text
        /// One of these words.
        case word([[UInt8]])
        /// Pairs of lower-case hex digits.
        case hex
        case decimal
        /// Printable ASCII without blanks.
        case token
        /// `[a-z] *[a-z0-9_]`
        case name
        /// Words of `[a-z-]`, separated by commas.
        case methods
        /// Text without control characters but line feed: it goes to a terminal.
        case prompt
        /// `NAME:HEX`, separated by commas.
        case attributes
        /// Two decimals of 1 … 4 digits, separated by a comma.
        case range
    }

    let name: String
    let packed: PackedKey
    let kind: Kind
    /// The fewest and the most bytes of a value.
    let least: Int
    let limit: Int

    private init(_ name: StaticString, _ kind: Kind, least: Int = 1, limit: Int = 8192) {
        self.name = "\(name)"
        self.packed = PackedKey(name)
        self.kind = kind
        self.least = least
        self.limit = limit
    }

    private static func text(_ name: StaticString, limit: Int = 8192) -> Self {
        Self(name, .text, least: 0, limit: limit)
    }

    private static func word(_ name: StaticString, _ words: String...) -> Self {
        Self(name, .word(words.map { Array($0.utf8) }))
    }

    /// By `FrameKey.rawValue`.
    static let all: [FrameForm] = FrameKey.allCases.map(form)
    static let packed: [PackedKey] = all.map(\.packed)

    private static func form(of key: FrameKey) -> FrameForm {
        switch key {
        case .account: word("account", "enforce", "record")
        case .answer: text("answer")
        case .attempt: Self("attempt", .token, limit: 128)
        case .attributes: Self("attributes", .attributes, least: 0, limit: 16384)
        case .body: text("body", limit: 61440)
        case .bootID: Self("boot_id", .token, limit: 64)
        case .bootTime: Self("boottime", .decimal, limit: 18)
        case .channel: word("channel", "pam", "radius")
        case .client: Self("client", .token, limit: 64)
        case .code: Self("code", .name, limit: 64)
        case .command: text("command", limit: 1024)
        case .echo: word("echo", "on", "off")
        case .event:
            word("event", "first_factor_failed", "session_opened", "session_alive", "session_closed", "cancelled", "user_gone")
        case .fallback: word("fallback", "ignore", "deny")
        case .firstFactor: word("first_factor", "ssh", "stack", "radius")
        case .message: text("message")
        case .phase: word("phase", "auth", "account", "split")
        case .prompt: Self("prompt", .prompt, limit: 511)
        case .reason: text("reason")
        case .request: Self("request", .hex, least: 32, limit: 32)
        case .rhost: text("rhost")
        case .ruser: text("ruser")
        case .service: text("service")
        case .split: Self("split", .range, least: 3, limit: 9)
        case .sshAuthInfo: text("ssh_auth_info")
        case .sshConnection: text("ssh_connection")
        case .sshMethods: Self("ssh_methods", .methods, limit: 256)
        case .state: Self("state", .hex, least: 2, limit: 256)
        case .status: word("status", "ok", "error")
        case .time: Self("time", .decimal, limit: 18)
        case .tty: text("tty")
        case .uid: Self("uid", .decimal, limit: 10)
        case .user: text("user")
        case .verdict: word("verdict", "allow", "deny", "ignore", "challenge")
        }
    }

    /// Whether `value` has this form; its length against `limit` is the caller's to check.
    func fits(_ value: Span<UInt8>) -> Bool {
        guard value.count >= least else { return false }
        switch kind {
        case .text: return true
        case .word(let words): return words.contains { value.elements(equal: $0.span) }
        case .hex: return value.count.isMultiple(of: 2) && value.all(\.isHex)
        case .decimal: return value.all(\.isDigit)
        case .token: return value.all { $0 > 0x20 && $0 < 0x7f }
        case .name:
            return value[0].isLower && value.all { $0.isLower || $0.isDigit || $0 == UInt8(ascii: "_") }
        case .prompt: return value.all { ($0 >= 0x20 && $0 != 0x7f) || $0 == UInt8(ascii: "\n") }
        case .methods: return Self.isList(value)
        case .attributes: return Self.areAttributes(value)
        case .range: return Self.isRange(value)
        }
    }

    private static func isList(_ value: Span<UInt8>) -> Bool {
        var inWord = false  // an empty word, and so an empty list, is refused
        for index in value.indices {
            switch value[index] {
            case UInt8(ascii: ",") where inWord: inWord = false
            case UInt8(ascii: "-"): inWord = true
            case let byte where byte.isLower: inWord = true
            default: return false
            }
        }
        return inWord
    }
}

extension FrameForm {
    private static func areAttributes(_ value: Span<UInt8>) -> Bool {
        var at = 0
        while at < value.count {
            guard takesAttribute(value, &at) else { return false }
            guard at < value.count else { return true }
            // A comma has an attribute behind it.
            guard value[at] == UInt8(ascii: ","), at + 1 < value.count else { return false }
            at += 1
        }
        return true
    }

    private static func takesAttribute(_ value: Span<UInt8>, _ at: inout Int) -> Bool {
        let name = at
        while at < value.count, value[at].isAttributeName { at += 1 }
        guard (1...64).contains(at - name), at < value.count, value[at] == UInt8(ascii: ":") else { return false }
        at += 1
        let hex = at
        while at < value.count, value[at].isHex { at += 1 }
        return (at - hex).isMultiple(of: 2)
    }

    private static func isRange(_ value: Span<UInt8>) -> Bool {
        var (numbers, digits) = (1, 0)
        for index in value.indices {
            if value[index] == UInt8(ascii: ","), digits > 0 {
                (numbers, digits) = (numbers + 1, 0)
            } else {
                digits += 1
                guard value[index].isDigit, digits <= 4 else { return false }
            }
        }
        return numbers == 2 && digits > 0
    }
}

extension UInt8 {
    var isHex: Bool { isDigit || (self >= 0x61 && self <= 0x66) }
    fileprivate var isAttributeName: Bool {
        isLower || isDigit || self == UInt8(ascii: "-") || (self >= 0x41 && self <= 0x5a)
    }
    var isLower: Bool { self >= 0x61 && self <= 0x7a }
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}

extension Span<UInt8> {
    func all(_ condition: (UInt8) -> Bool) -> Bool {
        for index in indices where !condition(self[index]) { return false }
        return true
    }

    func elements(equal other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    func elements(equal text: StaticString) -> Bool {
        text.withUTF8Buffer { elements(equal: $0.span) }
    }
}
