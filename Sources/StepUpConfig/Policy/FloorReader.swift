import StepUpCore

/// What holds whatever the risk is: `[floor]` with a service and its requirement a line, or `[[floor]]` with a `match`.
enum FloorReader {
    static func floors(_ value: TableReader.Value) throws(ConfigError) -> [Floor] {
        var floors: [Floor] = []
        if case .table = value.node.value {
            for requirement in try value.members() {
                floors.append(
                    Floor(scope: try scope(requirement.key, requirement), requirement: try PolicyLoader.requirement(requirement)))
            }
            guard !floors.isEmpty else { throw value.failure("[floor] is empty; write a line such as ssh = \"otp\", or remove it") }
            return floors
        }
        for table in try value.tables("floor") { floors.append(try floor(table)) }
        return floors
    }

    /// `ssh` stands for sshd, `vpn` for all that comes over RADIUS, any other word for the service of that name.
    private static func scope(_ key: String, _ value: TableReader.Value) throws(ConfigError) -> Scope {
        switch key {
        case "ssh": return Scope(services: ["sshd"])
        case "vpn": return Scope(channels: [.radius])
        case "": throw value.failure("[floor] names a service, such as ssh = \"otp\"")
        default: return Scope(services: [key])
        }
    }

    private static func floor(_ table: TableReader) throws(ConfigError) -> Floor {
        var table = table
        let requirement = try PolicyLoader.requirement(
            try table.require("require", "say what is always required here: otp or hardware"))
        let scope = try table.take("match").map { value throws(ConfigError) in try ScopeReader.scope(value) } ?? Scope()
        guard !scope.isEmpty else {
            throw table.failure(
                "\(table.name) lacks 'match': say for which users, groups, services, channels, hosts, tags or sources it holds")
        }
        try table.finish()
        return Floor(scope: scope, requirement: requirement)
    }
}
