import Glibc
import StepUpConfig
import StepUpSources

/// Who may speak beside root: the accounts that the configuration names, looked up once at the start.
struct SocketOwners: Sendable {
    /// Who speaks `radius`.
    var radius: (uid: uid_t, gid: gid_t)?
    /// The group of the control socket.
    var adminGroup: gid_t?

    /// - Throws: `SourceError` naming the file and what is not there.
    init(_ config: DaemonConfig, file: String) throws(SourceError) {
        if let name = config.radiusUser {
            guard let entry = getpwnam(name) else {
                throw SourceError("\(file): [module] radius_user: there is no user '\(name)'; see: getent passwd")
            }
            radius = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        if let name = config.adminGroup {
            guard let entry = getgrnam(name) else {
                throw SourceError("\(file): [control] group: there is no group '\(name)'; make it with: groupadd \(name)")
            }
            adminGroup = entry.pointee.gr_gid
        }
    }
}
