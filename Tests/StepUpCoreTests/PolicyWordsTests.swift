import Testing

@testable import StepUpCore

@Suite("A policy in words")
struct PolicyWordsTests {
    private func policy(_ rules: [Rule], floors: [Floor] = []) -> Policy { Policy(hash: "", rules: rules, floors: floors) }

    private func rule(_ condition: Condition, _ requirement: Requirement = .otp, onUnknown: OnUnknown = .fire) -> Rule {
        Rule(name: "rule", condition: condition, requirement: requirement, onUnknown: onUnknown)
    }

    private func text(_ condition: Condition) -> [String] { rule(condition).words.lines }

    private static let desk: [Weekday] = [.mon, .tue, .wed, .thu, .fri]

    /// Each signal, and what a rule says that fires on it, also where a fact is unknown.
    private static let signals: [(Signal, [String])] = [
        (.always, ["at every login."]),
        (.ipNew, ["when the address is new to the account.", "If the address is unknown, the rule fires as well."]),
        (
            .netNew,
            ["when the network (/24, or /48 of IPv6) is new to the account.", "If the address is unknown, the rule fires as well."]
        ),
        (
            .deviceNew,
            [
                "when the device (its key or certificate) is new to the account.",
                "If the device is unknown, the rule fires as well.",
            ]
        ),
        (
            .calendar(CalendarWindow(days: desk, fromMinute: 420, toMinute: 1140, zone: "Europe/Zurich")),
            [
                "when the time is outside Monday to Friday, 07:00 to 19:00, by the clock of Europe/Zurich.",
                "If the local time is unknown, the rule fires as well.",
            ]
        ),
        (
            .calendar(
                CalendarWindow(days: [.mon, .wed, .sat], fromMinute: 1320, toMinute: 360, zone: "UTC", holidays: "zurich")),
            [
                "when the time is outside Monday, Wednesday and Saturday, 22:00 to 06:00 of the next day, by the clock of UTC, "
                    + "or on a holiday of the calendar zurich.",
                "If the local time or the calendar zurich is unknown, the rule fires as well.",
            ]
        ),
        (
            .calendar(CalendarWindow(days: Weekday.allCases, fromMinute: 0, toMinute: 1440, zone: "UTC")),
            [
                "when the time is outside 00:00 to 24:00, by the clock of UTC.",
                "If the local time is unknown, the rule fires as well.",
            ]
        ),
        (
            .calendar(CalendarWindow(days: [.sat, .sun], fromMinute: 0, toMinute: 720, zone: "UTC")),
            [
                "when the time is outside Saturday and Sunday, 00:00 to 12:00, by the clock of UTC.",
                "If the local time is unknown, the rule fires as well.",
            ]
        ),
        (
            .countryNew,
            ["when the country of the address is new to the account.", "If the country is unknown, the rule fires as well."]
        ),
        (
            .countryListed(["IR", "KP", "SY"], isOutside: false),
            ["when the country of the address is IR, KP or SY.", "If the country is unknown, the rule fires as well."]
        ),
        (
            .countryListed(["CH", "LI"], isOutside: true),
            ["when the country of the address is not CH or LI.", "If the country is unknown, the rule fires as well."]
        ),
        (
            .asnNew,
            [
                "when the provider of the address (its autonomous system) is new to the account.",
                "If the provider is unknown, the rule fires as well.",
            ]
        ),
        (
            .asnNovelOrg,
            [
                "when the organisation that provides the address is new to the account.",
                "If the organisation is unknown, the rule fires as well.",
            ]
        ),
        (
            .travel(aboveKmh: 800, beyondKm: 500),
            [
                "when the way from the last login is farther than 500 km and would have taken more than 800 km/h.",
                "If the way from the last login is unknown, the rule fires as well.",
            ]
        ),
        (
            .listed(["tor-exits"]),
            [
                "when the address is on the list tor-exits.",
                "If the address or the list tor-exits is unknown, the rule fires as well.",
            ]
        ),
        (
            .listed(["proxies", "tor-exits"]),
            [
                "when the address is on the list proxies or tor-exits.",
                "If the address, the list proxies or the list tor-exits is unknown, what is said of it here counts as true.",
            ]
        ),
        (
            .velUser(moreThan: 10, within: .minutes(5)),
            ["when the account makes more than 10 attempts, this one included, within 5 minutes."]
        ),
        (
            .velUser(moreThan: 1, within: .minutes(1), deviations: 1),
            [
                "when the account makes more than 1 attempt, this one included, within 1 minute, and that is more than 1 standard "
                    + "deviation above what is usual for the account.",
                "If the habit of the account (it takes 20 logins to know) is unknown, what is said of it here counts as true.",
            ]
        ),
        (
            .velIP(moreThan: 30, within: .minutes(10)),
            [
                "when the address makes more than 30 attempts over all accounts, this one included, within 10 minutes.",
                "If the address is unknown, the rule fires as well.",
            ]
        ),
        (
            .velIP(moreThan: 30, within: .hours(1), deviations: 3),
            [
                "when the address makes more than 30 attempts over all accounts, this one included, within 1 hour, and that is more "
                    + "than 3 standard deviations above what is usual for the account.",
                "If the address or the habit of the account (it takes 20 logins to know) is unknown, what is said of it here "
                    + "counts as true.",
            ]
        ),
        (
            .velHost(moreThan: 200, within: .seconds(90)),
            [
                "when the host sees more than 200 attempts with a right first factor, over all accounts, this one included, "
                    + "within 90 seconds."
            ]
        ),
        (
            .score(atLeast: 12),
            [
                "when network, country, device and hour together are unlike the account's other logins, by a score of 12 bits or more.",
                "If where from and with what somebody comes is unknown, the rule fires as well.",
            ]
        ),
        (
            .fanout(moreThan: 5, within: .hours(2)),
            ["when the account tries more than 5 hosts, this one included, within 2 hours."]
        ),
        (
            .spray(atLeast: 5, within: .minutes(10)),
            [
                "when the network (/24, or /48 of IPv6) tries 5 different names or more, this one included, within 10 minutes.",
                "If the address is unknown, the rule fires as well.",
            ]
        ),
        (
            .command(["*/visudo*", "rm -rf *"]),
            [
                "when the command of sudo matches */visudo* or \"rm -rf *\".",
                "If the command (a shell or an editor hides it) is unknown, the rule fires as well.",
            ]
        ),
        (
            .failsRecent(atLeast: 1, within: .minutes(15)),
            ["when the account had 1 failure or more within the last 15 minutes."]
        ),
        (.target(["payments", "trading"]), ["when the host or VPN gateway is tagged payments or trading."]),
        (.dormant(after: .days(30)), ["when the account has not logged in for 30 days, or never did."]),
        (
            .credFresh(within: .hours(24)),
            ["when a token of the account was enrolled, confirmed, enabled or resynchronised less than 1 day ago."]
        ),
        (
            .failThenOK(atLeast: 3),
            ["when the account had 3 failures or more since its last login, and now its first factor is right."]
        ),
        (
            .concurrent,
            [
                "when a session of the account is open from another network.",
                "If the address is unknown, the rule fires as well.",
            ]
        ),
        (
            .hourRare(zone: "Europe/Zurich", belowPermille: 5),
            [
                "when less than 0.5 % of the account's logins are at this hour of the week, by the clock of Europe/Zurich.",
                "If the local time or the habit of the account (it takes 20 logins to know) is unknown, the rule fires as well.",
            ]
        ),
        (
            .hourRare(zone: "UTC", belowPermille: 10),
            [
                "when less than 1 % of the account's logins are at this hour of the week, by the clock of UTC.",
                "If the local time or the habit of the account (it takes 20 logins to know) is unknown, the rule fires as well.",
            ]
        ),
        (
            .coldStart(fewerThan: 5),
            ["when the account has logged in fewer than 5 times, those by exemption or grace not counted."]
        ),
    ]

    @Test("every signal is said with its thresholds, and what a missing fact means where one can be missing")
    func everySignal() {
        for (signal, expected) in Self.signals {
            #expect(text(.signal(signal)) == ["Everyone is asked for a code \(expected[0])"] + expected.dropFirst())
        }
        #expect(Set(Self.signals.map(\.0.name)) == Set(Signal.names))
    }

    @Test("a missing fact is said to be possible for just the signals that can be unknown")
    func unknown() {
        let attempt = Attempt(
            id: AttemptID(time: Timestamp(seconds: 0), random: [UInt8](repeating: 1, count: 10)), request: "",
            time: Timestamp(seconds: 0), host: "h", channel: .pam, phase: .auth, accountMode: nil, service: "sudo",
            subject: .account(Account(name: "alice", uid: 1, groups: [])), source: .unknown("missing"), key: .unknown("missing"),
            firstFactor: .proved(["stack"]), evidence: [:])
        let nothing = HistoryView(profile: Profile())
        for (signal, expected) in Self.signals {
            if case .unknown = signal.read(attempt, nothing, Facts()) {
                #expect(expected.count == 2 && !signal.uncertain.isEmpty, "\(signal.name)")
            }
        }
        let silent = rule(.signal(.ipNew), .deny, onUnknown: .skip)
        #expect(
            silent.words.lines == [
                "Everyone is refused when the address is new to the account.", "If the address is unknown, the rule does not fire.",
            ])
        let fact = "If the address or the local time is unknown, what is said of it here counts as"
        let window = Condition.signal(.calendar(CalendarWindow(days: [.mon], fromMinute: 0, toMinute: 60, zone: "UTC")))
        let both = Condition.all([.signal(.ipNew), .signal(.netNew), window])
        #expect(rule(both).words.lines.last == "\(fact) true.")
        #expect(rule(both, onUnknown: .skip).words.lines.last == "\(fact) false.")
    }

    @Test("conditions in each other are lists in lists; a rule of one part ends in a full stop")
    func conditions() {
        let trading = Condition.signal(.target(["trading"]))
        let archive = Condition.signal(.target(["archive"]))
        let new = Condition.signal(.coldStart(fewerThan: 1))
        #expect(
            text(.all([new, .any([trading, .not(archive)]), .not(.all([trading, archive])), .signal(.always)])) == [
                "Everyone is asked for a code when all of these hold:",
                "  - the account has logged in fewer than 1 time, those by exemption or grace not counted",
                "  - at least one of these holds:",
                "    - the host or VPN gateway is tagged trading",
                "    - the host or VPN gateway is not tagged archive",
                "  - not all of these hold:",
                "    - the host or VPN gateway is tagged trading",
                "    - the host or VPN gateway is tagged archive",
                "  - somebody logs in, whatever else is so",
            ])
        #expect(
            text(.not(.any([trading, archive]))) == [
                "Everyone is asked for a code when none of these holds:", "  - the host or VPN gateway is tagged trading",
                "  - the host or VPN gateway is tagged archive",
            ])
        #expect(text(.not(trading)) == ["Everyone is asked for a code when the host or VPN gateway is not tagged trading."])
        #expect(text(.not(.not(trading))) == text(trading))
        #expect(text(.not(new))[0].contains("when it is not so that the account has logged in"))
    }

    @Test("each part of a scope is said, and so is what an exception leaves out")
    func scopes() throws {
        let networks = [try #require(CIDR("10.0.0.0/8")), try #require(CIDR("192.0.2.7")), try #require(CIDR("2001:db8::/32"))]
        let scopes: [(Scope, String)] = [
            (Scope(), "everyone"), (Scope(services: ["sshd"]), "whoever logs in through sshd"),
            (Scope(services: ["sshd", "su*", "sudo"]), "whoever logs in through sshd, su* or sudo"),
            (Scope(channels: [.pam]), "whoever logs in over PAM (on the host itself)"),
            (Scope(channels: [.pam, .radius]), "whoever logs in over PAM (on the host itself) or over RADIUS (a VPN)"),
            (Scope(users: ["alice", "adm-*"]), "whoever is named alice or adm-*"),
            (Scope(users: ["bob, and nobody else"]), "whoever is named \"bob, and nobody else\""),
            (Scope(groups: ["ops", "dba"]), "whoever is in the group ops or dba"),
            (Scope(hosts: ["db*"]), "whoever logs in on the host db*"),
            (Scope(tags: ["trading"]), "whoever logs in to a host or VPN gateway tagged trading"),
            (Scope(sources: networks), "whoever logs in from 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32"),
            (
                Scope(
                    services: ["sshd"], channels: [.pam], users: ["a*"], groups: ["ops"], hosts: ["db1"], tags: ["x"],
                    sources: [networks[0]]),
                "whoever is named a*, is in the group ops and logs in through sshd over PAM (on the host itself) on the host db1 to a "
                    + "host or VPN gateway tagged x from 10.0.0.0/8"
            ),
        ]
        for (scope, expected) in scopes { #expect(scope.whom == expected) }
        var rule = rule(.signal(.always), .hardware)
        (rule.scope, rule.exception) = (Scope(sources: [networks[0]]), Scope(users: ["carol"], sources: [networks[1]]))
        #expect(
            rule.words.lines == [
                "Whoever logs in from 10.0.0.0/8 is asked for a code of a hardware token at every login.",
                "It is not about whoever is named carol and logs in from 192.0.2.7. An unknown address is none of these.",
                "If the address is unknown, the rule fires as well.",
            ])
        (rule.exception, rule.condition) = (Scope(groups: ["ops"]), .signal(.deviceNew))
        #expect(
            rule.words.lines.dropFirst() == [
                "It is not about whoever is in the group ops.",
                "If the device or the address is unknown, what is said of it here counts as true.",
            ])
    }

    @Test("a rule in shadow says that it only records, and a rule's own reason is quoted")
    func shadow() {
        var rule = Rule(name: "watch", mode: .shadow, condition: .signal(.always), requirement: .otp, why: "it is {address}")
        #expect(
            rule.words
                == Paragraph(
                    "watch",
                    [
                        "Everyone would be asked for a code at every login.", "In shadow: this is only recorded, and asks nobody.",
                        "The reason that it gives: \"it is {address}\"",
                    ]))
        (rule.requirement, rule.why) = (.deny, nil)
        #expect(
            rule.words.lines == [
                "Everyone would be refused at every login.", "In shadow: this is only recorded, and refuses nobody.",
            ])
    }

    @Test("the summary counts rules and says whether anybody is asked")
    func summary() {
        func summary(_ enforced: Int, _ shadow: Int, floors: Int = 0) -> String {
            let rules = (0..<enforced + shadow).map { number in
                Rule(
                    name: "r\(number)", mode: number < enforced ? .enforce : .shadow, condition: .signal(.always), requirement: .otp
                )
            }
            let floor = Floor(scope: Scope(services: ["sudo"]), requirement: .otp)
            return policy(rules, floors: [Floor](repeating: floor, count: floors)).words[0].lines[0]
        }
        let strongest = " Of several that fire the strongest counts, and a refusal outweighs all others."
        #expect(summary(0, 0) == "No rules. Nobody is asked for anything.")
        #expect(summary(1, 0) == "1 rule, enforced. Nobody is asked unless a rule fires.")
        #expect(summary(0, 1) == "1 rule, in shadow. Nobody is asked for anything.")
        #expect(summary(2, 0) == "2 rules, all of them enforced. Nobody is asked unless a rule fires.\(strongest)")
        #expect(summary(0, 2) == "2 rules, all of them in shadow. Nobody is asked for anything.")
        #expect(summary(10, 2) == "12 rules, 10 of them enforced, 2 in shadow. Nobody is asked unless a rule fires.\(strongest)")
        #expect(summary(0, 0, floors: 1) == "No rules. Nobody is asked for more than what is always required.")
        #expect(
            summary(1, 1, floors: 2)
                == "2 rules, 1 of them enforced, 1 in shadow. Nobody is asked for more than what is always required, unless a rule fires."
        )
    }

    @Test("floors stand before the rules; grace, shared addresses, holidays and tests after them")
    func around() throws {
        let network = try #require(CIDR("10.9.0.0/24"))
        var whole = policy(
            [rule(.signal(.ipNew))],
            floors: [
                Floor(scope: Scope(services: ["sudo"]), requirement: .otp),
                Floor(scope: Scope(sources: [network]), requirement: .deny),
            ])
        (whole.grace, whole.sharedSources) = (.seconds(90), [network, try #require(CIDR("192.0.2.1"))])
        whole.holidays = [
            "zurich": Holidays([try #require(CivilDate("2026-12-26")), try #require(CivilDate("2026-12-25"))]),
            "basel": Holidays([try #require(CivilDate("2027-01-01"))]),
        ]
        #expect(whole.words.map(\.title) == [nil, "Always, whatever the risk", "rule", "In general"])
        #expect(
            whole.words[1].lines == [
                "Whoever logs in through sudo is asked for a code.",
                "Whoever logs in from 10.9.0.0/24 is refused. An unknown address counts as one of these.",
            ])
        #expect(
            whole.words[3].lines == [
                "An address, network, device, country or provider is new to an account until a login with it has proved a code, or "
                    + "until logins with it have gone without a failure on 3 days, the last at least 7 days after the first. It is new "
                    + "again once it has not been seen for 90 days.",
                "What is said of an address or a device never holds for a login that has none, such as sudo.",
                "Who proved as much is not asked again for 90 seconds with the same key, from the same address, on the same service and "
                    + "host.",
                "An exemption spares whom it names, but from no refusal, and not where something is always required.",
                "Many people share the addresses of 10.9.0.0/24 and 192.0.2.1: one of these counts as unknown.",
                "The calendar basel has 1 holiday: 2027-01-01.",
                "The calendar zurich has 2 holidays: the first is 2026-12-25, the last 2026-12-26.",
            ])
        #expect(
            policy([rule(.signal(.always))]).words.last?.lines == [
                "Nobody is spared for having proved as much a moment before.",
                "An exemption spares whom it names, but from no refusal.",
            ])
    }

    @Test("lines are broken between words, parts stay under their dash, and what does not print is escaped (S29)")
    func folding() {
        let paragraph = Paragraph("title", ["one two three", "  - four five six - seven", "abcdefghijklmnop q", "\u{1b}[31m", ""])
        #expect(
            paragraph.folded(to: 12) == [
                "one two", "three", "  - four", "    five six -", "    seven", "abcdefghijklmnop", "q", "\\u{1b}[31m", "",
            ])
        for (signal, _) in Self.signals {
            #expect(rule(.all([.signal(signal), .signal(.always)])).words.folded(to: 96).allSatisfy { $0.count <= 96 })
        }
    }

    @Test("lengths of time are said as people say them")
    func spans() {
        let spans: [(Span, String)] = [
            (.seconds(0), "0 seconds"), (.seconds(1), "1 second"), (.seconds(90), "90 seconds"), (.minutes(1), "1 minute"),
            (.minutes(90), "90 minutes"), (.hours(12), "12 hours"), (.hours(24), "1 day"), (.days(30), "30 days"),
        ]
        for (span, words) in spans { #expect(span.words == words) }
    }
}
