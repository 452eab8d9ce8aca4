import StepUpCore

/// Logins that two policies decide differently, grouped by what changes and by the rules that say so.
struct DecisionChanges {
    private struct Change: Hashable, Comparable {
        var from: Requirement
        var to: Requirement
        var rules: [String]

        static func < (a: Self, b: Self) -> Bool { (a.from, a.to, a.rules.joined()) < (b.from, b.to, b.rules.joined()) }
    }

    private(set) var decisions = 0
    private var groups: [Change: [Attempt]] = [:]

    /// Takes one login.
    /// - Parameter rules: of the policy that asks for more.
    mutating func take(_ attempt: Attempt, from: Requirement, to: Requirement, rules: @autoclosure () -> [String]) {
        decisions += 1
        guard from != to else { return }
        groups[Change(from: from, to: to, rules: rules()), default: []].append(attempt)
    }

    var changed: Int { groups.values.map(\.count).reduce(0, +) }

    /// - Parameter policy: the hash of the one that it is about; nil: two were compared.
    func report(asJSON: Bool, policy: String? = nil) {
        if asJSON {
            let rows = groups.sorted { $0.key < $1.key }.map { change, logins in
                JSON.record([
                    "attempts": .strings(logins.map(\.id.description)), "from": .string(change.from.outcomeName),
                    "rules": .strings(change.rules), "to": .string(change.to.outcomeName),
                    "users": .integer(Int64(Self.users(logins).count)),
                ])
            }
            return Terminal.json(
                JSON.record([
                    "changed": .integer(Int64(changed)), "changes": .array(rows), "decisions": .integer(Int64(decisions)),
                    "policy": policy.map { .string($0) },
                ]).canonicalText)
        }
        print("\(count(decisions, "decision")), \(changed) would be different")
        for (change, logins) in groups.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            let users = Self.users(logins)
            let by = change.rules.isEmpty ? "" : " by \(change.rules.joined(separator: ", "))"
            print(
                Terminal.styled(
                    "\(logins.count) x \(change.from.outcomeName) -> \(change.to.outcomeName)\(EvidenceText.printable(by))", .bold))
            let names = users.prefix(8).joined(separator: ", ") + (users.count > 8 ? " and \(users.count - 8) more" : "")
            print("  \(EvidenceText.printable(names)); such as \(logins[0].id) at \(logins[0].time.forPeople)")
        }
    }

    private static func users(_ logins: [Attempt]) -> [String] { Set(logins.compactMap(\.subject.account?.name)).sorted() }
}
