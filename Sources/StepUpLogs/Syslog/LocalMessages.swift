import StepUpCore

/// sudo, su and login. They have no source: whoever types there is on the host already, or sits before it.
extension LoginMessages {
    /// `alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id`
    mutating func sudo(_ line: Line) -> Finding {
        var message = line.message
        message.skipBlanks()
        if message.begins(PAM.module) || line.module != nil { return pam(line, service: PAM.sudo[...]) }
        guard let colon = message.first(Local.colon) else { return Local.isKnown(message) ? .understood : .unknown }
        let user = message[..<colon].trimmed
        let rest = message[(colon + Local.colon.count)...].trimmed
        if let attempts = Local.incorrect(rest) {
            let failure = event(.failed, line, service: "sudo", user: user)
            return .events([LogEvent](repeating: failure, count: attempts))
        }
        guard Local.fields.contains(where: { rest.begins($0) }), let command = rest.first(Local.command) else {
            return Local.refusals.contains { rest.begins($0) } ? .understood : .unknown
        }
        // root needs no password.
        if user.elementsEqual(Local.root) { return .understood }
        var event = event(.accepted, line, service: "sudo", user: user)
        event.session = nil
        event.command = EvidenceText.escape(Local.sudoWord + rest[(command + Local.command.count)...], limit: 72)
        return .events([event])
    }

    /// util-linux: `(to root) alice on pts/0`, `FAILED SU (to root) alice on pts/0`; shadow: `Successful su for root by alice`,
    /// `FAILED su for root by alice`, `+ /dev/pts/0 alice:root`. PAM's user is the one that is become.
    mutating func su(_ line: Line) -> Finding {
        let message = line.message
        if message.begins(PAM.module) || line.module != nil { return pam(line, service: PAM.su[...]) }
        if let rest = message.after(Local.failedTo) {
            return .events([event(.failed, line, service: "su", user: Local.upTo(Local.bracket, rest))])
        }
        if let rest = message.after(Local.failedFor) {
            return .events([event(.failed, line, service: "su", user: Local.upTo(PAM.by, rest))])
        }
        let target =
            message.after(Local.to).map { Local.upTo(Local.bracket, $0) }
            ?? message.after(Local.successful).map { Local.upTo(PAM.by, $0) }
        guard let target else {
            return message.begins(Local.plus) || message.begins(Local.minus) || Local.isKnown(message) ? .understood : .unknown
        }
        processes[line.process].accepted = line.header.time
        // root needs no password.
        if message.first(Local.byRootOn) != nil || message.ends(Local.byRootWord) { return .understood }
        return .events([event(.accepted, line, service: "su", user: target)])
    }

    /// `FAILED LOGIN (1) on '/dev/tty1' FOR 'alice', Authentication failure`; who is let in PAM says.
    mutating func login(_ line: Line) -> Finding {
        let message = line.message
        if message.begins(PAM.module) || line.module != nil {
            let found = pam(line, service: Local.loginService)
            // login says that itself, in the next line.
            if case .events(let events) = found, events.first?.kind == .failed, line.module == nil { return .understood }
            return found
        }
        guard message.begins(Local.failedLogin) else { return Local.isKnown(message) ? .understood : .unknown }
        guard let name = message.first(Local.forQuoted) else { return .understood }
        let rest = message[(name + Local.forQuoted.count)...]
        let user = rest[..<(rest.lastIndex(of: 0x27) ?? rest.endIndex)]
        var event = event(.failed, line, service: "login", user: user)
        if user.elementsEqual(Local.unknownUser) { event.isAccount = false }
        return .events([event])
    }
}

private enum Local {
    static let colon = bytes(" : ")
    /// With one of which the fields of a command begin; where there is no terminal none is named.
    static let fields = ["TTY=", "HOST=", "PWD=", "USER=", "GROUP=", "CHROOT=", "TSID=", "ENV="].map { Array($0.utf8) }
    static let root = bytes("root")
    static let command = bytes("COMMAND=")
    static let sudoWord = Array("sudo ".utf8)[...]
    static let to = bytes("(to ")
    static let bracket = bytes(") ")
    static let failedTo = bytes("FAILED SU (to ")
    static let failedFor = bytes("FAILED su for ")
    static let successful = bytes("Successful su for ")
    static let plus = bytes("+ ")
    static let minus = bytes("- ")
    static let byRootOn = bytes(") root on ")
    static let byRootWord = bytes(" by root")
    static let loginService = bytes("login")[...]
    static let failedLogin = bytes("FAILED LOGIN")
    static let forQuoted = bytes("FOR '")
    static let unknownUser = bytes("UNKNOWN")
    private static let attempts = [bytes("incorrect password attempts"), bytes("incorrect password attempt")]

    /// `3 incorrect password attempts ; TTY=…`
    static func incorrect(_ rest: ArraySlice<UInt8>) -> Int? {
        var rest = rest
        guard let count = rest.word().number, attempts.contains(where: { rest.begins($0) }) else { return nil }
        return min(count, 100)
    }

    static func upTo(_ word: [UInt8], _ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text.first(word).map { text[..<$0] } ?? text
    }

    /// The password was right, and it did not help; or none was asked for.
    static let refusals = [
        "user NOT in sudoers", "user NOT authorized", "command not allowed", "a password is required", "unable to ",
        "no tty present", "sorry", "(command continued)", "problem with defaults",
        "a terminal is required", "unknown user", "parse error", "timestamp", "account validation failure", "password expired",
        "PAM ", "no valid sudoers",
    ].map { Array($0.utf8) }

    static func isKnown(_ message: ArraySlice<UInt8>) -> Bool { known.contains { message.begins($0) } }

    private static let known = [
        "ROOT LOGIN", "LOGIN ON", "DIALUP", "TOO MANY LOGIN TRIES", "PAM unable", "pam_", "sudo: ", "ignoring time stamp",
        "unable to ", "(command continued)", "invalid user", "timed out", "PAM ",
    ].map { Array($0.utf8) }
}
