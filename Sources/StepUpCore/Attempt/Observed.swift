/// A fact that may not have arrived. What a rule makes of a missing one is the rule's to say (`on_unknown`); what has no
/// meaning here never fires (S25).
public enum Observed<Value: Hashable & Sendable>: Hashable, Sendable {
    case known(Value)
    /// It should be there and is not; `reason` is one word or two, for the record.
    case unknown(String)
    /// It has no meaning here: sudo has no source.
    case notApplicable

    public var value: Value? {
        if case .known(let value) = self { value } else { nil }
    }

    init(reader: JSONReader, decode: (JSONReader) throws(JSONError) -> Value) throws(JSONError) {
        if let known = reader.optional("known") {
            self = .known(try decode(known))
        } else if let unknown = reader.optional("unknown") {
            self = .unknown(try unknown.string())
        } else if reader.json == .string("not_applicable") {
            self = .notApplicable
        } else {
            throw reader.failure("expected known, unknown or not_applicable")
        }
    }
}

extension Observed: CanonicalJSON where Value: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        switch self {
        case .known(let value): out.object { $0.member("known", value) }
        case .unknown(let reason): out.object { $0.member("unknown", reason) }
        case .notApplicable: out.string("not_applicable")
        }
    }
}
