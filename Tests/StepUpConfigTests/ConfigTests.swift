import StepUpCore
import Testing

@testable import StepUpConfig

private func load(_ text: String) throws(ConfigError) -> Policy {
    try PolicyLoader.load("version = 1\n" + text, file: "p.toml", hash: "h")
}

@Suite("Policy")
struct PolicyTests {
    @Test("every signal with its thresholds, scopes, floors and modes")
    func whole() throws {
        let policy = try load(
            """
            mode = "shadow"
            grace = "2m"
            shared_sources = ["10.9.0.0/16", "192.0.2.1"]
            [[floor]]
            require = "hardware"
            match = { groups = ["trading"] }
            [[rule]]
            name = "a"
            signal = "calendar"
            inside = { days = ["fri", "mon"], hours = "22:00-06:00", zone = "Europe/Zurich" }
            require = "otp"
            mode = "enforce"
            match = { services = ["sshd"], users = ["a*"], hosts = ["t*"], sources = ["10.0.0.0/8"] }
            except = { groups = ["ops"] }
            [[rule]]
            name = "b"
            signal = "vel_ip"
            more_than = 20
            within = "5m"
            require = "deny"
            on_unknown = "skip"
            """)
        #expect(policy.grace == .minutes(2) && policy.sharedSources.count == 2 && policy.floors.count == 1)
        #expect(policy.rules.map(\.mode) == [.enforce, .shadow])
        #expect(
            policy.rules[0].condition
                == .signal(.calendar(CalendarWindow(days: [.mon, .fri], fromMinute: 1320, toMinute: 360, zone: "Europe/Zurich"))))
        #expect(
            policy.rules[1].condition == .signal(.velIP(moreThan: 20, within: .minutes(5))) && policy.rules[1].onUnknown == .skip)
        #expect(policy.needs.zones == ["Europe/Zurich"] && policy.groups == ["ops", "trading"])
    }

    @Test("a rule joins signals; a scope may be a channel or a tag; a floor is a line")
    func joined() throws {
        let policy = try load(
            """
            [floor]
            ssh = "otp"
            vpn = "hardware"
            sudo = "otp"
            [[rule]]
            name = "odd"
            when = { all = [{ signal = "net_new" }, { any = [{ signal = "vel_user", more_than = 3, within = "5m" }, { not = { signal = "target", tags = ["lab"] } }] }] }
            require = "otp"
            why = "{network} is new, {attempts} attempts"
            match = { channels = ["radius"], tags = ["trading", "admin"] }
            """)
        let velocity = Condition.signal(.velUser(moreThan: 3, within: .minutes(5)))
        #expect(policy.rules[0].condition == .all([.signal(.netNew), .any([velocity, .not(.signal(.target(["lab"])))])]))
        #expect(policy.rules[0].scope == Scope(channels: [.radius], tags: ["trading", "admin"]))
        #expect(policy.rules[0].why == "{network} is new, {attempts} attempts")
        #expect(
            policy.floors == [
                Floor(scope: Scope(services: ["sshd"]), requirement: .otp),
                Floor(scope: Scope(services: ["sudo"]), requirement: .otp),
                Floor(scope: Scope(channels: [.radius]), requirement: .hardware),
            ])
    }

    private static func when(_ text: String) -> String { "[[rule]]\nname = \"a\"\nrequire = \"otp\"\nwhen = \(text)" }

    @Test(
        "what is wrong with a condition is named with its place",
        arguments: [
            (when("{ all = [{ signal = \"ip_new\" }] }"), "5:16", "joins two"),
            (when("{ all = [{ signal = \"ip_new\" }, { signal = \"ip_new\" }] }"), "5:40", "stands in 'all' before"),
            (when("{ all = [{ signal = \"ip_nwe\" }, { signal = \"always\" }] }"), "5:28", "did you mean 'ip_new'?"),
            (when("{ not = { signal = \"ip_new\" } }"), "5:16", "less where there is more risk"),
            (
                when("{ any = [{ signal = \"target\", tags = [\"x\"] }, { not = { signal = \"target\", tags = [\"x\"] } }] }"),
                "5:54",
                "always fires"
            ),
            (
                when("{ all = [{ not = { signal = \"target\", tags = [\"x\"] } }, { signal = \"target\", tags = [\"x\"] }] }"),
                "5:64",
                "can never fire"
            ),
            (when("{ signal = \"vel_user\" }"), "5:8", "lacks 'more_than'"), (when("{ al = [] }"), "5:8", "lacks 'signal'"),
            (when("{ signal = \"always\", inside = 3 }"), "5:29", "no key 'inside'"),
            (when("{ signal = \"always\" }\nsignal = \"always\""), "6:10", "'signal' or 'when', not both"),
            (when("{ signal = \"always\" }\nwhy = \"{x}\""), "6:7", "no operand of this rule"),
            (when("{ signal = \"target\", tags = [\"A\"] }"), "5:37", "a tag is made of"),
            (
                when(
                    "{ all = [{ signal = \"always\" }, { all = [{ signal = \"ip_new\" }, { all = [{ signal = \"net_new\" }, { all = [{ signal = \"device_new\" }, { all = [] }] }] }] }] }"
                ),
                "5:114", "4 deep at most"
            ),
            ("[floor]\nssh = \"opt\"", "3:7", "did you mean 'otp'?"), ("[floor]", "2:1", "[floor] is empty"),
            (rule + "[[rule]]\nname = \"b\"\nsignal = \"ip_new\"\nrequire = \"otp\"", "6:1", "'b' never changes anything"),
            (
                rule + "match = { services = [\"sshd\"] }\nexcept = { services = [\"*\"] }", "2:1", "can never fire"
            ),
        ])
    func badConditions(_ text: String, _ place: String, _ words: String) {
        let error = #expect(throws: ConfigError.self) { try load(text) }
        #expect(error?.description.hasPrefix("p.toml:" + place) == true, "\(error?.description ?? "none")")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "none")")
    }

    @Test("a policy that was in force once is read, whatever is found useless in it today")
    func archived() throws {
        let text = "version = 1\n" + Self.rule + "[[rule]]\nname = \"b\"\nsignal = \"ip_new\"\nrequire = \"otp\""
        #expect(throws: ConfigError.self) { try PolicyLoader.load(text, file: "p", hash: "h") }
        #expect(try PolicyLoader.load(text, file: "p", hash: "h", isArchived: true).rules.count == 2)
    }

    private static let rule = "[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"otp\"\n"

    @Test(
        "an error names line, column and what was expected",
        arguments: [
            ("rules = []", "p.toml:2:1", "did you mean 'rule'?"),
            ("[[rule]]\nname = \"a\"\nsignal = \"ip_nwe\"\nrequire = \"otp\"", "p.toml:4:10", "did you mean 'ip_new'?"),
            ("[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"opt\"", "p.toml:5:11", "did you mean 'otp'?"),
            ("[[rule]]\nsignal = \"always\"\nrequire = \"otp\"", "p.toml:2:1", "lacks 'name'"),
            ("[[rule]]\nname = \"a b\"\nsignal = \"always\"\nrequire = \"otp\"", "p.toml:3:8", "made of a-z"),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"vel_user\"\nwithin = \"1m\"\nrequire = \"otp\"", "p.toml:2:1",
                "lacks 'more_than'"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"vel_user\"\nmore_than = 256\nwithin = \"1m\"\nrequire = \"otp\"", "p.toml:5:13",
                "1 to 255"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"fanout\"\nmore_than = 64\nwithin = \"1h\"\nrequire = \"otp\"", "p.toml:5:13",
                "1 to 63"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"fanout\"\nmore_than = 5\nwithin = \"2h\"\nrequire = \"otp\"", "p.toml:6:10",
                "to 1h"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"score\"\nat_least = 12\nrequire = \"otp\"", "p.toml:2:1", "score_alone = true"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"ip_new\"\nscore_alone = true\nrequire = \"otp\"", "p.toml:5:15", "remove it"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"vel_user\"\nmore_than = 5\nwithin = \"25h\"\nrequire = \"otp\"", "p.toml:6:10",
                "to 1d"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"always\"\nwithin = \"5m\"\nrequire = \"otp\"", "p.toml:5:1",
                "has no key 'within'"
            ),
            ("[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"none\"", "p.toml:5:11", "asks for nothing"),
            ("[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"phishing_resistant\"", "p.toml:5:11", "nobody could pass"),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"otp\"\nmatch = { source = [\"10.0.0.0/8\"] }",
                "p.toml:6:11", "did you mean 'sources'?"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"otp\"\nmatch = { sources = [\"10.0.0.1/8\"] }",
                "p.toml:6:22", "host bits"
            ),
            ("[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"otp\"\nmatch = { users = [] }", "p.toml:6:19", "is empty"),
            ("[[rule]]\nname = \"a\"\nsignal = \"always\"\nrequire = \"otp\"\nexcept = {}", "p.toml:6:10", "except everybody"),
            ("[[floor]]\nrequire = \"otp\"", "p.toml:2:1", "lacks 'match'"),
            ("grace = 5", "p.toml:2:9", "length of time"), ("grace = \"6m\"", "p.toml:2:9", "to 5m"),
            ("mode = \"enforced\"", "p.toml:2:8", "did you mean 'enforce'?"),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"calendar\"\nrequire = \"otp\"\ninside = { days = [\"mo\"], hours = \"07:00-19:00\", zone = \"UTC\" }",
                "p.toml:6:20", "mon, tue"
            ),
            (
                "[[rule]]\nname = \"a\"\nsignal = \"calendar\"\nrequire = \"otp\"\ninside = { days = [\"mon\"], hours = \"7-19\", zone = \"UTC\" }",
                "p.toml:6:36", "HH:MM-HH:MM"
            ),
            (rule + rule, "p.toml:6:1", "two rules have the name"), ("x = ", "p.toml:2:", "not TOML"),
        ])
    func errors(_ text: String, _ place: String, _ words: String) {
        let error = #expect(throws: ConfigError.self) { try load(text) }
        #expect(error?.description.hasPrefix(place) == true, "\(error?.description ?? "none")")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "none")")
    }

    @Test("S25 a rule that denies must state what an unknown fact means")
    func denyStates() throws {
        let text = "[[rule]]\nname = \"a\"\nsignal = \"ip_new\"\nrequire = \"deny\"\n"
        #expect(throws: ConfigError.self) { try load(text) }
        #expect(try load(text + "on_unknown = \"fire\"\n").rules[0].onUnknown == .fire)
    }

    @Test("a version is asked for, and another one is refused")
    func version() {
        #expect(throws: ConfigError.self) { try PolicyLoader.load("", file: "p", hash: "h") }
        #expect(throws: ConfigError.self) { try PolicyLoader.load("version = 2", file: "p", hash: "h") }
    }

    @Test("more rules than an event can hold, and texts beyond the limit, are refused")
    func limits() {
        let rules = (0...Policy.ruleLimit).map { "[[rule]]\nname = \"r\($0)\"\nsignal = \"always\"\nrequire = \"otp\"\n" }.joined()
        #expect(throws: ConfigError.self) { try load(rules) }
        #expect(throws: ConfigError.self) { try load("# " + String(repeating: "x", count: PolicyLoader.sizeLimit)) }
    }

    @Test("no text makes the loader trap", arguments: 0..<300)
    func mutations(_ seed: Int) {
        let good = Array(Self.rule.utf8)
        var random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % UInt64(bound))
        }
        var bytes = good
        for _ in 0...next(6) { bytes[next(bytes.count)] = UInt8(next(128)) }
        _ = try? load(String(decoding: bytes, as: UTF8.self))
    }
}

@Suite("Daemon configuration")
struct DaemonConfigTests {
    @Test("an empty file is the defaults; every key is read")
    func whole() throws {
        #expect(try DaemonConfig("", file: "c") == DaemonConfig())
        let config = try DaemonConfig(
            """
            host = "t1"
            fleet = "f"
            [paths]
            ledger = "/l"
            policy = "/p"
            keys = "/k"
            socket = "/s"
            control_socket = "/c"
            spool = "/sp"
            zoneinfo = "/z"
            [module]
            radius_user = "freerad"
            [control]
            group = "admins"
            [challenge]
            prompt = "Code: "
            retry_prompt = "Again: "
            expires = "1m"
            tries = 2
            [totp]
            window = 2
            issuer = "Firm"
            [hotp]
            look_ahead = 5
            [limits]
            nss_deadline = "2s"
            [radius]
            realms = ["corp.example"]
            prompt = "Code? "
            retry_prompt = "Again? "
            append_message = "Append it"
            [[radius.nas]]
            name = "vpn"
            clients = ["10.0.0.7", "10.1.0.0/16"]
            address = "Calling-Station-Id"
            device = "certificate"
            challenge = false
            append = "suffix"
            separator = ","
            accept = { none = ["Filter-Id=basic"], otp = ["Filter-Id=full", "Class=x=y"] }
            [[radius.nas]]
            name = "wifi"
            clients = ["10.2.0.0/16"]
            device = "mac"
            [[radius.realm]]
            name = "old.example"
            challenge = false
            append = "prefix"
            """, file: "c")
        let (vpn, wifi) = (try #require(config.radius.profiles.first), try #require(config.radius.profiles.last))
        #expect(vpn.clients.count == 2 && vpn.address == .callingStation && vpn.device == .certificate && !vpn.codes.canChallenge)
        #expect(vpn.codes.append == .suffix && vpn.codes.separator == "," && wifi.device == .mac && wifi.codes == CodeEntry())
        #expect(vpn.attributes(for: .none) == [ReplyAttribute(name: "Filter-Id", value: "basic")])
        #expect(vpn.attributes(for: .hardware).map(\.value) == ["full", "x=y"] && wifi.attributes(for: .otp).isEmpty)
        let old = try #require(config.radius.realmCodes["old.example"])
        #expect(old == CodeEntry.Changes(canChallenge: false, append: .prefix))
        #expect(config.radius.realms == ["corp.example", "old.example"] && config.radius.prompt == "Code? ")
        #expect(config.paths.ledger == "/l" && config.paths.keys == "/k" && config.adminGroup == "admins")
        #expect(
            config.challenge.tries == 2 && config.totpWindow == 2 && config.hotpLookAhead == 5 && config.nameDeadline == .seconds(2)
        )
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("[paths]\nledgr = \"/x\"", "c:2:1: [paths] has no key 'ledgr'; did you mean 'ledger'?"),
            ("[paths]\nledger = \"x\"", "c:2:10: 'ledger' must be an absolute path"),
            ("[challenge]\ntries = 0", "c:2:9: 'tries' must be 1 to 5"), ("host = \"a b\"", "c:1:8: 'host' is made of"),
            ("[paths]\nsocket = \"/\(String(repeating: "x", count: 120))\"", "c:2:10: the path of a socket"),
            ("[totp]\nwindow = 1.5", "c:2:10: 'window' must be an integer, not a float"),
            ("[totp]\nissuer = \"a\\nb\"", "c:2:10: 'issuer' must be one line"),
            ("paths = 3", "c:1:9: [paths] must be a table, not an integer"),
            ("[radius]\nprompt = \"Code für VPN: \"", "c:2:10: 'prompt' must be printable ASCII"),
            ("[[radius.realm]]\nappend = \"suffix\"", "c:1:1: realm 1 lacks 'name'"),
            ("[[radius.realm]]\nname = \"x\"\n[[radius.realm]]\nname = \"X\"", "c:3:1: realm 2: 'X' stands twice"),
            ("[[radius.realm]]\nname = \"x\"\naddress = \"none\"", "c:3:1: realm 1 has no key 'address'"),
            ("[[radius.nas]]\nname = \"x\"", "c:1:1: nas 1 lacks 'clients'"),
            ("[[radius.nas]]\nname = \"x\"\nclients = []", "c:3:11: 'clients' must not be empty"),
            ("[[radius.nas]]\nname = \"x\"\nclients = [\"10.0.0.1/8\"]", "c:3:12: '10.0.0.1/8' is no network"),
            (
                "[[radius.nas]]\nname = \"x\"\nclients = [\"::1\"]\naccept = { otp = [\"Filter-Id\"] }",
                "c:4:19: an attribute is written as"
            ),
            ("[[radius.nas]]\nname = \"x\"\nclients = [\"::1\"]\naccept = { deny = [] }", "c:4:12: [accept] has no key 'deny'"),
            ("[[radius.nas]]\nname = \"x\"\nclients = [\"::1\"]\nchallenge = 1", "c:4:13: 'challenge' must be true or false"),
            ("[[radius.nas]]\nname = \"x\"\nclients = [\"::1\"]\nappend = \"sufix\"", "c:4:10: 'append' must be one of"),
            ("[[radius.nas]]\nname = \"x\"\nclients = [\"::1\"]\nseparator = \",\"", "c:1:1: nas 1 has a separator, and no append"),
            (
                "[[radius.nas]]\nname = \"x\"\nclients = [\"::1\"]\naddress = \"Calling-Station-Id\"\ndevice = \"mac\"",
                "c:1:1: nas 1: Calling-Station-Id cannot be"
            ),
        ])
    func errors(_ text: String, _ words: String) {
        let error = #expect(throws: ConfigError.self) { try DaemonConfig(text, file: "c") }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "none")")
    }
}
