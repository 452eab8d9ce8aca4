import StepUpCore

/// What a rule looks at: `signal = "net_new"` with its thresholds, or `when = { all = [{ signal = "net_new" }, …] }`, where `all`, `any`
/// and `not` may lie in each other.
enum ConditionReader {
    static func condition(_ table: inout TableReader, _ zoneProblem: (String) -> String?) throws(ConfigError) -> Condition {
        guard let when = table.take("when") else { return .signal(try SignalReader.signal(&table, zoneProblem)) }
        if let signal = table.take("signal") { throw signal.failure("a rule has 'signal' or 'when', not both") }
        var inner = try when.table("'when'")
        let condition = try read(&inner, depth: 1, zoneProblem)
        try inner.finish()
        guard condition.signals.count <= Condition.signalLimit else {
            throw when.failure("a rule looks at \(Condition.signalLimit) signals at most; make two rules of it")
        }
        return condition
    }

    private static func read(
        _ table: inout TableReader, depth: Int, _ zoneProblem: (String) -> String?
    ) throws(ConfigError) -> Condition {
        guard depth <= Condition.depthLimit else {
            throw table.failure("conditions lie \(Condition.depthLimit) deep at most; write it with fewer braces")
        }
        if let value = table.take("all") { return .all(try parts(value, depth, zoneProblem)) }
        if let value = table.take("any") { return .any(try parts(value, depth, zoneProblem)) }
        guard let value = table.take("not") else { return .signal(try SignalReader.signal(&table, zoneProblem)) }
        var inner = try value.table("'not'")
        let part = try read(&inner, depth: depth + 1, zoneProblem)
        try inner.finish()
        for signal in part.signals where !signal.isContext {
            throw value.failure(
                "'not' over \(signal.name) would ask for less where there is more risk; it may stand over "
                    + Signal.contextNames.joined(separator: ", "))
        }
        return .not(part)
    }

    private static func parts(
        _ value: TableReader.Value, _ depth: Int, _ zoneProblem: (String) -> String?
    ) throws(ConfigError) -> [Condition] {
        var parts: [Condition] = []
        for var table in try value.tables("'\(value.key)'") {
            let part = try read(&table, depth: depth + 1, zoneProblem)
            try table.finish()
            guard !parts.contains(part) else { throw table.failure("\(table.name): the same stands in '\(value.key)' before") }
            guard !parts.contains(.not(part)), !isNot(part, of: parts) else {
                let always = value.key == "any" ? "always fires; use signal = \"always\"" : "can never fire"
                throw table.failure("\(table.name) is the opposite of another part: '\(value.key)' \(always)")
            }
            parts.append(part)
        }
        guard parts.count >= 2 else { throw value.failure("'\(value.key)' joins two conditions or more") }
        return parts
    }

    private static func isNot(_ part: Condition, of parts: [Condition]) -> Bool {
        if case .not(let inner) = part { parts.contains(inner) } else { false }
    }
}
