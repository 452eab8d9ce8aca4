import StepUpCore

/// What FreeRADIUS 2 and 3 write of a login, in radius.log or over syslog. Passwords, which it can be told to write, are never
/// kept.
public enum RadiusMessage {
    /// Reads the message of a login.
    /// - Parameters:
    ///   - message: behind the time and the level, or as it came over syslog.
    ///   - host: that of the server, if the message names no NAS.
    /// - Returns: false: it is none of a login, and nothing was counted; see `readOther`.
    public static func read(
        _ message: ArraySlice<UInt8>, at time: Timestamp, host: String, into reading: inout LogReading
    ) -> Bool {
        let text = plain(message)
        guard let outcome = outcome(text) else { return false }
        guard let login = Login(text), !login.user.isEmpty, !FieldText.equals(login.user, "<no User-Name attribute>") else {
            reading.unknown(program, redacted(text))
            return true
        }
        // What happens within the tunnel of EAP is said again of the request around it.
        guard !login.isInner else {
            reading.understood()
            return true
        }
        var event = LogEvent(
            outcome == .accepted ? .accepted : .failed, at: time,
            host: login.client.isEmpty ? host : FieldText.text(login.client, limit: 64), channel: .radius, service: service,
            user: FieldText.text(login.user))
        event.isAccount = outcome != .invalidUser
        event.method = String(decoding: login.authType.map(\.lowercasedASCII), as: UTF8.self)
        let caller = login.caller.map { CallingStation($0) } ?? .missing
        (event.source, event.key) = (caller.source, caller.device)
        if outcome == .invalidUser {
            var name = event
            name.kind = .invalidUser
            reading.add(name)
        }
        reading.add(event)
        return true
    }

    /// Counts a message that is none of a login: as understood if it is about the server, else by its shape, without what may be
    /// secret.
    public static func readOther(_ message: ArraySlice<UInt8>, into reading: inout LogReading) {
        let text = plain(message)
        if ServerMessage.isKnown(text) {
            reading.understood()
        } else {
            reading.unknown(program, redacted(text))
        }
    }

    /// As the service of RADIUS logins is called in Docs/Radius.md.
    static let service = "vpn"
    static let program = Array("radiusd".utf8)[...]

    private enum Outcome { case accepted, failed, invalidUser }

    private static func outcome(_ text: ArraySlice<UInt8>) -> Outcome? {
        switch text.first {
        case UInt8(ascii: "L"):
            if text.starts(with: "Login OK".utf8) { return .accepted }
            return text.starts(with: "Login incorrect".utf8) ? .failed : nil
        case UInt8(ascii: "I"): return text.starts(with: "Invalid user".utf8) ? .invalidUser : nil
        case UInt8(ascii: "M"): return text.starts(with: "Multiple logins".utf8) ? .failed : nil
        case UInt8(ascii: "O"): return text.starts(with: "Outside allowed timespan".utf8) ? .failed : nil
        default: return nil
        }
    }

    /// Without the level and the number of the request, `Auth: (12) `.
    static func plain(_ message: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = message.drop { $0 == 0x20 }
        if text.starts(with: "Auth: ".utf8) { text = text.dropFirst(6) }
        if text.first == UInt8(ascii: "("), let close = text.prefix(24).firstIndex(of: UInt8(ascii: ")")),
            text[(text.startIndex + 1)..<close].allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2e })
        {
            text = text[(close + 1)...].drop { $0 == 0x20 }
        }
        return text
    }

    /// Without what stands in brackets (a user, and behind the stroke a password), also if the message begins or ends within them,
    /// and without what follows the word password or a quotation mark.
    static func redacted(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var shown = text
        if let bracket = text.firstIndex(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }) {
            // A password may hold a bracket, too: only what the server wrote behind the last one is known to be none of it.
            let origin = text[bracket...].last("] (from client ").map { text[$0...] } ?? []
            shown = text[bracket] == UInt8(ascii: "[") ? text[...bracket] + "...".utf8 + origin : "...".utf8 + origin
        }
        let secret = ["assw", "ASSW", "CHAP", "\"", "'", "`"].compactMap { shown.first($0) }
            .min()
        return secret.map { shown[..<$0] + "...".utf8 } ?? shown
    }
}

/// The parts of a message of a login.
private struct Login {
    var user: ArraySlice<UInt8>
    /// `Auth-Type`; empty: it is not said.
    var authType: ArraySlice<UInt8> = []
    /// The NAS, as the server calls it; empty: it is not said.
    var client: ArraySlice<UInt8> = []
    /// Calling-Station-Id.
    var caller: ArraySlice<UInt8>?
    var isInner = false

    /// `…: [user/password] (from client NAME port N cli CALLER via TLS tunnel)`
    init?(_ text: ArraySlice<UInt8>) {
        guard let colon = text.first(": [") else { return nil }
        let start = colon + 3
        // A user name may hold this text, too: the server's own stands behind it.
        if let close = text[start...].last("] (from client ") {
            user = text[start..<close]
            readOrigin(text[(close + 15)...])
        } else if let close = text[start...].lastIndex(of: UInt8(ascii: "]")) {
            user = text[start..<close]
        } else {
            return nil
        }
        dropPassword()
    }

    /// What stands for a password that there is not, or that is not text, can be told; else it begins at the first stroke.
    private mutating func dropPassword() {
        if user.last == UInt8(ascii: ">"), let mark = user[user.startIndex...].last("/<") {
            let word = user[(mark + 2)..<(user.endIndex - 1)]
            if word.starts(with: "via Auth-Type = ".utf8) {
                let name = word.dropFirst(16)
                if name.count <= 32, name.allSatisfy(Self.isName) { authType = name }
                user = user[..<mark]
                return
            }
        }
        user = user.prefix { $0 != UInt8(ascii: "/") }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
        default: false
        }
    }

    private mutating func readOrigin(_ origin: ArraySlice<UInt8>) {
        guard let port = origin.first(" port ") else {
            client = origin.prefix { $0 != UInt8(ascii: ")") }
            return
        }
        client = origin[..<port]
        guard let close = origin[port...].firstIndex(of: UInt8(ascii: ")")) else {
            // What is cut could be part of another address.
            caller = origin[origin.endIndex...]
            return
        }
        var rest = origin[(port + 6)..<close].drop { 0x30...0x39 ~= $0 }
        for mark in [" via TLS tunnel", " via proxy to virtual server"]
        where rest.count >= mark.utf8.count && rest.suffix(mark.utf8.count).elementsEqual(mark.utf8) {
            isInner = true
            rest = rest.dropLast(mark.utf8.count)
        }
        if rest.starts(with: " cli ".utf8) { caller = rest.dropFirst(5) }
    }
}
