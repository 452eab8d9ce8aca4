extension Decision {
    public var json: JSON {
        .record([
            "basis": .string(basis.rawValue),
            "floor": .string(floor.rawValue),
            "reference": .text(reference),
            "required": .string(required.rawValue),
            "rules": .array(rules.map(\.json)),
            "shadow_required": .string(shadowRequired.rawValue),
            "verdict": .string(verdict.rawValue),
            "version": .integer(version),
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
            "mode": .string(mode.rawValue),
            "name": .string(name),
            "operands": operands.isEmpty ? nil : .object(operands.map(\.member)),
            "reason": .text(reason),
            "requires": .string(requirement.rawValue),
            "result": .string(result.rawValue),
            "signal": .string(signal),
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
