import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("Conditions")
struct ConditionTests {
    /// `true` and `false` fire and are quiet; nil is unknown; a sudo has no address.
    private func read(_ condition: Condition, source: Observed<IPAddress> = Sample.source("192.0.2.10")) -> Truth {
        var attempt = Sample.attempt()
        (attempt.source, attempt.tags) = (source, ["trading"])
        return condition.read(
            attempt, HistoryView(profile: Profile()), Sample.noFacts
        )
        .truth
    }

    private let fires = Condition.signal(.always)
    private let quiet = Condition.signal(.target(["other"]))
    private let unknown = Condition.signal(.calendar(CalendarWindow(days: [.mon], fromMinute: 0, toMinute: 1, zone: "No/Where")))
    private let meaningless = Condition.signal(.ipNew)

    @Test("all, any and not are Kleene's logic; what has no meaning keeps all from firing and is nothing to any (S25)")
    func logic() {
        func read(_ condition: Condition) -> Truth { self.read(condition, source: .notApplicable) }
        let (yes, no, maybe, none) = (
            Truth.fired, Truth.quiet, Truth.unknown("zone No/Where could not be read"), Truth.notApplicable
        )
        #expect(read(fires) == yes && read(quiet) == no && read(unknown) == maybe && read(meaningless) == none)
        let all: [([Condition], Truth)] = [
            ([fires, fires], yes), ([fires, quiet], no), ([unknown, quiet], no), ([fires, unknown], maybe),
            ([fires, meaningless], none),
            ([unknown, meaningless], none), ([quiet, meaningless], no),
        ]
        for (parts, expected) in all {
            #expect(read(.all(parts)) == expected && read(.all(parts.reversed())) == expected, "\(parts)")
        }
        let any: [([Condition], Truth)] = [
            ([fires, quiet], yes), ([quiet, quiet], no), ([unknown, fires], yes), ([quiet, unknown], maybe),
            ([fires, meaningless], yes),
            ([quiet, meaningless], no), ([unknown, meaningless], maybe), ([meaningless, meaningless], none),
        ]
        for (parts, expected) in any {
            #expect(read(.any(parts)) == expected && read(.any(parts.reversed())) == expected, "\(parts)")
        }
        #expect(
            read(.not(fires)) == no && read(.not(quiet)) == yes && read(.not(unknown)) == maybe && read(.not(meaningless)) == none)
        #expect(read(.all([.any([quiet, fires]), .not(quiet)])) == yes)
    }

    @Test("a decision keeps what each signal of a rule said, also the ones that it did not hang on, and reads it back")
    func outcomes() throws {
        let rule = Rule(name: "both", condition: .all([quiet, .signal(.netNew), fires]), requirement: .otp, why: "{network}")
        var attempt = Sample.attempt()
        attempt.tags = ["trading"]
        let view = HistoryView(profile: Profile())
        let decision = decide(attempt, view, Sample.policy([rule]), Sample.noFacts)
        let outcome = try #require(decision.rules.first)
        #expect(outcome.result == .quiet && outcome.signal == "all" && outcome.operands.isEmpty)
        #expect(outcome.signals.map(\.signal) == ["target", "net_new", "always"])
        #expect(outcome.signals.map(\.result) == [.quiet, .fired, .fired])
        // Operands come back in the order of their names.
        let again = try Decision(reader: JSONReader(JSON(parsing: decision.canonicalBytes)))
        #expect(
            again.canonicalBytes == decision.canonicalBytes && again.rules[0].signals.map(\.result) == outcome.signals.map(\.result)
        )
        #expect(try Attempt(reader: JSONReader(JSON(parsing: attempt.canonicalBytes))) == attempt)
        let event = Decided(attempt: attempt, facts: Sample.noFacts, decision: decision, policy: "policy", historySize: 0)
        let leaf = Sample.event(.decided(event), attempt: attempt.id).leaf
        #expect(try Event(leaf: leaf).leaf == leaf)
    }

    @Test("a why is made of the operands, and says which operands there are")
    func why() throws {
        let two = Condition.all([
            .signal(.netNew), .signal(.velUser(moreThan: 3, within: .minutes(10))),
            .signal(.velIP(moreThan: 5, within: .minutes(5))),
        ])
        #expect(Why.problem(in: "{network}: {vel_user.attempts} tries, {more_than}", of: two)?.contains("'more_than'") == true)
        #expect(Why.problem(in: "{network}: {vel_user.attempts} tries", of: two) == nil)
        for broken in ["{network", "network}", "{}", "{vel_ip.network}", "{{network}}"] {
            #expect(Why.problem(in: broken, of: two) != nil, "\(broken)")
        }
        let view = HistoryView(profile: Profile())
        func text(_ condition: Condition, _ why: String?) throws -> String {
            let rule = Rule(name: "r", condition: condition, requirement: .otp)
            return Why.text(try #require(decide(Sample.attempt(), view, Sample.policy([rule]), Sample.noFacts).rules.first), why)
        }
        #expect(try text(.signal(.netNew), "from {network}!") == "from 192.0.2.0/24!")
        #expect(try text(.signal(.netNew), nil) == "192.0.2.0/24 is not one of the account's known networks")
        #expect(try text(.all([.signal(.netNew), fires]), nil).hasSuffix("known networks and everyone is asked here"))
        #expect(try text(.any([.signal(.netNew), quiet]), nil) == text(.signal(.netNew), nil))
        #expect(try text(unknown, nil) == "calendar is unknown (zone No/Where could not be read)")
        #expect(Set(Signal.sentences.keys.filter { !$0.contains(",") }) == Set(Signal.names))
    }

    @Test("a rule that cannot do anything is found, in whatever order the two stand")
    func useless() {
        func rule(
            _ name: String, _ condition: Condition, _ requirement: Requirement = .otp, scope: Scope = Scope(), except: Scope? = nil
        ) -> Rule {
            Rule(name: name, scope: scope, exception: except, condition: condition, requirement: requirement)
        }
        let vel5 = Condition.signal(.velUser(moreThan: 5, within: .minutes(5)))
        let vel9 = Condition.signal(.velUser(moreThan: 9, within: .minutes(5)))
        let ssh = Scope(services: ["sshd"])
        let useless: [(Rule, Rule)] = [
            (rule("a", vel5), rule("b", vel9)), (rule("a", vel5, .hardware), rule("b", vel9)), (rule("a", fires), rule("b", vel9)),
            (rule("a", vel5), rule("b", vel9, scope: ssh)), (rule("a", .signal(.ipNew)), rule("b", .signal(.netNew))),
            (rule("a", .any([vel5, fires])), rule("b", vel9, scope: ssh)),
            (rule("a", vel5, scope: Scope(services: ["ss*"])), rule("b", vel9, scope: ssh)),
            (
                rule("a", vel5, scope: Scope(sources: [CIDR("10.0.0.0/8")!])),
                rule("b", vel9, scope: Scope(sources: [CIDR("10.1.0.0/16")!]))
            ),
        ]
        for (strong, weak) in useless {
            for (first, second) in [(strong, weak), (weak, strong)] {
                #expect(RuleCheck.problem(of: second, after: [first])?.contains("'b' never changes anything") == true, "\(weak)")
            }
        }
        let useful: [(Rule, Rule)] = [
            (rule("a", vel5), rule("b", vel9, .hardware)), (rule("a", vel5, scope: ssh), rule("b", vel9)),
            (rule("a", vel5, except: Scope(users: ["x"])), rule("b", vel9)), (rule("a", .all([vel5, fires])), rule("b", vel5)),
            (rule("a", .signal(.velIP(moreThan: 1, within: .minutes(5)))), rule("b", vel5)),
            (rule("a", vel5, scope: Scope(users: ["a*"])), rule("b", vel5, scope: Scope(users: ["*a"]))),
        ]
        for (one, other) in useful {
            let problem = RuleCheck.problem(of: other, after: [one])
            #expect(
                problem == nil || one.name == "a" && problem?.contains("'a' never") == true && one.condition != other.condition,
                "\(problem ?? "")")
        }
        #expect(
            RuleCheck.problem(of: rule("a", fires, scope: ssh, except: Scope(services: ["s*"])), after: [])?.contains(
                "can never fire") == true)
        var shadow = rule("b", vel9)
        shadow.mode = .shadow
        #expect(RuleCheck.problem(of: shadow, after: [rule("a", vel5)]) == nil, "it only watches")
    }

    @Test("one sentence says what happened and why")
    func headline() throws {
        let rule = Rule(name: "new", condition: .signal(.netNew), requirement: .otp, why: "{network} is new")
        let policy = Sample.policy([rule, Rule(name: "hard", condition: quiet, requirement: .hardware)])
        let view = HistoryView(profile: Profile())
        let decision = decide(Sample.attempt(), view, policy, Sample.noFacts)
        let decided = Decided(
            attempt: Sample.attempt(), facts: Sample.noFacts, decision: decision, policy: "policy", historySize: 0)
        let end = Concluded(outcome: .allowed, reason: "proved", proved: .otp, graceUntil: nil)
        #expect(
            Headline.text(decided, end, policy)
                == "alice was asked for a code at sshd on trading1, because 192.0.2.0/24 is new; the answer was right, and the login went on."
        )
        #expect(Headline.text(decided, nil, nil).contains("not one of the account's known networks"))
        #expect(decision.counterfactual == "without new nothing would have been required")
    }
}
