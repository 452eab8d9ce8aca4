import StepUpTestKit
import Testing

@testable import StepUpCore

/// What the databases say of an address in a country.
private func facts(_ country: String, asn: Int64 = 3303, organisation: String? = "Swisscom", place: Place? = nil) -> Facts {
    Facts(
        locality: Locality(
            country: .known(country), system: .known(AutonomousSystem(number: asn, organisation: organisation)),
            place: (place ?? Country.place(of: country)).map { .known($0) } ?? .unknown("no entry")))
}

private func outcome(_ signal: Signal, _ attempt: Attempt, _ history: History, _ facts: Facts, _ onUnknown: OnUnknown = .fire)
    -> RuleOutcome
{
    decide(attempt, history.view(for: attempt), Sample.policy([Sample.rule(signal, onUnknown: onUnknown)]), facts).rules[0]
}

@Suite("Where a login comes from")
struct WhereaboutsTests {
    private let later = Sample.start + .hours(1)
    private static let zurich = Place(latitude: 4737, longitude: 854, radius: 20)
    private static let singapore = Place(latitude: 129, longitude: 10_385, radius: 20)

    /// Alice has proved herself once from Switzerland.
    private var history: History {
        var history = History()
        history.login(Sample.attempt(), basis: .required, proved: .otp, facts: facts("CH", place: Self.zurich))
        return history
    }

    @Test("country_new, asn_new and asn_novel_org know what a proved login came with")
    func novelty() {
        let attempt = Sample.attempt(2, at: later)
        for (signal, here, elsewhere) in [
            (Signal.countryNew, facts("CH"), facts("SG")), (.asnNew, facts("CH"), facts("CH", asn: 6730)),
            (.asnNovelOrg, facts("CH", asn: 6730), facts("CH", organisation: "Sunrise")),
        ] {
            #expect(outcome(signal, attempt, history, here).result == .quiet, "\(signal)")
            #expect(outcome(signal, attempt, history, elsewhere).result == .fired, "\(signal)")
            #expect(outcome(signal, attempt, History(), here).result == .fired, "\(signal), of somebody new")
        }
        #expect(outcome(.countryNew, attempt, history, facts("SG")).operands.first == Operand("country", "SG"))
    }

    @Test("S25 without a database, an entry or an address it is unknown, and without a source it has no meaning")
    func unknown() {
        let signals: [Signal] = [
            .countryNew, .countryListed(["KP"], isOutside: false), .asnNew, .asnNovelOrg, .travel(aboveKmh: 800, beyondKm: 500),
        ]
        var nowhere = Sample.attempt(2, at: later)
        nowhere.source = .notApplicable
        var hidden = nowhere
        hidden.source = .unknown("shared address")
        let empty = Facts(
            locality: Locality(country: .unknown("no entry"), system: .unknown("no entry"), place: .unknown("no entry")))
        for signal in signals {
            #expect(outcome(signal, Sample.attempt(2, at: later), history, Sample.noFacts).reason == "no database", "\(signal)")
            #expect(outcome(signal, Sample.attempt(2, at: later), history, empty).reason == "no entry", "\(signal)")
            #expect(outcome(signal, Sample.attempt(2, at: later), history, empty, .skip).result == .skippedUnknown, "\(signal)")
            #expect(outcome(signal, nowhere, history, Sample.noFacts).result == .notApplicable, "\(signal)")
            #expect(outcome(signal, hidden, history, Sample.noFacts).reason == "shared address", "\(signal)")
        }
        #expect(outcome(.asnNovelOrg, Sample.attempt(2, at: later), history, facts("CH", organisation: nil)).reason == "no name")
    }

    @Test("country_listed fires for a country of the list, or for one outside of it")
    func listedCountry() {
        let attempt = Sample.attempt(2, at: later)
        #expect(outcome(.countryListed(["KP", "IR"], isOutside: false), attempt, history, facts("IR")).result == .fired)
        #expect(outcome(.countryListed(["KP", "IR"], isOutside: false), attempt, history, facts("CH")).result == .quiet)
        #expect(outcome(.countryListed(["CH", "LI"], isOutside: true), attempt, history, facts("IR")).result == .fired)
        #expect(outcome(.countryListed(["CH", "LI"], isOutside: true), attempt, history, facts("LI")).result == .quiet)
    }

    @Test("travel is the least way between the two places, too fast and too far")
    func travel() {
        let signal = Signal.travel(aboveKmh: 800, beyondKm: 500)
        // 10,3xx km less 40: 800 km/h take some 12.8 hours.
        func result(_ hours: Int64, _ place: Place) -> RuleOutcome.Result {
            outcome(signal, Sample.attempt(2, at: Sample.start + .hours(hours)), history, facts("SG", place: place)).result
        }
        #expect(result(12, Self.singapore) == .fired)
        #expect(result(13, Self.singapore) == .quiet)
        let munich = Place(latitude: 4814, longitude: 1158, radius: 20)
        #expect(result(0, munich) == .quiet, "240 km are no journey")
        let singaporeOrNearby = Place(latitude: 129, longitude: 10_385, radius: 9900)
        #expect(result(0, singaporeOrNearby) == .quiet, "what is only known to be somewhere within 9,900 km may be near")
        #expect(outcome(signal, Sample.attempt(2, at: later), History(), facts("SG")).reason == "no login before")
    }

    @Test("travel: a clock that went back makes nobody fast without way, and a way in no time is fast")
    func clockBack() {
        let signal = Signal.travel(aboveKmh: 800, beyondKm: 500)
        let before = Sample.attempt(2, at: Sample.start + .hours(-3))
        #expect(outcome(signal, before, history, facts("CH", place: Self.zurich)).result == .quiet)
        #expect(outcome(signal, before, history, facts("SG", place: Self.singapore)).result == .fired)
    }

    @Test("an address of an egress network says nothing of the person's way: neither now nor for the next login")
    func egress() {
        var egress = facts("US")
        egress.locality?.place = .notApplicable
        let signal = Signal.travel(aboveKmh: 800, beyondKm: 500)
        #expect(outcome(signal, Sample.attempt(2, at: later), history, egress).result == .notApplicable)
        var after = history
        after.login(Sample.attempt(2, at: later), basis: .required, proved: .otp, facts: egress)
        #expect(after.profile("alice")?.lastPlace?.place == Self.zurich)
    }

    @Test("listed: one list that has it is enough; a list that cannot be read makes it unknown only where no other has it")
    func listed() {
        func result(_ lists: [ListFact]) -> RuleOutcome {
            outcome(.listed(["tor", "hosting"]), Sample.attempt(2, at: later), history, Facts(lists: lists))
        }
        let tor = ListFact(list: "tor", hash: "aa", result: .listed("192.0.2.0/24"))
        let unreadable = ListFact(list: "hosting", hash: nil, result: .unknown("the list cannot be read"))
        let clean = ListFact(list: "hosting", hash: "bb", result: .notListed)
        #expect(result([tor, unreadable]).result == .fired)
        #expect(result([tor, unreadable]).operands == [Operand("list", "tor"), Operand("network", "192.0.2.0/24")])
        #expect(result([ListFact(list: "tor", hash: "aa", result: .notListed), clean]).result == .quiet)
        #expect(result([ListFact(list: "tor", hash: "aa", result: .notListed), unreadable]).reason == "the list cannot be read")
        #expect(result([clean]).reason == "was not looked up")
    }

    @Test("S21 a country is known after a proof or after probation, and a failure from nobody knows where starts that anew")
    func probation() {
        let abroad = facts("SG", asn: 4657, organisation: "Starhub", place: Self.singapore)
        var history = history
        func login(_ day: Int64) { history.login(Sample.attempt(UInt8(day), at: Sample.start + .days(day)), facts: abroad) }
        func isNew(_ day: Int64) -> Bool {
            outcome(.countryNew, Sample.attempt(99, at: Sample.start + .days(day)), history, abroad).result == .fired
        }
        for day in [1, 4] as [Int64] { login(day) }
        let report = Reported(
            service: "sshd", subject: Sample.attempt().subject, source: Sample.source("203.0.113.9"), evidence: [:])
        history.apply(Sample.event(.firstFactorFailed(report), at: Sample.start + .days(5)))
        login(8)
        #expect(isNew(9))
        for day in [11, 15] as [Int64] { login(day) }
        #expect(!isNew(16))
    }

    @Test("S22 what was looked up is in the event, byte for byte what it was, and makes the decision again")
    func recorded() throws {
        let facts = Facts(
            localTimes: [LocalTime(zone: "Europe/Zurich", offsetSeconds: 3600, weekday: .mon, minuteOfDay: 1)],
            locality: Locality(
                country: .known("CH"), system: .known(AutonomousSystem(number: 3303, organisation: nil)),
                place: .known(Self.zurich),
                databases: ["country 2026-06-25 00112233445566778899aabbccddeeff"]),
            lists: [
                ListFact(list: "tor", hash: "aa", result: .listed("192.0.2.0/24")),
                ListFact(list: "a", hash: nil, result: .unknown("x")),
                ListFact(list: "b", hash: "bb", result: .notListed),
            ],
            holidays: [
                HolidayFact(
                    calendar: "zurich", zone: "Europe/Zurich",
                    reading: HolidayFact.Reading(days: .known(.init(today: true, yesterday: false)), hash: "cc")),
                HolidayFact(
                    calendar: "ny", zone: "UTC", reading: HolidayFact.Reading(days: .unknown("the calendar cannot be read"))),
            ])
        #expect(try Facts(reader: JSONReader(try JSON(parsing: facts.canonicalText))) == facts)
        #expect(Sample.noFacts.canonicalText == #"{"local_times":[]}"#, "events without them are as they always were")
    }
}

@Suite("Usual paces")
struct PaceTests {
    /// Logins of alice from her network, so many in a row, on each of `days` days.
    private func history(_ burst: Int, days: Int64, source: String = "192.0.2.10", proved: Requirement = .otp) -> History {
        var history = History()
        for day in 0..<days {
            for number in 0..<burst {
                history.login(
                    Sample.attempt(UInt8(number), source: source, at: Sample.start + .days(day) + .seconds(Int64(number))),
                    basis: proved == .none ? .notRequired : .required, proved: proved)
            }
        }
        return history
    }

    private func result(_ burst: Int, _ signal: Signal, _ history: History, days: Int64) -> RuleOutcome {
        var history = history
        let at = Sample.start + .days(days)
        for number in 1..<burst { history.login(Sample.attempt(UInt8(number), at: at + .seconds(Int64(number)))) }
        let attempt = Sample.attempt(200, at: at + .seconds(Int64(burst)))
        return decide(attempt, history.view(for: attempt), Sample.policy([Sample.rule(signal)]), Sample.noFacts).rules[0]
    }

    @Test("with deviations, what is usual for the account does not fire, and what is far above it does")
    func usual() {
        // Five logins in a row each day: 1 to 5 attempts a minute, mean 3, deviation 1.41.
        let history = history(5, days: 10)
        let signal = Signal.velUser(moreThan: 2, within: .minutes(1), deviations: 3)
        #expect(result(5, signal, history, days: 20).result == .quiet)
        let far = result(8, signal, history, days: 20)
        #expect(far.result == .fired, "8 is above 3 + 3 x 1.41 = 7.2")
        #expect(
            far.operands.map(\.name) == [
                "attempts", "more_than", "within_s", "mean_thousandths", "deviation_thousandths", "deviations",
            ])
        #expect(result(7, signal, history, days: 20).result == .quiet, "and 7 is not")
        #expect(result(7, .velUser(moreThan: 2, within: .minutes(1)), history, days: 20).result == .fired)
    }

    @Test("below 20 logins nobody knows what is usual, and below the fixed limit nobody has to")
    func few() {
        let history = history(1, days: 17)
        let signal = Signal.velUser(moreThan: 2, within: .minutes(1), deviations: 3)
        #expect(result(3, signal, history, days: 30).reason == "19 logins are too few")
        #expect(result(2, signal, history, days: 30).result == .quiet)
    }

    @Test("S21 an attacker's attempts from elsewhere make no pace usual, whether they are let in or not")
    func poisoned() {
        var poisoned = history(1, days: 25)
        let before = poisoned.profile("alice")?.usualPaces
        for day in 30..<60 as Range<Int64> {
            for number in 0..<50 {
                let at = Sample.start + .days(day) + .seconds(Int64(number))
                poisoned.login(
                    Sample.attempt(UInt8(number), source: "198.51.100.\(number)", at: at), basis: .notRequired,
                    opens: number % 2 == 0)
            }
            // Not long enough for probation: a failure comes from there each day.
            let report = Reported(
                service: "sshd", subject: Sample.attempt().subject, source: Sample.source("198.51.100.0"), evidence: [:])
            poisoned.apply(Sample.event(.firstFactorFailed(report), at: Sample.start + .days(day) + .hours(1)))
        }
        #expect(poisoned.profile("alice")?.usualPaces == before)
    }

    @Test("S21 neither failed passwords of others nor questions that a thief leaves open make haste usual")
    func inflated() {
        func history(noise: Bool) -> History {
            var history = History()
            for day in 0..<30 as Range<Int64> {
                let at = Sample.start + .days(day)
                if noise {
                    for number in 0..<60 as Range<Int64> {
                        let thief = Sample.attempt(UInt8(number), source: "198.51.100.7", at: at + .seconds(number))
                        let report = Reported(service: "sshd", subject: thief.subject, source: thief.source, evidence: [:])
                        history.apply(Sample.event(.firstFactorFailed(report), at: thief.time))
                        history.login(thief, basis: .required, opens: false)
                    }
                }
                history.login(Sample.attempt(UInt8(200 + day), at: at + .minutes(5)), basis: .required, proved: .otp)
            }
            return history
        }
        let (quiet, noisy) = (history(noise: false).profile("alice")?.usualPaces, history(noise: true).profile("alice")?.usualPaces)
        for window in Paces.windows {
            #expect(
                noisy?.tally(.user, window) == quiet?.tally(.user, window)
                    && noisy?.tally(.hosts, window) == quiet?.tally(.hosts, window))
        }
    }

    @Test("what others do on the host moves what is usual there by three deviations at a time at most")
    func capped() {
        var paces = UsualPaces()
        for _ in 0..<50 { paces.login(Paces(counts: [Int](repeating: 2, count: 12))) }
        for _ in 0..<10 { paces.login(Paces(counts: [Int](repeating: 200, count: 12))) }
        #expect(paces.tally(.host, .hours(1)).mean < 20_000, "ten logins in a flood are not what is usual")
    }

    @Test("fanout counts the hosts that an account tries, this one included, and a NAS is one")
    func fanout() {
        var history = History()
        for number in 0..<3 as Range<UInt8> {
            var attempt = Sample.attempt(number, at: Sample.start + .seconds(Int64(number)))
            attempt.host = "host\(number)"
            history.login(attempt)
        }
        func result(_ attempt: Attempt, moreThan: Int) -> RuleOutcome {
            let policy = Sample.policy([Sample.rule(.fanout(moreThan: moreThan, within: .minutes(10)))])
            return decide(attempt, history.view(for: attempt), policy, Sample.noFacts).rules[0]
        }
        var known = Sample.attempt(9, at: Sample.start + .minutes(1))
        known.host = "host1"
        #expect(result(known, moreThan: 2).result == .fired && result(known, moreThan: 3).result == .quiet)
        var nas = known
        nas.channel = .radius
        nas.evidence = ["client": "10.0.0.7"]
        #expect(result(nas, moreThan: 3).result == .fired && result(nas, moreThan: 4).result == .quiet)
        #expect(result(nas, moreThan: 3).operands.first == Operand("hosts", 4))
        var late = known
        late.time = Sample.start + .minutes(20)
        #expect(result(late, moreThan: 1).result == .quiet, "what was tried before is out of the window")
    }

    @Test("sums are halved before they grow old: a new habit becomes usual")
    func ages() {
        var paces = UsualPaces()
        for _ in 0..<1000 { paces.login(Paces(counts: [Int](repeating: 1, count: 12))) }
        for _ in 0..<300 { paces.login(Paces(counts: [Int](repeating: 6, count: 12))) }
        let tally = paces.tally(.user, .minutes(10))
        #expect(tally.logins <= 200 && tally.mean > 4500)
    }
}
