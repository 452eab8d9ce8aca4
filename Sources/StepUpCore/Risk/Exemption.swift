/// A signed-for, expiring permission to log in without the step-up that risk asks for (S05). It overrides neither `deny` nor a
/// floor, and teaches nothing.
public struct Exemption: Hashable, Sendable, CanonicalJSON {
    public var id: String
    /// Canonical account.
    public var user: String
    public var service: String
    public var source: CIDR
    /// Fingerprint; nil: any key. A key that is not visible does not match one that is named.
    public var key: String?
    /// Who answers for it, and why it is there.
    public var owner: String
    public var reason: String
    public var expires: Timestamp

    public init(
        id: String, user: String, service: String, source: CIDR, key: String?, owner: String, reason: String,
        expires: Timestamp
    ) {
        (self.id, self.user, self.service, self.source, self.key) = (id, user, service, source, key)
        (self.owner, self.reason, self.expires) = (owner, reason, expires)
    }

    func covers(_ attempt: Attempt) -> Bool {
        guard attempt.time < expires, attempt.subject.account?.name == user, attempt.service == service,
            let address = attempt.source.value, source.contains(address)
        else { return false }
        return key == nil || key == attempt.key.value?.fingerprint
    }

    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("expires", expires.milliseconds)
            out.member("id", id)
            out.member("key", key)
            out.member("owner", owner)
            out.member("reason", reason)
            out.member("service", service)
            out.member("source", source.description)
            out.member("user", user)
        }
    }

    public init(reader: JSONReader) throws(JSONError) {
        let sourceReader = try reader.member("source")
        guard let source = CIDR(try sourceReader.string()) else {
            throw sourceReader.failure("expected a network, such as 10.1.0.0/16")
        }
        self.init(
            id: try reader.member("id").string(), user: try reader.member("user").string(),
            service: try reader.member("service").string(), source: source, key: try reader.optional("key")?.string(),
            owner: try reader.member("owner").string(), reason: try reader.member("reason").string(),
            expires: try reader.member("expires").timestamp())
    }
}
