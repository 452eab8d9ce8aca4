extension Actor: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("login_uid", loginUID.map { Int64($0) })
            out.member("name", name)
            out.member("uid", Int64(uid))
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            uid: UInt32(clamping: try reader.member("uid").integer()),
            loginUID: try reader.optional("login_uid")?.integer().clampedUID, name: try reader.member("name").string())
    }

    static func optional(_ reader: JSONReader) throws(JSONError) -> Actor? {
        guard let actor = reader.optional("actor") else { return nil }
        return try Actor(reader: actor)
    }
}

extension Int64 {
    fileprivate var clampedUID: UInt32 { UInt32(clamping: self) }
}

extension TokenChanged: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("action", action.rawValue)
            out.member("actor", actor)
            out.member("counter", counter)
            out.member("kind", kind.rawValue)
            out.member("label", label)
            out.member("token", token.description)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            action: try reader.member("action").word(), token: try TokenID.read(try reader.member("token")),
            kind: try reader.member("kind").word(), label: try reader.member("label").string(),
            counter: try reader.optional("counter")?.integer(), actor: try Actor.optional(reader))
    }
}

extension DaemonRecord {
    init(reader: JSONReader) throws(JSONError) {
        self.init(
            version: try reader.member("version").string(), bootID: try reader.member("boot_id").string(),
            note: try reader.member("note").string())
    }
}
