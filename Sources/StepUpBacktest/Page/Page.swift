import StepUpCore

extension BacktestSummary {
    /// The report as one HTML page that needs nothing beside it: no script, no font, no request. Everything from outside is escaped.
    public func page() -> String {
        let title = "What \(outcome.shortName) would have done"
        let head = Markup.element(
            "head", [:], .empty("meta", ["charset": "utf-8"]),
            .empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
            .empty("meta", ["name": "color-scheme", "content": "light dark"]),
            .empty(
                "meta",
                [
                    "http-equiv": "Content-Security-Policy",
                    "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
                ]),
            .empty("meta", ["name": "referrer", "content": "no-referrer"]), .element("title", [:], .text(title)), .pageStyle)
        let body = Markup.element(
            "body", [:], .element("a", ["class": "skip", "href": "#report"], "To the report"), top(title),
            .element("main", ["id": "report"], logins == 0 ? [limitsSection, sourcesSection] : sections),
            .element(
                "footer", ["class": "faint"],
                .element(
                    "p", [:], "Made by stepupctl backtest. Policy \(outcome.name), SHA-256 \(outcome.hash).",
                    versus.map { .text(" The other: \($0.name), SHA-256 \($0.hash).") } ?? .nothing)))
        return "<!DOCTYPE html>\n" + Markup.element("html", ["lang": "en"], head, body).html + "\n"
    }

    private var sections: [Markup] {
        [
            keySection, timeSection, ruleSection, hourSection, beginningSection, caughtSection, peopleSection, deniedSection,
            limitsSection, sourcesSection,
        ]
    }

    // MARK: The top

    private func top(_ title: String) -> Markup {
        let banner =
            isSynthetic
            ? Markup.element(
                "p", ["class": "banner"],
                "These logins are synthetic: stepupctl generate made them. They tell nothing of any real person.")
            : .nothing
        return .element("header", [:], .element("h1", [:], .text(title)), banner, .element("p", ["class": "lead"], .text(lead)))
    }

    private var lead: String {
        guard let first, let last, logins > 0 else { return "There was no login in these logs." }
        let stopped = outcome.prompts + outcome.denials
        return
            "\(Figures.of(people, "person", "people")) logged in \(Figures.of(logins, "time")) from \(first.rfc3339.prefix(10)) to \(last.rfc3339.prefix(10)). "
            + "\(Figures.percent(logins - stopped, of: logins)) of these logins would have gone on as they did. "
            + "\(Figures.of(outcome.prompts, "time")) somebody would have been asked for a code or a token: half of all people at most "
            + "\(Figures.decimal(outcome.perWeek.p50)) times a week, 95 of 100 at most \(Figures.decimal(outcome.perWeek.p95)). "
            + (outcome.denials == 0
                ? "Nobody would have been refused." : "\(Figures.of(outcome.denials, "login")) would have been refused.")
    }

    private func section(_ title: String, _ content: Markup...) -> Markup {
        .element("section", [:], [.element("h2", [:], .text(title))] + content)
    }

    private var outcomes: [PolicyOutcome] { [outcome] + (versus.map { [$0] } ?? []) }

    /// Both, named, where there are two.
    private var key: Markup {
        guard let versus else { return .nothing }
        return .element(
            "ul", ["class": "key"], .element("li", [:], .element("i"), .text(outcome.shortName)),
            .element("li", ["class": "two"], .element("i"), .text(versus.shortName)))
    }

    private var keySection: Markup {
        func row(_ name: String, _ text: @escaping (Int) -> String, _ value: (PolicyOutcome) -> Int) -> [Markup] {
            let values = outcomes.map(value)
            var cells = [Markup.text(name)] + values.map { .text(text($0)) }
            if values.count == 2 { cells.append(.text(Figures.change(values[0] - values[1], text))) }
            return cells
        }
        let header = versus == nil ? ["", outcome.shortName] : ["", outcome.shortName, versus?.shortName ?? "", "change"]
        return section(
            "In figures",
            Table.make(
                "What would have been", header, numbers: [1, 2, 3],
                [
                    row("prompts", Figures.count) { $0.prompts }, row("of these for hardware", Figures.count) { $0.hardware },
                    row("refused", Figures.count) { $0.denials }, row("prompts a day, the median", Figures.count) { $0.perDay.p50 },
                    row("prompts a day, 95 of 100 days at most", Figures.count) { $0.perDay.p95 },
                    row("prompts per person and week, the median", Figures.decimal) { $0.perWeek.p50 },
                    row("prompts per person and week, 95 of 100 at most", Figures.decimal) { $0.perWeek.p95 },
                    row("prompts per person and week, the most", Figures.decimal) { $0.perWeek.most },
                ]))
    }

    // MARK: Plots

    private var timeSection: Markup {
        let (buckets, unit) = self.buckets
        let highest = buckets.max { $0.first < $1.first }
        let finding =
            "Prompts by \(unit): \(Figures.count(outcome.prompts)) in all"
            + (highest.map { $0.first > 0 ? ", most of them \(Figures.count($0.first)) at \($0.label)." : "." } ?? ".")
        let rows = buckets.map { bucket in
            [Markup.text(bucket.label), .text(Figures.count(bucket.first))]
                + (bucket.second.map { [.text(Figures.count($0))] } ?? [])
        }
        return section(
            "Prompts over time",
            Plot.figure(
                "Prompts by \(unit), \(zone).", finding: finding, key + Plot.overTime(buckets),
                numbers: Table.make("Prompts by \(unit)", [unit] + outcomes.map(\.shortName), numbers: [1, 2], rows)))
    }

    /// Days; over a long time so many days together that 400 bars suffice.
    private var buckets: ([Plot.Bucket], String) {
        let days = outcome.days
        let size = days.count <= 120 ? 1 : max(7, (days.count + 399) / 400)
        var second: [Int64: Int] = [:]
        for day in versus?.days ?? [] { second[day.date.day] = day.prompts }
        let buckets = stride(from: 0, to: days.count, by: size).map { start in
            let part = days[start..<min(start + size, days.count)]
            return Plot.Bucket(
                label: part.first?.date.description ?? "", first: part.reduce(0) { $0 + $1.prompts },
                second: versus == nil ? nil : part.reduce(0) { $0 + second[$1.date.day, default: 0] })
        }
        return (buckets, size == 1 ? "day" : size == 7 ? "week" : "\(size) days")
    }

    private var ruleSection: Markup {
        guard !outcome.rules.isEmpty else { return section("By rule", .element("p", [:], "The policy has no rules.")) }
        let other = Dictionary((versus?.rules ?? []).map { ($0.name, $0.fired) }) { first, _ in first }
        let bars = outcome.rules.map { rule in
            Plot.Row(
                label: rule.name, whole: rule.fired, part: rule.alone, second: versus == nil ? nil : other[rule.name] ?? 0,
                text: Figures.count(rule.fired))
        }
        let most = outcome.rules.max { $0.fired < $1.fired }
        let table = outcomes.map { outcome in
            Table.make(
                "Rules of \(outcome.shortName)", ["rule", "asks for", "fired", "alone", "fact unknown", "people"],
                numbers: [2, 3, 4, 5],
                outcome.rules.map { rule in
                    [
                        .text(rule.name), .text(rule.requirement.rawValue + (rule.mode == .shadow ? ", in shadow" : "")),
                        .text(Figures.count(rule.fired)),
                        .text(Figures.count(rule.alone)), .text(Figures.count(rule.unknown)), .text(Figures.count(rule.people)),
                    ]
                })
        }
        return section(
            "By rule",
            Plot.figure(
                "Logins for which each rule fired; dark, those for which no other rule did.",
                finding: most.map { "The rule \($0.name) fired most often: \(Figures.of($0.fired, "time"))." } ?? "",
                key + Plot.bars(bars), numbers: table.joined),
            .element("h3", [:], "The rules in words"),
            .element(
                "ul", [:],
                outcome.rules.map { .element("li", [:], .element("strong", [:], .text($0.name)), .text(": \($0.words)")) }))
    }

    private var hourSection: Markup {
        let most = outcome.hours.indices.max { outcome.hours[$0] < outcome.hours[$1] } ?? 0
        let finding =
            outcome.prompts == 0
            ? "No prompt at any hour of the week."
            : "Prompts by hour of the week; most of them, \(Figures.count(outcome.hours[most])), on \(Plot.days[most / 24]) from \(most % 24):00 on."
        let rows = Plot.days.enumerated().map { day, name in
            [Markup.text(name)] + (0..<24).map { .text("\(outcome.hours[day * 24 + $0])/\(loginHours[day * 24 + $0])") }
        }
        return section(
            "By hour of the week",
            Plot.figure(
                "Prompts by hour of the week, \(zone); the stronger the colour, the more.", finding: finding,
                Plot.heat(outcome.hours, logins: loginHours),
                numbers: Table.make("Prompts / logins", ["day"] + (0..<24).map { "\($0)" }, numbers: Set(1...24), rows)))
    }

    private var beginningSection: Markup {
        let rows = outcome.firstTen.indices.map { index in
            [Markup.text("\(index + 1)")]
                + outcomes.map { .text(Figures.percent($0.firstTen[index].prompts, of: $0.firstTen[index].logins)) }
                + [.text(Figures.count(outcome.firstTen[index].logins))]
        }
        let bars = outcome.firstTen.enumerated().map { index, ordinal in
            let other = versus?.firstTen[index]
            return Plot.Row(
                label: "login \(index + 1)", whole: Self.permille(ordinal), part: Self.permille(ordinal),
                second: other.map(Self.permille),
                text: Figures.percent(ordinal.prompts, of: ordinal.logins))
        }
        return section(
            "The first ten logins",
            .element(
                "p", [:],
                "At the beginning nothing of a person is known. This is how many of the first, second, … logins of all people would have been asked or refused."
            ),
            Plot.figure(
                "Share of logins that would have been stopped, by which login of a person it was.",
                finding:
                    "Of first logins \(Figures.percent(outcome.firstTen[0].prompts, of: outcome.firstTen[0].logins)) would have been stopped, of tenth ones "
                    + "\(Figures.percent(outcome.firstTen[9].prompts, of: outcome.firstTen[9].logins)).", key + Plot.bars(bars),
                numbers: Table.make("Stopped", ["login"] + outcomes.map(\.shortName) + ["people"], numbers: [1, 2, 3], rows)))
    }

    private static func permille(_ ordinal: PolicyOutcome.Ordinal) -> Int {
        ordinal.logins == 0 ? 0 : ordinal.prompts * 1000 / ordinal.logins
    }

    // MARK: Tables

    private var caughtSection: Markup {
        let intro = Markup.element(
            "p", [:],
            "Logins that somebody else tries, decided at moments of these logs, as if the password or key had been right. \"Strongly\": refused, or asked for hardware, which a stolen phone code does not answer."
        )
        guard !outcome.caught.isEmpty else {
            return section("What it would have caught", .element("p", [:], "In these logs there is nothing to tell it by."))
        }
        let rows = outcome.caught.map { caught in
            let other = versus?.caught.first { $0.name == caught.name }
            return [
                .element("strong", [:], .text(caught.name)) + .element("div", ["class": "faint"], .text(caught.words)),
                .text(Figures.count(caught.tries)),
                .text(Figures.percent(caught.stopped, of: caught.tries)), .text(Figures.percent(caught.strongly, of: caught.tries)),
            ] + (versus == nil ? [] : [.text(other.map { Figures.percent($0.stopped, of: $0.tries) } ?? "–")])
        }
        return section(
            "What it would have caught", intro,
            Table.make(
                "Stopped by \(outcome.shortName)",
                ["who", "tries", "stopped", "strongly"] + (versus.map { ["stopped by \($0.shortName)"] } ?? []),
                numbers: [1, 2, 3, 4], rows))
    }

    private var peopleSection: Markup {
        guard !outcome.worst.isEmpty else {
            return section("Who is asked most", .element("p", [:], "Nobody would have been asked."))
        }
        return section(
            "Who is asked most",
            Table.make(
                "The people asked most", ["person", "logins", "prompts", "a week", "refused"], numbers: [1, 2, 3, 4],
                outcome.worst.map {
                    [
                        .text($0.name), .text(Figures.count($0.logins)), .text(Figures.count($0.prompts)),
                        .text(Figures.decimal($0.perWeek)), .text(Figures.count($0.denials)),
                    ]
                }))
    }

    private var deniedSection: Markup {
        guard !outcome.deniedLogins.isEmpty else { return .nothing }
        return section(
            "Who is refused",
            Table.make(
                outcome.denials > outcome.deniedLogins.count
                    ? "The first of \(Figures.count(outcome.denials)) logins that would have been refused"
                    : "Logins that would have been refused",
                ["when", "person", "by"], numbers: [],
                outcome.deniedLogins.map {
                    [.text(String($0.time.rfc3339.prefix(16)) + "Z"), .text($0.user), .text($0.rules.joined(separator: ", "))]
                }))
    }

    private var limitsSection: Markup {
        section("What the history cannot tell", .element("ul", [:], limits.map { .element("li", [:], .text($0)) }))
    }

    private static let mostSources = 50
    private static let mostShapes = 50

    private var sourcesSection: Markup {
        let shown = sources.prefix(Self.mostSources)
        let table = Table.make(
            "Logs", ["log", "kind", "lines", "accepted", "failed", "invalid user", "not understood"], numbers: [2, 3, 4, 5, 6],
            shown.map { source in
                [
                    .text(source.file), .text(source.kind?.rawValue ?? "–"), .text(Figures.count(source.lines)),
                    .text(Figures.count(source.tally.accepted)),
                    .text(Figures.count(source.tally.failed)), .text(Figures.count(source.tally.invalidUsers)),
                    .text(Figures.count(source.tally.unknown + source.tally.badTimes + source.tally.tooLong)),
                ]
            })
        var rest: [Markup] = []
        if sources.count > shown.count {
            rest.append(.element("p", [:], "And \(Figures.of(sources.count - shown.count, "more log"))"))
        }
        if duplicates > 0 {
            rest.append(.element("p", [:], "\(Figures.of(duplicates, "event")) stood in two logs, and count once."))
        }
        let remarks = shown.flatMap { source in (source.problems + source.notes).map { "\(source.file): \($0)" } }
        if !remarks.isEmpty { rest.append(.element("ul", [:], remarks.prefix(200).map { .element("li", [:], .text($0)) })) }
        for source in shown where !source.shapes.isEmpty {
            let shapes = source.shapes.prefix(Self.mostShapes)
            let more = source.shapes.count - shapes.count
            rest.append(
                .element(
                    "details", [:], .element("summary", [:], "Lines of \(source.file) that were not understood, by shape"),
                    Table.make(
                        "Shapes", ["shape", "lines", "the first of them"], numbers: [1],
                        shapes.map {
                            [
                                .element("code", [:], .text($0.text)), .text(Figures.count($0.count)),
                                .element("code", [:], .text($0.example)),
                            ]
                        }),
                    more > 0 || source.otherShapes > 0 ? .element("p", [:], "And \(Figures.of(more, "more shape")).") : .nothing))
        }
        return section("What was read", [table, rest.joined].joined)
    }
}
