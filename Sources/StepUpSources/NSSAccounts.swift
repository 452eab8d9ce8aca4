import Glibc
import StepUpCore

/// A source of accounts. May block for long: ask it off the event loop, with a deadline (S09).
public protocol AccountSource: Sendable {
    /// The canonical account of a name as it was typed, and the names of all its groups; nil if there is none.
    func account(named name: String) throws(SourceError) -> ResolvedAccount?

    /// The account of a uid, likewise.
    func account(uid: UInt32) throws(SourceError) -> ResolvedAccount?
}

/// An account with all its groups; the engine keeps those that the policy asks about.
public struct ResolvedAccount: Hashable, Sendable {
    public var name: String
    public var uid: UInt32
    public var groups: [String]

    public init(name: String, uid: UInt32, groups: [String]) { (self.name, self.uid, self.groups) = (name, uid, groups) }
}

/// A source of facts could not be asked; not the same as a fact that is not there.
public struct SourceError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}

/// The system's name service switch: files, LDAP, SSSD, whatever `nsswitch.conf` says.
public struct NSSAccounts: AccountSource {
    public init() {}

    public func account(named name: String) throws(SourceError) -> ResolvedAccount? {
        try account { entry, buffer, size, found in getpwnam_r(name, entry, buffer, size, found) }
    }

    public func account(uid: UInt32) throws(SourceError) -> ResolvedAccount? {
        try account { entry, buffer, size, found in getpwuid_r(uid, entry, buffer, size, found) }
    }

    private typealias Lookup = (
        UnsafeMutablePointer<Glibc.passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<Glibc.passwd>?>
    ) -> CInt

    private func account(_ lookup: Lookup) throws(SourceError) -> ResolvedAccount? {
        var size = 4096
        while size <= 1 << 20 {
            var entry = Glibc.passwd()
            var found: UnsafeMutablePointer<Glibc.passwd>?
            // What the entry points into must outlive the call.
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let status = lookup(&entry, buffer, size, &found)
            if status == ERANGE {
                size *= 4
                continue
            }
            // Some services report an unknown name as an error; getpwnam(3) lists these.
            if found == nil, [0, ENOENT, ESRCH, EBADF, EPERM].contains(status) { return nil }
            guard status == 0, found != nil, let text = entry.pw_name else {
                throw SourceError("NSS could not look up a user: \(String(cString: strerror(status)))")
            }
            let name = String(cString: text)
            return ResolvedAccount(name: name, uid: entry.pw_uid, groups: try groups(of: name, entry.pw_gid))
        }
        throw SourceError("NSS has an entry larger than 1 MiB")
    }

    private func groups(of name: String, _ gid: UInt32) throws(SourceError) -> [String] {
        var count: Int32 = 64
        var ids = [gid_t](repeating: 0, count: Int(count))
        while getgrouplist(name, gid, &ids, &count) < 0 {
            guard count > ids.count, count <= 65_536 else { throw SourceError("NSS could not list the groups of a user") }
            ids = [gid_t](repeating: 0, count: Int(count))
        }
        var names: [String] = []
        for id in ids.prefix(Int(count)) {
            if let name = try groupName(id) { names.append(name) }
        }
        return names.sorted()
    }

    private func groupName(_ id: gid_t) throws(SourceError) -> String? {
        var size = 4096
        while size <= 1 << 22 {
            var entry = Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            // What the entry points into must outlive the call.
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let status = getgrgid_r(id, &entry, buffer, size, &found)
            if status == ERANGE {
                size *= 4
                continue
            }
            if found == nil { return nil }
            return entry.gr_name.map { String(cString: $0) }
        }
        throw SourceError("NSS has a group larger than 4 MiB")
    }
}
