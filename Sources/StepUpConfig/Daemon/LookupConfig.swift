import StepUpCore

extension LookupSources {
    /// `[geo]`, `[[list]]` and `[[holidays]]`.
    init(_ root: inout TableReader) throws(ConfigError) {
        self.init()
        if let value = root.take("geo") { try readGeo(value) }
        if let value = root.take("list") { lists = try Self.files(value, "list") }
        if let value = root.take("holidays") { holidays = try Self.files(value, "holidays") }
    }

    private mutating func readGeo(_ value: TableReader.Value) throws(ConfigError) {
        var table = try value.table("[geo]")
        country = .tor(folder: Self.torFolder)
        if let value = table.take("country") {
            switch try value.string() {
            case "tor": break
            case "none": country = nil
            case let path where path.hasPrefix("/"):
                country = path.hasSuffix(".mmdb") ? .maxMind(path: try value.path()) : .tor(folder: try value.path())
            default:
                throw value.failure(
                    "'country' is \"tor\" (Debian's tor-geoipdb), \"none\", a folder with geoip and geoip6, or a file .mmdb")
            }
        }
        if let value = table.take("asn") {
            switch try value.string() {
            case "libloc": system = .loc(path: Self.locPath, key: Self.locKey)
            case let path where path.hasSuffix(".db"): system = .loc(path: try value.path(), key: Self.locKey)
            default: system = .maxMind(path: try Self.maxMind(value))
            }
        }
        place = try table.take("place").map { value throws(ConfigError) in try Self.maxMind(value) }
        geoMaxAge = try table.take("max_age").map { value throws(ConfigError) in try Self.age(value) }
        for network in try table.take("egress")?.strings() ?? [] { egress.append(try network.cidr()) }
        try table.finish()
    }

    private static func maxMind(_ value: TableReader.Value) throws(ConfigError) -> String {
        let path = try value.path()
        guard path.hasSuffix(".mmdb") else {
            throw value.failure(
                "'\(value.key)' must be a MaxMind database, a file .mmdb"
                    + (value.key == "asn" ? "; or \"libloc\", Debian's, or another of that kind, a file .db" : ""))
        }
        return path
    }

    private static func age(_ value: TableReader.Value) throws(ConfigError) -> Span { try value.span(.hours(1)...(.days(3650))) }

    private static func files(_ value: TableReader.Value, _ kind: String) throws(ConfigError) -> [File] {
        var files: [File] = []
        for var table in try value.tables(kind) {
            let name = try table.require("name", "what policies call it, such as \"tor-exits\"")
            let file = File(
                name: try name.label("a name", limit: ListFact.nameLimit), path: try table.require("file", "its path").path(),
                maxAge: try table.take("max_age").map { value throws(ConfigError) in try age(value) })
            guard !files.contains(where: { $0.name == file.name }) else { throw name.failure("'\(file.name)' stands twice") }
            files.append(file)
            try table.finish()
            guard files.count <= fileLimit else { throw table.failure("there are at most \(fileLimit)") }
        }
        return files
    }
}
