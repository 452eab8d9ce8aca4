import StepUpCore

/// What sshd, PAM, sudo, su, login and FreeRADIUS say of logins, message by message; whatever brought them here (syslog, the journal).
///
/// One login makes several lines, and which depends on the system. sshd's own word counts; what PAM says of the same process counts where sshd
/// says nothing, so that no login is missed and none counted twice. Memory is bounded.
struct LoginMessages: Sendable {
    struct Header {
        var time: Timestamp
        var host: ArraySlice<UInt8>
        var program: ArraySlice<UInt8>
        var pid: Int?
    }

    /// Of one line that says how often it came.
    static let mostRepeats = 100_000

    var hosts = HostTable()
    var processes = ProcessTable()
    private var queue = PendingEvents()
    private var newest: Timestamp?

    mutating func read(_ header: Header, _ message: ArraySlice<UInt8>, times: Int = 1, into reading: inout LogReading) {
        reading.follow(header.time, after: &newest)
        var line = Line(header: header, host: hosts.index(of: header.host), message: message, times: times)
        let (program, module) = Self.program(header.program)
        line.module = module
        let found =
            switch Program.named(program) {
            case .sshd: ssh(line)
            case .sudo: sudo(line)
            case .su: su(line)
            case .login: login(line)
            case .radius: Finding.radius
            case .known: Finding.understood
            case nil: pam(line, service: program)
            }
        take(found, line, program, &reading)
        queue.release(before: header.time, &reading) { hosts.speaks($0) }
    }

    mutating func finish(into reading: inout LogReading) { queue.releaseAll(&reading) { hosts.speaks($0) } }

    /// One message with where it came from.
    struct Line {
        var header: Header
        /// In `hosts`.
        var host: Int
        var message: ArraySlice<UInt8>
        var times: Int
        /// The PAM module that old systems name with the program: `sshd(pam_unix)`.
        var module: ArraySlice<UInt8>?

        var process: ProcessTable.Key? { header.pid.map { ProcessTable.Key(host: host, pid: $0) } }
    }

    /// What a message says.
    enum Finding {
        case understood
        case unknown
        /// FreeRADIUS's, and it may not be of a login.
        case radius
        /// Counts at once.
        case events([LogEvent])
        /// PAM's word for a login or a failure of sshd: counts if sshd itself says nothing.
        case perhaps(LogEvent, times: Int)
    }

    private mutating func take(_ found: Finding, _ line: Line, _ program: ArraySlice<UInt8>, _ reading: inout LogReading) {
        switch found {
        case .understood: reading.understood()
        case .unknown: reading.unknown(program, line.message)
        case .radius:
            if !RadiusMessage.read(line.message, at: line.header.time, host: hosts.name(line.host), into: &reading) {
                RadiusMessage.readOther(line.message, into: &reading)
            }
        case .events(let events):
            if events.isEmpty { reading.understood() }
            for event in events { queue.append(event, times: line.times, &reading) }
        case .perhaps(let event, let times): queue.wait(event, times: times * line.times, host: line.host)
        }
    }

    /// `sshd(pam_unix)` is sshd and pam_unix; `/usr/sbin/sshd` is sshd.
    private static func program(_ tag: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        guard tag.last == 0x29, let open = tag.firstIndex(of: 0x28) else {
            guard let slash = tag.lastIndex(of: 0x2f) else { return (tag, nil) }
            return (tag[(slash + 1)...], nil)
        }
        return (tag[..<open], tag[(open + 1)..<(tag.endIndex - 1)])
    }

    func event(_ kind: LogEvent.Kind, _ line: Line, service: String, user: ArraySlice<UInt8>) -> LogEvent {
        var event = LogEvent(
            kind, at: line.header.time, host: hosts.name(line.host), service: service, user: String(decoding: user, as: UTF8.self))
        if kind == .accepted || kind == .closed, let pid = line.header.pid {
            event.session = "\(hosts.name(line.host)) \(service) \(pid)"
        }
        return event
    }
}

/// Programs with a language of their own; of any other PAM's lines alone are looked at.
private enum Program {
    case sshd, sudo, su, login, radius
    /// Says nothing of logins that is not said elsewhere.
    case known

    private static let table: [[UInt8]: Program] = [
        bytes("sshd"): .sshd, bytes("sshd-session"): .sshd, bytes("sshd-auth"): .sshd, bytes("sudo"): .sudo, bytes("su"): .su,
        bytes("login"): .login, bytes("freeradius"): .radius, bytes("radiusd"): .radius, bytes("systemd-logind"): .known,
        bytes("CRON"): .known, bytes("cron"): .known, bytes("crond"): .known, bytes("atd"): .known,
        bytes("stepup-generate"): .known,
    ]

    static func named(_ name: ArraySlice<UInt8>) -> Program? { name.count > 16 ? nil : table[Array(name)] }
}
