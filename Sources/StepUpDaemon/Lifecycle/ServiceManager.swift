import CLinux
import Glibc

/// What the service manager hands over and wants to hear (sd_listen_fds(3), sd_notify(3)); no library is needed for either.
struct ServiceManager: Sendable {
    private let environment: [String: String]

    /// - Parameter environment: of this process.
    init(environment: [String: String]) { self.environment = environment }

    /// Sockets that were opened for us, by the name that the unit gives them (`FileDescriptorName=`).
    func inheritedSockets(pid: Int32) throws -> [String: CInt] {
        guard environment["LISTEN_PID"] == String(pid), let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0
        else { return [:] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard count <= 16, names.count == Int(count) else {
            throw SocketError(
                "LISTEN_FDS names \(count) sockets, LISTEN_FDNAMES \(names.count); set FileDescriptorName= in each socket unit")
        }
        var sockets: [String: CInt] = [:]
        for (index, name) in names.enumerated() {
            let descriptor = CInt(3 + index)
            guard clinux_close_on_exec(descriptor) == 0 else { throw SocketError("descriptor \(descriptor) is not open") }
            guard name == "module" || name == "control", sockets[String(name)] == nil else {
                throw SocketError("an inherited socket is called '\(name)'; expected module and control, once each")
            }
            sockets[String(name)] = descriptor
        }
        return sockets
    }

    /// Tells the manager, if there is one.
    func notify(_ message: String) {
        guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else { return }
        _ = clinux_notify(path, message)
    }

    /// The keys handed over as a credential (systemd.exec(5), LoadCredential=).
    var credentialKeys: String? {
        guard let folder = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = "\(folder)/stepup.keys"
        return access(path, F_OK) == 0 ? path : nil
    }
}
