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
            out.member("operands", operands)
            out.member("reason", reason)
            out.member("requires", requirement.rawValue)
            out.member("result", result.rawValue)
            out.member("signal", signal)
            if !signals.isEmpty { out.member("signals", signals) }
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        var signals: [SignalOutcome] = []
        for signal in try reader.optional("signals")?.array() ?? [] { signals.append(try SignalOutcome(reader: signal)) }
        self.init(
            name: try reader.member("name").string(), mode: try reader.member("mode").word(),
            signal: try reader.member("signal").string(), requirement: try reader.member("requires").word(),
            result: try reader.member("result").word(), operands: try Operand.read(reader),
            reason: try reader.optional("reason")?.string(), signals: signals)
    }
}

extension SignalOutcome: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("operands", operands)
            out.member("reason", reason)
            out.member("result", result.rawValue)
            out.member("signal", signal)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            signal: try reader.member("signal").string(), result: try reader.member("result").word(),
            operands: try Operand.read(reader), reason: try reader.optional("reason")?.string())
    }
}

extension Operand {
    /// The operands of a rule or a signal, by name.
    fileprivate static func read(_ reader: JSONReader) throws(JSONError) -> [Operand] {
        var operands: [Operand] = []
        for (key, value) in try reader.optional("operands")?.members() ?? [] {
            if case .integer(let number) = value.json {
                operands.append(Operand(key, number))
            } else {
                operands.append(Operand(key, try value.string()))
            }
        }
        return operands
    }
}

extension CanonicalWriter {
    /// An object of operands; nothing if there is none.
    fileprivate mutating func member(_ key: StaticString, _ operands: [Operand]) {
        if !operands.isEmpty { member(key, of: operands.map { (key: $0.name, value: $0.value) }) }
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
