import StepUpCore

/// sshd's own messages (OpenSSH auth.c, auth2.c, session.c, packet.c), since 3.x.
extension LoginMessages {
    mutating func ssh(_ line: Line) -> Finding {
        if line.module != nil { return pam(line, service: SSH.service) }
        var message = line.message
        if let bare = message.before(SSH.preauth) { message = bare }
        // Solaris: `[ID 800047 auth.info] Accepted …`
        if message.begins(SSH.id), let close = message.prefix(64).firstIndex(of: 0x5d) { message = message[(close + 1)...].trimmed }
        if let rest = message.after(SSH.accepted) { return accepted(rest, line) }
        if let rest = message.after(SSH.failed) { return failed(rest, line) }
        if let rest = message.after(SSH.partial) {
            if let key = SSH.Login(rest, isLast: false).map({ SSH.keyFact($0.key) })?.value { processes[line.process].key = key }
            return .understood
        }
        if let rest = message.after(SSH.invalid) ?? message.after(SSH.illegal) { return invalid(rest, line) }
        if message.begins(SSH.pam) || SSH.modules.contains(where: { message.begins($0) }) { return pam(line, service: SSH.service) }
        return SSH.isKnown(message) ? .understood : .unknown
    }

    /// `publickey for alice from 192.0.2.1 port 50022 ssh2: ED25519 SHA256:…`. Who is let in has an account, so its name holds no trick: the
    /// first address is the one.
    private mutating func accepted(_ rest: ArraySlice<UInt8>, _ line: Line) -> Finding {
        // `Accepted key ED25519 SHA256:… found at …` is not yet a login.
        guard let found = SSH.Login(rest, isLast: false) else { return SSH.isKnown(line.message) ? .understood : .unknown }
        var event = event(.accepted, line, service: "sshd", user: found.user)
        found.fill(&event)
        if event.key.value == nil, let key = processes[line.process].key { event.key = .known(key) }
        hosts.speak(line.host)
        processes[line.process] = ProcessTable.State(accepted: line.header.time)
        return .events([event])
    }

    /// `password for invalid user bob from 192.0.2.1 port 50022 ssh2`. The name is the client's, and may hold what looks like the rest of a
    /// line: the last address is the one.
    private mutating func failed(_ rest: ArraySlice<UInt8>, _ line: Line) -> Finding {
        guard var found = SSH.Login(rest, isLast: true) else { return .unknown }
        var isAccount = true
        if let name = found.user.after(SSH.invalidUser) ?? found.user.after(SSH.illegalUser) {
            (found.user, isAccount) = (name, false)
        }
        var event = event(.failed, line, service: "sshd", user: found.user)
        event.isAccount = isAccount
        found.fill(&event)
        hosts.speak(line.host)
        var events: [LogEvent] = []
        if !isAccount, line.process != nil, line.times == 1, !processes[line.process].invalid.isRecent(at: line.header.time) {
            var name = event
            name.kind = .invalidUser
            name.method = ""
            // The line that says so is missing: the log begins here, or its writer was told to be brief.
            events.append(name)
            processes[line.process].invalid = line.header.time
        }
        processes[line.process].failed = line.header.time
        events.append(event)
        return .events(events)
    }

    /// `bob from 192.0.2.1 port 50022`, or without the port.
    private mutating func invalid(_ rest: ArraySlice<UInt8>, _ line: Line) -> Finding {
        guard let from = rest.last(SSH.from) ?? (rest.begins(SSH.fromAtOnce) ? rest.startIndex - 1 : nil) else { return .unknown }
        let user = from < rest.startIndex ? rest[rest.startIndex..<rest.startIndex] : rest[..<from]
        var tail = rest[(from + SSH.from.count)...]
        let address = tail.word()
        guard tail.isEmpty || tail.begins(SSH.portWord) else { return .unknown }
        var event = event(.invalidUser, line, service: "sshd", user: user)
        event.isAccount = false
        event.source = SSH.source(address)
        processes[line.process].invalid = line.header.time
        return .events([event])
    }
}

enum SSH {
    static let service = bytes("sshd")[...]
    static let accepted = bytes("Accepted ")
    static let failed = bytes("Failed ")
    static let partial = bytes("Partial ")
    static let invalid = bytes("Invalid user ")
    static let illegal = bytes("Illegal user ")
    static let invalidUser = bytes("invalid user ")
    static let illegalUser = bytes("illegal user ")
    static let id = bytes("[ID ")
    static let preauth = bytes(" [preauth]")
    static let pam = bytes("PAM ")
    static let modules = [bytes("pam_"), bytes("error: PAM: ")]
    static let from = bytes(" from ")
    static let fromAtOnce = bytes("from ")
    static let portWord = bytes("port ")
    private static let forWord = bytes(" for ")
    private static let port = bytes(" port ")

    /// `METHOD for USER from ADDRESS port N ssh2: TYPE FINGERPRINT`
    struct Login {
        var method: ArraySlice<UInt8>
        var user: ArraySlice<UInt8>
        var address: ArraySlice<UInt8>
        var key: ArraySlice<UInt8>

        /// - Parameter isLast: the last place that looks like an address is the one.
        init?(_ rest: ArraySlice<UInt8>, isLast: Bool) {
            guard let forIndex = rest.first(SSH.forWord) else { return nil }
            method = rest[..<forIndex]
            let tail = rest[(forIndex + SSH.forWord.count)...]
            // A name may be empty: "for invalid user  from", "for  from".
            var place = isLast ? tail.last(SSH.from) : tail.first(SSH.from)
            while let from = place {
                var after = tail[(from + SSH.from.count)...]
                let address = after.word()
                if let behind = after.after(SSH.portWord) {
                    var behind = behind
                    let number = behind.word()
                    if number.number != nil, let key = SSH.key(behind) {
                        (user, self.address, self.key) = (tail[..<from], address, key)
                        return
                    }
                }
                let others = isLast ? tail[..<from] : tail[(from + 1)...]
                place = isLast ? others.last(SSH.from) : others.first(SSH.from)
            }
            return nil
        }

        func fill(_ event: inout LogEvent) {
            event.method = SSH.methodNames[Array(method.prefix(40))] ?? EvidenceText.escape(method, limit: 40)
            event.source = SSH.source(address)
            event.key = SSH.keyFact(key)
        }
    }

    /// What stands behind the port: nothing, `ssh2`, or `ssh2: ` and a key.
    private static func key(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if rest.isEmpty { return rest }
        guard rest.begins(ssh), rest.count >= 4, rest[rest.startIndex + 3] >= 0x30, rest[rest.startIndex + 3] <= 0x39 else {
            return nil
        }
        let behind = rest.dropFirst(4)
        return behind.isEmpty ? behind : behind.after(colon)
    }
    private static let ssh = bytes("ssh")
    private static let colon = bytes(": ")

    private static let methodNames: [[UInt8]: String] = Dictionary(
        uniqueKeysWithValues: [
            "password", "publickey", "keyboard-interactive/pam", "none", "hostbased", "gssapi-with-mic", "gssapi-keyex",
        ]
        .map { (Array($0.utf8), $0) })

    static func source(_ word: ArraySlice<UInt8>) -> Observed<IPAddress> {
        // A zone id has no meaning on another host.
        let bare = word.firstIndex(of: 0x25).map { word[..<$0] } ?? word
        if let address = IPAddress(bare) { return .known(address) }
        return .unknown(word.elementsEqual(unknownAddress) ? "not in the log" : "host name")
    }
    private static let unknownAddress = bytes("UNKNOWN")

    /// `ED25519 SHA256:…`, `RSA 1b:2c:…`, or a certificate `ED25519-CERT SHA256:… ID alice (serial 5) CA ED25519 SHA256:…`, which is known by its
    /// authority and key id.
    static func keyFact(_ text: ArraySlice<UInt8>) -> Observed<KeyFact> {
        if text.isEmpty { return .unknown("no key") }
        var rest = text
        let type = EvidenceText.escape(rest.word(), limit: 32)
        let print = rest.word()
        guard print.contains(0x3a), print.count <= 96 else { return .unknown("no key") }
        if let id = rest.after(idWord), let serial = id.last(serialWord), let authority = id.last(authorityWord) {
            let ca = id[(authority + authorityWord.count)...].split(separator: 0x20).last ?? []
            let name = EvidenceText.escape(id[..<serial], limit: 64)
            return .known(
                KeyFact(type: "\(type) \(name)", fingerprint: "certificate \(EvidenceText.escape(ca, limit: 64)) \(name)"))
        }
        let fingerprint = EvidenceText.escape(print, limit: 96)
        return .known(
            KeyFact(
                type: type,
                fingerprint: fingerprint.hasPrefix("SHA256:") || fingerprint.hasPrefix("MD5:") ? fingerprint : "MD5:\(fingerprint)")
        )
    }
    private static let idWord = bytes("ID ")
    private static let serialWord = bytes(" (serial ")
    private static let authorityWord = bytes(" CA ")

    static func isKnown(_ message: ArraySlice<UInt8>) -> Bool {
        guard let first = message.first else { return true }
        return known[first]?.contains { message.begins($0) } ?? false
    }

    /// Beginnings of messages that tell of no login, by their first byte.
    private static let known: [UInt8: [[UInt8]]] = Dictionary(
        grouping: [
            "Accepted key ", "Accepted certificate ", "Address ", "Authentication refused", "Authentication tried for ",
            "AuthorizedKeysCommand", "Bad packet length", "Bad protocol version",
            "Bad remote protocol version", "banner exchange", "beginning MaxStartups", "Certificate ", "Changed root", "Client ",
            "Close session", "Closing connection", "Connection ",
            "Corrupted ", "Could not ", "Deprecated option", "Did not receive identification", "Disconnected ", "Disconnecting",
            "drop connection", "error: ", "exited MaxStartups",
            "Exiting on signal", "fatal: ", "Found matching", "Generating ", "Host key ", "input_userauth_request", "kex_",
            "lastlog_", "Local disconnected", "Login restricted",
            "maximum authentication attempts", "Missing ", "Nasty PTR", "No user exists", "No supported ", "Partial ",
            "PAM service(", "penalty", "Postponed ", "probe from", "Protocol major versions", "pam_", "protocol error",
            "Received ", "RESTART", "reverse mapping", "ROOT LOGIN REFUSED", "refused connect", "rexec ", "scanned from",
            "Server listening", "Session ", "session ", "ssh_dispatch_run_fatal",
            "ssh_packet", "srclimit", "Starting session", "subsystem request", "Timeout ", "Too many", "Transferred",
            "Unable to negotiate", "Unsupported", "User ", "User/password", "userauth_", "Warning", "warning",
            "Write failed", "Read error", "debug", "syslogin_perform_logout", "channel_", "dispatch_protocol", "Forking",
            "Attempt to write login records", "WARNING", "mm_", "monitor_", "privsep", "get_peer",
            "Set ", "setsockopt", "Unknown ", "login_", "auth_", "no matching", "bad ", "Bad ", "cannot ", "packet_", "buffer_",
            "Sending ", "ssh_", "sshpam_", "sshd ", "SSH: ",
        ].map { Array($0.utf8) }, by: { $0[0] })
}
