import StepUpCore

/// Policies from TOML; the grammar is in Docs/Policy.md. Loaded whole or not at all.
public enum PolicyLoader {
    /// Largest text, in bytes.
    public static let sizeLimit = 49_152

    /// - Parameters:
    ///   - file: its name, for errors.
    ///   - hash: SHA-256 of the text in hex, the name under which the ledger keeps it.
    ///   - isArchived: it was in force once; what today would be found useless in it is no error any more.
    ///   - zoneProblem: what is wrong with a time zone, nil if nothing is; by default each is taken as it is.
    public static func load(
        _ text: String, file: String, hash: String, isArchived: Bool = false, zoneProblem: (String) -> String? = { _ in nil }
    ) throws(ConfigError) -> Policy {
        let start = TextPosition(line: 1, column: 1)
        guard text.utf8.count <= sizeLimit else {
            throw ConfigError(file: file, position: start, reason: "a policy has at most \(sizeLimit) bytes")
        }
        var root = try TableReader(try TomlNode.parse(text, file: file), file: file, name: "the policy")
        _ = try root.require("version", "write version = 1").integer(1...1)
        let mode: RuleMode = try root.take("mode")?.word() ?? .enforce
        let grace = try root.take("grace")?.span(.seconds(0)...Policy.graceLimit) ?? .seconds(0)
        var shared: [CIDR] = []
        for value in try root.take("shared_sources")?.strings() ?? [] { shared.append(try value.cidr()) }
        var floors: [Floor] = []
        if let value = root.take("floor") { floors = try FloorReader.floors(value) }
        let holidays = try root.take("holidays").map { value throws(ConfigError) in try HolidaysReader.calendars(value) } ?? [:]
        var rules: [Rule] = []
        for table in try root.take("rule")?.tables("rule") ?? [] {
            let rule = try rule(table, defaultMode: mode, zoneProblem)
            guard !rules.contains(where: { $0.name == rule.name }) else {
                throw table.failure("two rules have the name '\(rule.name)'; an examiner must be able to tell them apart")
            }
            if !isArchived, let problem = RuleCheck.problem(of: rule, after: rules) { throw table.failure(problem) }
            rules.append(rule)
            guard rules.count <= Policy.ruleLimit else {
                throw table.failure("a policy has at most \(Policy.ruleLimit) rules; widen one with 'match' instead")
            }
        }
        var policy = Policy(hash: hash, rules: rules, floors: floors, grace: grace, sharedSources: shared)
        policy.holidays = holidays
        // What an archived policy was tested with is history.
        if let value = root.take("test"), !isArchived { policy.tests = try ScenarioReader.scenarios(value, host: "host", policy) }
        try root.finish()
        guard policy.largestOutcomes <= Policy.outcomesLimit else {
            throw ConfigError(
                file: file, position: start,
                reason:
                    "a decision under these rules may take \(policy.largestOutcomes) bytes, more than the \(Policy.outcomesLimit) that its "
                    + "event has for them; use fewer rules, zones or groups, or shorter names")
        }
        return policy
    }

    private static func rule(
        _ table: TableReader, defaultMode: RuleMode, _ zoneProblem: (String) -> String?
    ) throws(ConfigError) -> Rule {
        var table = table
        let name = try table.require("name", "name it, for the ledger").label("a rule's name", limit: Policy.ruleNameLimit)
        let condition = try ConditionReader.condition(&table, zoneProblem)
        let requirement = try requirement(try table.require("require", "say what it asks for: otp, hardware or deny"))
        let onUnknown: OnUnknown? = try table.take("on_unknown")?.word()
        // A missing fact must not shut people out unless somebody wrote that it should (S25).
        guard requirement != .deny || onUnknown != nil else {
            throw table.failure(
                "rule '\(name)' denies and must state on_unknown: \"fire\" denies also when its facts are missing, \"skip\" does not"
            )
        }
        let mode: RuleMode = try table.take("mode")?.word() ?? defaultMode
        let scope = try table.take("match").map { value throws(ConfigError) in try ScopeReader.scope(value) } ?? Scope()
        let exceptValue = table.take("except")
        let exception = try exceptValue.map { value throws(ConfigError) in try ScopeReader.scope(value) }
        if let exceptValue, exception?.isEmpty == true {
            throw exceptValue.failure("an empty 'except' would except everybody; remove it or say whom it excepts")
        }
        let whyValue = table.take("why")
        let why = try whyValue?.line(limit: Why.sizeLimit)
        if let whyValue, let why, let problem = Why.problem(in: why, of: condition) { throw whyValue.failure(problem) }
        let alone = table.take("score_alone")
        let mayRelyOnScore = try alone?.bool() ?? false
        if let alone, !condition.reliesOnScore {
            throw alone.failure("'score_alone' is for a rule that hangs on 'score' alone; remove it")
        }
        guard mode == .shadow || mayRelyOnScore || !condition.reliesOnScore else {
            throw table.failure(
                "rule '\(name)' asks for the score alone, which says how unusual a login is and not why: join it by 'all' with a signal that "
                    + "does, or write score_alone = true")
        }
        try table.finish()
        return Rule(
            name: name, mode: mode, scope: scope, exception: exception, condition: condition, requirement: requirement,
            onUnknown: onUnknown ?? .fire, why: why)
    }

    static func requirement(_ value: TableReader.Value) throws(ConfigError) -> Requirement {
        let requirement: Requirement = try value.word()
        switch requirement {
        case .none:
            throw value.failure("'require = \"none\"' asks for nothing; remove the rule, or use mode = \"shadow\" to watch it")
        case .phishingResistant:
            throw value.failure("no factor of this version is phishing_resistant, so nobody could pass; use \"hardware\"")
        case .otp, .hardware, .deny: return requirement
        }
    }
}
