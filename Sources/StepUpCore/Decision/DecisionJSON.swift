extension Decision {
    public var json: JSON {
        .record([
            "version": .integer(version), "verdict": .string(verdict.rawValue), "basis": .string(basis.rawValue),
            "required": .string(required.rawValue), "floor": .string(floor.rawValue),
            "shadow_required": .string(shadowRequired.rawValue), "reference": .text(reference),
            "rules": .array(rules.map(\.json)),
        ])
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

extension RuleOutcome {
    var json: JSON {
        .record([
            "name": .string(name), "mode": .string(mode.rawValue), "signal": .string(signal),
            "requires": .string(requirement.rawValue), "result": .string(result.rawValue),
            "operands": operands.isEmpty ? nil : .object(operands.map(\.member)), "reason": .text(reason),
        ])
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

extension Operand {
    var member: JSON.Member {
        switch value {
        case .integer(let number): .init(name, .integer(number))
        case .text(let text): .init(name, .string(text))
        }
    }
}
