import StepUpCore
import StepUpTestKit
import Testing

@testable import StepUpConfig

@Suite("Scenarios")
struct ScenarioTests {
    private static let policy = Sample.policy([Sample.rule(.netNew, name: "net"), Sample.rule(.deviceNew, .hardware, name: "key")])

    private static func read(_ text: String) throws -> [Scenario] {
        try ScenarioFile("version = 1\n" + text, file: "s.toml", policy: policy).scenarios
    }

    @Test("what is not said is usual, where from and with what is the login's alone")
    func defaults() throws {
        let scenario = try #require(
            try Self.read(
                """
                [[scenario]]
                name = "one"
                user = "bob"
                tags = ["trading"]
                from = "198.51.100.7"
                key = "stolen"
                at = "2026-03-02T08:00:00Z"
                history = [{ ago = "10d", times = 5 }, { ago = "5m", failed = 2, from = "198.51.100.7" }, { ago = "1h", proved = "none", key = "none" }]
                expect = "hardware"
                fires = ["net", "key"]
                """
            ).first)
        let step = try #require(scenario.steps.first)
        #expect(
            step.login.user == "bob" && step.login.source.value?.description == "198.51.100.7"
                && step.login.key.value?.fingerprint == "stolen")
        #expect(step.expected == .hardware && step.fires == ["net", "key"] && step.answer == .right)
        #expect(
            scenario.history.map(\.login.user) == ["bob", "bob", "bob"]
                && scenario.history.map(\.login.tags) == Array(repeating: ["trading"], count: 3))
        #expect(
            scenario.history[0].login.source.value?.description == "192.0.2.1"
                && scenario.history[0].login.key.value?.fingerprint == "usual")
        #expect(scenario.history[0].times == 5 && scenario.history[0].every == .days(1) && scenario.history[0].kind == .login(.otp))
        #expect(scenario.history[1].kind == .failed && scenario.history[1].times == 2 && scenario.history[2].kind == .login(.none))
        #expect(scenario.history[2].login.key == .notApplicable)
        #expect(scenario.run(Self.policy, zones: [:]).map(\.problem) == [nil])
    }

    @Test("several logins come one after the other")
    func several() throws {
        let steps = try Self.read(
            """
            [[scenario]]
            name = "trip"
            at = "2026-03-02T08:00:00Z"
            attempts = [
              { expect = "hardware", answer = "wrong" }, { after = "1h", from = "none", key = "unknown", fires = [] },
              { at = "2026-03-03T00:00:00Z", expect = "deny" },
            ]
            """)[0].steps
        let start = try #require(Timestamp(rfc3339: "2026-03-02T08:00:00Z"))
        #expect(steps.map(\.time) == [start, start + .hours(1), start + .hours(16)])
        #expect(
            steps[0].answer == .wrong && steps[1].login.source == .notApplicable && steps[1].fires == []
                && steps[2].expected == .deny)
    }

    private static let head = "[[scenario]]\nname = \"a\"\n"
    private static let at = "at = \"2026-03-02T08:00:00Z\"\n"

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("", "1:1", "lacks 'scenario'"), (head, "2:1", "lacks 'at'"), (head + at, "2:1", "expects nothing"),
            (head + "at = \"08:00\"", "4:6", "a moment in UTC"),
            (head + at + "expect = \"none\"", "5:10", "allow, otp, hardware, deny"),
            (head + at + "expect = \"alow\"", "5:10", "allow, otp"),
            (head + at + "fires = [\"nett\"]", "5:10", "did you mean 'net'?"),
            (head + at + "from = \"home\"\nexpect = \"otp\"", "5:8", "an IP address"),
            (head + at + "expects = \"otp\"\nexpect = \"otp\"", "5:1", "did you mean 'expect'?"),
            (head + at + "expect = \"otp\"\nhistory = [{ ago = \"2d\", times = 4 }]", "6:12", "end after the login"),
            (head + at + "expect = \"otp\"\nhistory = [{ times = 4 }]", "6:12", "lacks 'ago'"),
            (head + at + "expect = \"otp\"\nhistory = [{ ago = \"1d\", failed = 200000 }]", "6:35", "1 to 100000"),
            (head + at + "expect = \"otp\"\nhistory = [{ ago = \"1d\", proved = \"deny\" }]", "6:12", "nobody proves"),
            (head + at + "attempts = []", "5:12", "is empty"),
            (head + at + "attempts = [{ expect = \"otp\" }, { at = \"2026-03-01\", expect = \"otp\" }]", "5:33", "earlier than"),
            (head + at + "expect = \"otp\"\n" + head + at + "expect = \"otp\"", "6:1", "two have the name"),
        ])
    func errors(_ text: String, _ place: String, _ words: String) {
        let error = #expect(throws: ConfigError.self) { try Self.read(text) }
        #expect(error?.description.hasPrefix("s.toml:" + place) == true, "\(error?.description ?? "none")")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "none")")
    }

    @Test("a policy's tests are read with it, run, and named by line where they fail; an archived policy's are not looked at")
    func policyTests() throws {
        let text = """
            version = 1
            [[rule]]
            name = "net"
            signal = "net_new"
            require = "otp"
            [[test]]
            name = "known"
            at = "2026-03-02T08:00:00Z"
            history = [{ ago = "1d" }]
            expect = "allow"
            [[test]]
            name = "new"
            at = "2026-03-02T08:00:00Z"
            expect = "allow"
            """
        let policy = try PolicyLoader.load(text, file: "p", hash: "h")
        #expect(policy.tests.map(\.name) == ["known", "new"])
        #expect(
            policy.failures(zones: [:], file: "p") == [
                "p:11: test 'new': expected allow, and it was otp: net fired: 192.0.2.0/24 is not one of the account's known networks"
            ])
        let strange = text + "\n[[test]]\nnonsense = 1"
        #expect(throws: ConfigError.self) { try PolicyLoader.load(strange, file: "p", hash: "h") }
        #expect(try PolicyLoader.load(strange, file: "p", hash: "h", isArchived: true).tests.isEmpty)
    }
}
