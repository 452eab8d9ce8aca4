import StepUpCore

/// What PAM's modules say (pam_unix and those of its manner): `pam_unix(sshd:auth): authentication failure; … rhost=192.0.2.1 user=alice`,
/// `pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)`; old systems write `sshd(pam_unix)` and leave out the brackets.
extension LoginMessages {
    /// - Parameter program: whose log it is: the service where the message does not name one.
    mutating func pam(_ line: Line, service program: ArraySlice<UInt8>) -> Finding {
        var message = line.message
        var service = program
        var isOfAuth = true
        // Our own; the ledger has it.
        if message.begins(PAM.stepup) { return .understood }
        if message.begins(PAM.module) {
            // `pam_unix(sshd:auth): `
            guard let open = message.prefix(48).firstIndex(of: 0x28), let close = message[open...].prefix(64).first(PAM.closing)
            else {
                return PAM.isChatter(message) ? .understood : .unknown
            }
            let inside = message[(open + 1)..<close]
            let colon = inside.lastIndex(of: 0x3a) ?? inside.endIndex
            service = inside[..<colon]
            isOfAuth = inside[colon...].elementsEqual(PAM.authType)
            message = message[(close + PAM.closing.count)...]
        } else if let rest = message.after(PAM.error) {
            return rest.first(PAM.authentication) != nil && program.elementsEqual(SSH.service) ? .understood : .unknown
        } else if line.module == nil, !message.begins(SSH.pam) {
            return .unknown
        }
        if let rest = message.after(PAM.opened) { return opened(rest, line, service) }
        if let rest = message.after(PAM.closed) { return closed(rest, line, service) }
        if let rest = message.after(PAM.failure) { return failure(rest, line, service, times: 1) }
        if var rest = message.after(SSH.pam) ?? (line.module != nil ? message : nil) {
            // `PAM 5 more authentication failures; …`
            if let more = rest.word().number, let fields = rest.after(PAM.more) ?? rest.after(PAM.moreOne) {
                return failure(fields, line, service, times: min(more, Self.mostRepeats))
            }
        }
        // What a module says when a session opens, an account is checked or a password changed is of no login.
        return PAM.isChatter(message) || !isOfAuth ? .understood : .unknown
    }

    private mutating func failure(_ fields: ArraySlice<UInt8>, _ line: Line, _ service: ArraySlice<UInt8>, times: Int) -> Finding {
        // sudo and su say so themselves, with who it was.
        guard !PAM.selfSpeaking.contains(Array(service)), !PAM.noLogin.contains(Array(service)) else { return .understood }
        // Behind `user=` anything may stand, blanks too: it comes last.
        let user = fields.first(PAM.user).map { fields[($0 + PAM.user.count)...] }
        var event = event(.failed, line, service: EvidenceText.escape(service, limit: 32), user: (user ?? []).trimmed)
        event.isAccount = user.map { !$0.trimmed.isEmpty } ?? false
        let host = fields.first(PAM.rhost).map { index in
            var rest = fields[(index + PAM.rhost.count)...]
            return rest.word()
        }
        if let host, !host.isEmpty {
            event.source = SSH.source(host)
        } else {
            event.source = service.elementsEqual(SSH.service) ? .unknown("not in the log") : .notApplicable
        }
        event.key = service.elementsEqual(SSH.service) ? .unknown("no key") : .notApplicable
        guard service.elementsEqual(SSH.service) else { return .events([LogEvent](repeating: event, count: min(times, 1000))) }
        return hosts.speaks(line.host) ? .understood : .perhaps(event, times: times)
    }

    private mutating func opened(_ rest: ArraySlice<UInt8>, _ line: Line, _ service: ArraySlice<UInt8>) -> Finding {
        let name = Array(service)
        guard !PAM.noLogin.contains(name), !PAM.selfSpeaking.contains(name) || name == PAM.su else { return .understood }
        let by = rest.last(PAM.by)
        var user = by.map { rest[..<$0] } ?? rest
        // `alice(uid=1000)`
        if let bracket = user.last(PAM.uid) { user = user[..<bracket] }
        if processes[line.process].accepted.isRecent(at: line.header.time) { return .understood }
        if name == PAM.su {
            // root needs no password to become somebody else.
            if let by, rest[by...].ends(PAM.byRoot) { return .understood }
        } else if service.elementsEqual(SSH.service), hosts.speaks(line.host) {
            return .understood
        }
        processes[line.process].accepted = line.header.time
        var event = event(.accepted, line, service: EvidenceText.escape(service, limit: 32), user: user)
        guard service.elementsEqual(SSH.service) else { return .events([event]) }
        (event.source, event.key) = (.unknown("not in the log"), .unknown("no key"))
        return .perhaps(event, times: 1)
    }

    private mutating func closed(_ rest: ArraySlice<UInt8>, _ line: Line, _ service: ArraySlice<UInt8>) -> Finding {
        let name = Array(service)
        guard line.process != nil, !PAM.noLogin.contains(name), name != PAM.sudo else { return .understood }
        return .events([event(.closed, line, service: EvidenceText.escape(service, limit: 32), user: rest.trimmed)])
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks at both ends.
    var trimmed: ArraySlice<UInt8> {
        var rest = self
        while rest.first == 0x20 { rest.removeFirst() }
        while rest.last == 0x20 { rest.removeLast() }
        return rest
    }
}

enum PAM {
    static let module = bytes("pam_")
    static let stepup = bytes("pam_stepup(")
    static let closing = bytes("): ")
    static let authType = bytes(":auth")
    static let error = bytes("error: PAM: ")
    static let authentication = bytes("uthentication")
    static let opened = bytes("session opened for user ")
    static let closed = bytes("session closed for user ")
    static let failure = bytes("authentication failure; ")
    static let more = bytes("more authentication failures; ")
    static let moreOne = bytes("more authentication failure; ")
    static let user = bytes(" user=")
    static let rhost = bytes("rhost=")
    static let by = bytes(" by ")
    static let byRoot = bytes("(uid=0)")
    static let uid = bytes("(uid=")
    static let su = bytes("su")
    static let sudo = bytes("sudo")

    /// Programs that say who failed and who got through in words of their own.
    static let selfSpeaking: Set<[UInt8]> = Set(["sudo", "sudo-i", "su", "su-l"].map { Array($0.utf8) })
    /// Services whose sessions are no person's login.
    static let noLogin: Set<[UInt8]> = Set(
        [
            "cron", "crond", "CRON", "atd", "systemd-user", "runuser", "runuser-l", "polkit-1", "chsh", "chfn", "passwd",
            "chpasswd", "newusers", "useradd",
            "gdm-launch-environment", "lightdm-greeter", "sddm-greeter", "samba", "other", "chage", "usermod", "groupadd",
        ].map { Array($0.utf8) })

    static func isChatter(_ message: ArraySlice<UInt8>) -> Bool { chatter.contains { message.begins($0) } }

    private static let chatter = [
        "check pass; user unknown", "authentication success", "received for user", "service(", "ignoring max retries",
        "PAM service(", "password changed", "account ", "user [", "could not ",
        "Couldn't ", "auth could not identify", "conversation failed", "bad username", "requirement ", "pam_",
        "unrecognized option", "Kerberos ", "credentials ", "User account has expired",
        "expired password", "unable to ", "PAM unable", "PAM adding", "PAM bad", "PAM (", "PAM [", "PAM pam_", "PAM audit",
        "PAM Connection", "user not ", "Consecutive login failures", "Ratelimit", "gkr-pam", "PAM legacy", "PAM no ", "PAM error",
        "Too many", "Limiting", "getting password", "user '", "pam_get", "access denied", "Accepted ", "Invalid ", "Failed to",
    ].map { Array($0.utf8) }
}
