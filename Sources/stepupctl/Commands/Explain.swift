import ArgumentParser
import StepUpCore
import StepUpLedger

struct Explain: Command {
    static let configuration = CommandConfiguration(
        abstract: "Tell the story of one login attempt: when and why it was asked, and how it ended.",
        discussion: """
            EXAMPLES
              stepupctl explain 01JDCM3K7R8T9V2W4X6Y8Z0A1B
              stepupctl explain --last                        (the latest attempt)
              stepupctl explain --last --user alice
            """)
    @OptionGroup var common: Common
    @OptionGroup var source: LedgerOption
    @Flag(help: "The stored events, as a JSON array.") var json = false
    @Argument(help: "The attempt's id, from audit show or the system's log.") var attempt: String?
    @Flag(help: "The latest attempt.") var last = false
    @Option(help: "With --last: of this user.") var user: String?

    func validate() throws {
        guard (attempt == nil) == last else { throw ValidationError("give an attempt or --last") }
        guard user == nil || last else { throw ValidationError("--user goes with --last") }
    }

    func perform() throws {
        let reader = try common.ledger(source.ledger)
        var filter = LedgerReader.Filter()
        filter.attempt = try id(reader)
        var entries: [LedgerReader.Entry] = []
        try reader.forEach(filter) { entries.append($0) }
        guard !entries.isEmpty else { throw Failure("there is no attempt '\(attempt ?? "")' in \(reader.path)") }
        if json {
            return Terminal.json("[" + entries.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: ",") + "]")
        }
        let events = try entries.map { (try Event(leaf: $0.bytes), $0.index) }
        for (event, index) in events { tell(event, index, end: events.map(\.0), reader) }
    }

    private func id(_ reader: LedgerReader) throws -> AttemptID {
        if let attempt {
            return try AttemptID.given(attempt)
        }
        var filter = LedgerReader.Filter()
        filter.codes = [.attemptDecided]
        filter.account = user
        filter.last = 1
        guard let entry = try reader.entries(filter).last, let id = try Event(leaf: entry.bytes).attempt else {
            throw Failure("there is no attempt yet\(user.map { " of '\(EvidenceText.printable($0))'" } ?? "")")
        }
        return id
    }

    private func line(_ name: String, _ text: String) {
        print(Terminal.styled(name + String(repeating: " ", count: max(1, 10 - name.count)), .dim) + EvidenceText.printable(text))
    }

    /// - Parameter end: all events of the attempt.
    private func tell(_ event: Event, _ index: Int64, end events: [Event], _ reader: LedgerReader) {
        switch event.body {
        case .decided(let decided):
            let end = events.lazy.compactMap { if case .concluded(let end) = $0.body { end } else { nil } }.first
            // One that cannot be read any more leaves the rules to speak for themselves.
            tell(decided, end, (try? reader.archivedPolicy(decided.policy)) ?? nil, index, reader)
        case .challenged: line("asked", "\(event.time.forPeople)  for a code")
        case .factorChecked(let check): line("code", "\(event.time.forPeople)  \(EventText.factor(check))")
        case .concluded(let end): line("ended", "\(event.time.forPeople)  \(EventText.conclusion(end))")
        case .sessionOpened: line("session", "\(event.time.forPeople)  opened")
        case .sessionClosed: line("session", "\(event.time.forPeople)  closed")
        default: line("then", "\(event.time.forPeople)  \(EventText.line(event))")
        }
    }

    private func tell(_ decided: Decided, _ end: Concluded?, _ policy: Policy?, _ index: Int64, _ reader: LedgerReader) {
        let attempt = decided.attempt
        let key = attempt.key.value.map { ", key \($0.fingerprint) (\($0.type))" } ?? ""
        print(Terminal.styled("attempt \(attempt.id)", .bold))
        print(EvidenceText.printable(Headline.text(decided, end, policy)))
        line(
            "when",
            "\(attempt.time.forPeople)\(decided.facts.localTimes.map { " = \($0.weekday.name) \($0.clock) \($0.zone)" }.joined())")
        line(
            "who",
            "\(EventText.subject(attempt.subject)), by \(attempt.service) on \(attempt.host) from \(EventText.address(attempt.source))\(key)"
        )
        if let place = EventText.whereabouts(decided.facts) { line("where", place) }
        switch attempt.firstFactor {
        case .proved(let methods): line("before", "first factor proved: \(methods.joined(separator: ", "))")
        case .missing(let reason):
            line("before", attempt.phase == .account ? "the auth phase was skipped" : "no first factor: \(reason)")
        }
        let evidence = attempt.evidence.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        if !evidence.isEmpty { line("seen", evidence.joined(separator: ", ")) }
        line("decided", EventText.verdict(decided))
        for rule in decided.decision.rules { tell(rule, policy?.rules.first { $0.name == rule.name }?.why) }
        if let counterfactual = decided.decision.counterfactual { line("", counterfactual) }
        if let shadow = decided.shadow {
            let names = ((try? reader.archivedPolicy(shadow.policy)) ?? nil).map(shadow.decisive) ?? []
            let by = names.isEmpty ? "" : " by \(names.joined(separator: ", "))"
            line("", "  the policy in shadow, \(shadow.policy.prefix(12)), would say \(shadow.effect.outcomeName)\(by)")
        }
        if decided.decision.floor != .none { line("", "  floor: always \(decided.decision.floor.rawValue)") }
        line("by", "event #\(index), policy \(decided.policy.prefix(12)), decide version \(decided.decision.version)")
    }

    private func tell(_ rule: RuleOutcome, _ why: String?) {
        let mark =
            switch rule.result {
            case .fired: rule.mode == .enforce ? "fired, asks for \(rule.requirement.rawValue)" : "fired (shadow: watched only)"
            case .firedUnknown:
                "unknown, counts as fired"
                    + (rule.mode == .enforce ? ", asks for \(rule.requirement.rawValue)" : " (shadow: watched only)")
            case .skippedUnknown: "unknown, skipped"
            case .quiet: "quiet"
            case .notApplicable: "has no meaning here"
            case .outOfScope: "is not about this login"
            }
        func show(_ text: String) {
            let plain = EvidenceText.printable(text)
            print("          " + (rule.result.hasFired ? Terminal.styled(plain, .yellow) : Terminal.styled(plain, .dim)))
        }
        func values(_ operands: [Operand]) -> String {
            operands.isEmpty ? "" : ": " + operands.map { "\($0.name)=\($0.text)" }.joined(separator: " ")
        }
        let reason = rule.reason.map { " (\($0))" } ?? ""
        show("  \(rule.name) [\(rule.signal)]: \(mark)\(reason)\(values(rule.operands))")
        for signal in rule.signals {
            show(
                "    \(signal.signal): \(signal.result.rawValue)\(signal.reason.map { " (\($0))" } ?? "")\(values(signal.operands))"
            )
        }
        if rule.result.hasFired, let why { show("    why: \(Why.text(rule, why))") }
    }
}
