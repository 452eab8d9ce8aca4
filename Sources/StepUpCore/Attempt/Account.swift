/// Who is logging in: the canonical account that all state keys on (S09). The name as it was typed is evidence only.
public struct Account: Hashable, Sendable {
    /// NSS `pw_name`, or what the realm map makes of a RADIUS name.
    public var name: String
    public var uid: UInt32
    /// The groups that the policy in force asks about and the account is in, sorted; not all of them, so that events stay small.
    public var groups: [String]

    public init(name: String, uid: UInt32, groups: [String]) { (self.name, self.uid, self.groups) = (name, uid, groups) }
}

/// The subject of an attempt.
public enum Subject: Hashable, Sendable, CanonicalJSON {
    case account(Account)
    /// A name that resolves to no account. People type passwords as names, so it is kept as a keyed hash and a length only
    /// (S11).
    case unresolved(hash: String, length: Int)

    public var account: Account? {
        if case .account(let account) = self { account } else { nil }
    }

    public func write(to out: inout CanonicalWriter) {
        switch self {
        case .account(let account):
            out.object { out in
                out.member("account", account.name)
                out.member("groups", account.groups)
                out.member("uid", Int64(account.uid))
            }
        case .unresolved(let hash, let length):
            out.object { out in
                out.member("unresolved_hash", hash)
                out.member("unresolved_length", length)
            }
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        if let name = reader.optional("account") {
            let uid = try reader.member("uid").integer()
            guard let uid = UInt32(exactly: uid) else { throw reader.failure("a uid of \(uid)") }
            self = .account(Account(name: try name.string(), uid: uid, groups: try reader.member("groups").strings()))
        } else {
            self = .unresolved(
                hash: try reader.member("unresolved_hash").string(),
                length: Int(try reader.member("unresolved_length").integer()))
        }
    }
}
