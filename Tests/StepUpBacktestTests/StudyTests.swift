import StepUpBacktest
import StepUpCore
import StepUpLogs
import Testing

@Suite struct StudyTests {
    @Test func ratesAreThoseOfPaper() throws {
        func rate(_ own: [Int], _ attacks: [Int], _ wanted: Int) -> Double {
            ROC.rate(legitimate: own, attacks: attacks, wanted: wanted) ?? -1
        }
        // A perfect score asks nobody; one that says nothing asks as many as it finds; always asking is the same.
        #expect(rate([1, 2, 3], [7, 8, 9], 990) == 0)
        #expect(abs(rate([5, 5, 5], [5, 5], 990) - 0.99) < 1e-9)
        #expect(abs(rate([1, 1], [1, 1], 980) - 0.98) < 1e-9)
        // A policy that finds 90 of 100 and asks 10 of 100: for .95 half of the others are asked too.
        let own = [Int](repeating: 1, count: 10) + [Int](repeating: 0, count: 90)
        let attacks = [Int](repeating: 1, count: 90) + [Int](repeating: 0, count: 10)
        #expect(abs(rate(own, attacks, 950) - 0.55) < 1e-9)
        // Short of what it finds, some are let go.
        #expect(abs(rate(own, attacks, 450) - 0.05) < 1e-9)
        // Four attackers' scores 8, 6, 4, 2: three quarters are found at 4, where two of five others are asked.
        #expect(abs(rate([7, 5, 3, 3, 1], [8, 6, 4, 2], 750) - 0.4) < 1e-9)
        #expect(ROC.rate(legitimate: [], attacks: [1], wanted: 990) == nil)
    }

    @Test func aStudyTellsPoliciesApart() throws {
        var study = Study(
            [try Fixture.policy(Fixture.newNetwork), try Fixture.policy("[floor]\nssh = \"otp\"\nvpn = \"otp\"\n")], seed: 1)
        for event in Fixture.generated(people: 50, days: 16, takeovers: 0) { study.take(event) }
        let table = StudyTable(study, seed: 1)
        #expect(
            table.accounts[4] ?? 0 > 40
                && table.contestants == [
                    "test.toml", "test.toml", "test.toml, then score", "new address", "Freeman et al.", "always",
                ])
        for attacker in Attacker.allCases {
            let always = try #require(table[attacker, 12, 990, 5])
            let floor = try #require(table[attacker, 12, 990, 1])
            #expect(always.rate == 990 && floor.rate == 990)
            let own = try #require(table[attacker, 12, 990, 0])
            #expect(own.interval?.contains(own.rate) == true)
        }
        // A network of their own betrays the naive one; in the victim's network the rule is blind.
        let naive = try #require(table[.naive, 12, 990, 0])
        let targeted = try #require(table[.targeted, 12, 990, 0])
        #expect(naive.rate < 500 && targeted.rate > 900)
        #expect(table.markdown { $0.rawValue }.contains("| .990 | 12 |") && table.plot(.naive).contains("<svg"))
    }
}
