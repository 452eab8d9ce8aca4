extension Decision: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("basis", basis.rawValue)
            out.member("floor", floor.rawValue)
            out.member("reference", reference)
            out.member("required", required.rawValue)
            out.member("rules", rules)
            out.member("shadow_required", shadowRequired.rawValue)
            out.member("verdict", verdict.rawValue)
            out.member("version", version)
        }
    }

    public init(reader: JSONReader) throws(JSONError) {
        var rules: [RuleOutcome] = []
        for rule in try reader.member("rules").array() { rules.append(try RuleOutcome(reader: rule)) }
        self.init(
            version: Int(try reader.member("version").integer()), verdict: try reader.member("verdict").word(),
            basis: try reader.member("basis").word(), required: try reader.member("required").word(),
            floor: try reader.member("floor").word(), shadowRequired: try reader.member("shadow_required").word(),
            reference: try reader.optional("reference")?.string(), rules: rules)
    }
}

extension RuleOutcome: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("mode", mode.rawValue)
            out.member("name", name)
            if !operands.isEmpty { out.member("operands", of: operands.map { (key: $0.name, value: $0.value) }) }
            out.member("reason", reason)
            out.member("requires", requirement.rawValue)
            out.member("result", result.rawValue)
            out.member("signal", signal)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        var operands: [Operand] = []
        for (key, value) in try reader.optional("operands")?.members() ?? [] {
            if case .integer(let number) = value.json {
                operands.append(Operand(key, number))
            } else {
                operands.append(Operand(key, try value.string()))
            }
        }
        self.init(
            name: try reader.member("name").string(), mode: try reader.member("mode").word(),
            signal: try reader.member("signal").string(), requirement: try reader.member("requires").word(),
            result: try reader.member("result").word(), operands: operands,
            reason: try reader.optional("reason")?.string())
    }
}

extension Operand.Value: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        switch self {
        case .integer(let number): out.integer(number)
        case .text(let text): out.string(text)
        }
    }
}
