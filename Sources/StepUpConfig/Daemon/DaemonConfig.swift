import StepUpCore

/// `/etc/stepup/stepup.toml`: where things are and how the daemon behaves. Every key has a default; an unknown one is an error.
public struct DaemonConfig: Hashable, Sendable {
    /// Name of this host in every event; nil: what the system calls it.
    public var host: String?
    /// What policies call this host, such as `trading`.
    public var tags: [String] = []
    /// First part of the log's origin, `<fleet>/<host>`.
    public var fleet = "stepup"
    public var paths = Paths()
    /// Who may speak `radius` on the module socket (S08); nil: nobody.
    public var radiusUser: String?
    /// Members of this group may use the control socket beside root; nil: root alone.
    public var adminGroup: String?
    public var challenge = Challenge()
    /// TOTP: steps each way.
    public var totpWindow: Int64 = 1
    /// Shown by authenticator apps.
    public var issuer = "StepUp"
    /// HOTP: counters ahead.
    public var hotpLookAhead: Int64 = 10
    /// How long the name service may take (S09).
    public var nameDeadline = Span.seconds(1)
    /// Bytes of disk that are kept for what must be recorded (S24); 0: none.
    public var reserve: Int64 = 32 << 20
    public var radius = RadiusSettings()
    public var lookups = LookupSources()

    public struct Paths: Hashable, Sendable {
        public var ledger = "/var/lib/stepup/ledger.db"
        public var policy = "/etc/stepup/policy.toml"
        /// Runs beside it and asks nobody; there need not be one.
        public var shadowPolicy = "/etc/stepup/shadow.toml"
        /// nil: the systemd credential `stepup.keys` if there is one, else `/etc/stepup/keys`.
        public var keys: String?
        public var socket = "/run/stepup/stepup.sock"
        public var controlSocket = "/run/stepup/control.sock"
        public var spool = "/var/spool/stepup"
        public var zoneinfo = "/usr/share/zoneinfo"
    }

    public struct Challenge: Hashable, Sendable {
        public var prompt = "Verification code: "
        public var retryPrompt = "That code was not accepted. Verification code: "
        /// How long a prompt waits for its answer.
        public var expires = Span.minutes(2)
        /// Prompts an attempt may have.
        public var tries: Int64 = 3
    }

    public static let defaultPath = "/etc/stepup/stepup.toml"

    public init() {}

    /// - Parameter file: its name, for errors.
    public init(_ text: String, file: String) throws(ConfigError) {
        var root = try TableReader(try TomlNode.parse(text, file: file), file: file, name: "the configuration")
        host = try root.take("host").map { value throws(ConfigError) in try Self.name(value) }
        if let value = root.take("tags") { tags = try value.tags() }
        if let value = root.take("fleet") { fleet = try Self.name(value) }
        try readPaths(&root)
        var module = try root.table("module")
        radiusUser = try module.take("radius_user").map { value throws(ConfigError) in try value.line(limit: 64) }
        try module.finish()
        var control = try root.table("control")
        adminGroup = try control.take("group").map { value throws(ConfigError) in try value.line(limit: 64) }
        try control.finish()
        try readChallenge(&root)
        var totp = try root.table("totp")
        if let value = totp.take("window") { totpWindow = try value.integer(0...10) }
        if let value = totp.take("issuer") { issuer = try value.line(limit: 64) }
        try totp.finish()
        var hotp = try root.table("hotp")
        if let value = hotp.take("look_ahead") { hotpLookAhead = try value.integer(1...100) }
        try hotp.finish()
        var limits = try root.table("limits")
        if let value = limits.take("nss_deadline") { nameDeadline = try value.span(.seconds(1)...(.seconds(30))) }
        if let value = limits.take("reserve_mib") { reserve = try value.integer(0...1024) << 20 }
        try limits.finish()
        var radius = try root.table("radius")
        self.radius = try RadiusSettings(&radius)
        try radius.finish()
        lookups = try LookupSources(&root)
        try root.finish()
    }

    private mutating func readPaths(_ root: inout TableReader) throws(ConfigError) {
        var table = try root.table("paths")
        if let value = table.take("ledger") { paths.ledger = try value.path() }
        if let value = table.take("policy") { paths.policy = try value.path() }
        if let value = table.take("shadow_policy") { paths.shadowPolicy = try value.path() }
        if let value = table.take("keys") { paths.keys = try value.path() }
        if let value = table.take("socket") { paths.socket = try Self.socketPath(value) }
        if let value = table.take("control_socket") { paths.controlSocket = try Self.socketPath(value) }
        if let value = table.take("spool") { paths.spool = try value.path() }
        if let value = table.take("zoneinfo") { paths.zoneinfo = try value.path() }
        try table.finish()
    }

    private mutating func readChallenge(_ root: inout TableReader) throws(ConfigError) {
        var table = try root.table("challenge")
        if let value = table.take("prompt") { challenge.prompt = try value.line(limit: 400) }
        if let value = table.take("retry_prompt") { challenge.retryPrompt = try value.line(limit: 400) }
        if let value = table.take("expires") { challenge.expires = try value.span(.seconds(10)...(.minutes(15))) }
        if let value = table.take("tries") { challenge.tries = try value.integer(1...5) }
        try table.finish()
    }

    private static func name(_ value: TableReader.Value) throws(ConfigError) -> String {
        let text = try value.line(limit: 64)
        guard text.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || $0 == 0x2d || $0 == 0x2e })
        else { throw value.failure("'\(value.key)' is made of letters, digits, - and .") }
        return text
    }

    private static func socketPath(_ value: TableReader.Value) throws(ConfigError) -> String {
        let path = try value.path()
        guard path.utf8.count <= 107 else { throw value.failure("the path of a socket has at most 107 bytes (unix(7))") }
        return path
    }
}
