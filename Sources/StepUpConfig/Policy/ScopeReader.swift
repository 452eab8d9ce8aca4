import StepUpCore

/// `match = { channels = ["radius"], tags = ["trading"], users = ["a*"], groups = ["ops"], services = ["sshd"], hosts = ["db*"], sources = ["10.0.0.0/8"] }`
enum ScopeReader {
    static func scope(_ value: TableReader.Value) throws(ConfigError) -> Scope {
        var table = try value.table("'\(value.key)'")
        var scope = Scope()
        scope.services = try lines(&table, "services")
        scope.users = try lines(&table, "users")
        scope.groups = try lines(&table, "groups")
        scope.hosts = try lines(&table, "hosts")
        if let tags = table.take("tags") { scope.tags = try tags.tags() }
        if let channels = table.take("channels") {
            for channel in try channels.strings() { scope.channels.append(try channel.word()) }
            guard !scope.channels.isEmpty else { throw channels.failure("'channels' is empty; name pam or radius, or remove it") }
        }
        if let sources = table.take("sources") {
            for source in try sources.strings() { scope.sources.append(try source.cidr()) }
            guard !scope.sources.isEmpty else { throw sources.failure("'sources' is empty; name a network or remove it") }
        }
        try table.finish()
        return scope
    }

    private static func lines(_ table: inout TableReader, _ key: String) throws(ConfigError) -> [String] {
        guard let value = table.take(key) else { return [] }
        var out: [String] = []
        for element in try value.strings() { out.append(try element.line()) }
        // An empty list asks nothing of a login, which is hardly what somebody who writes one means.
        guard !out.isEmpty else { throw value.failure("'\(key)' is empty; name at least one or remove it") }
        guard out.count <= 64 else { throw value.failure("'\(key)' has more than 64 entries; use a group") }
        return out
    }
}
