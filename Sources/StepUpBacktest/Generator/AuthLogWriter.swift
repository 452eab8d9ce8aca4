import StepUpCore
import StepUpLogs

/// Lines as Debian 12 writes them to auth.log: sshd, PAM, and FreeRADIUS for the VPN. Who attacks is not labelled there, as it is not in life.
public struct AuthLogWriter: Sendable {
    /// Of a session, the process that serves it.
    private var processes: [String: Int] = [:]
    private var nextProcess = 1000
    private let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// The first line, which says what this is.
    public func label(at time: Timestamp) -> String {
        "\(stamp(time)) synthetic stepup-generate[1]: synthetic logins, seed \(seed): nobody ever logged in like this"
    }

    public mutating func lines(_ event: LogEvent) -> [String] {
        if event.channel == .radius { return radius(event) }
        let address = event.source.value?.description ?? "UNKNOWN"
        func line(_ process: Int, _ message: String) -> String { "\(stamp(event.time)) \(event.host) sshd[\(process)]: \(message)" }
        switch event.kind {
        case .accepted:
            let process = newProcess()
            if let session = event.session { processes[session] = process }
            let key = event.key.value.map { ": \($0.type) \($0.fingerprint)" } ?? ""
            return [
                line(
                    process,
                    "Accepted \(event.method) for \(event.user) from \(address) port \(process + 30_000) ssh2\(event.method == "publickey" ? key : "")"
                ),
                line(process, "pam_unix(sshd:session): session opened for user \(event.user)(uid=1000) by (uid=0)"),
            ]
        case .failed:
            let process = newProcess()
            let name = event.isAccount ? event.user : "invalid user \(event.user)"
            let failure = line(process, "Failed password for \(name) from \(address) port \(process + 30_000) ssh2")
            return event.isAccount
                ? [failure] : [line(process, "Invalid user \(event.user) from \(address) port \(process + 30_000)"), failure]
        case .closed:
            guard let session = event.session, let process = processes.removeValue(forKey: session) else { return [] }
            return [line(process, "pam_unix(sshd:session): session closed for user \(event.user)")]
        case .invalidUser: return []
        }
    }

    private mutating func newProcess() -> Int {
        nextProcess = nextProcess == 32_767 ? 1000 : nextProcess + 1
        return nextProcess
    }

    private mutating func radius(_ event: LogEvent) -> [String] {
        guard event.kind == .accepted || event.kind == .failed else { return [] }
        let result = event.kind == .accepted ? "Login OK" : "Login incorrect"
        return [
            "\(stamp(event.time)) radius1 freeradius[800]: (\(newProcess())) \(result): [\(event.user)] (from client \(event.host) port 0 cli \(event.source.value?.description ?? ""))"
        ]
    }

    /// `2026-03-01T08:00:00.000000+00:00`, as rsyslog writes it on Debian 12.
    private func stamp(_ time: Timestamp) -> String { String(time.rfc3339.dropLast()) + "000+00:00" }
}
