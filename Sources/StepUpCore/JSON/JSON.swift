/// A JSON value as the ledger knows it: no floats, integers within ±(2^53−1) (I-JSON, RFC 7493), ASCII keys.
public enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    /// In any order here; the canonical writer sorts.
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var key: String
        public var value: JSON
        public init(_ key: String, _ value: JSON) { (self.key, self.value) = (key, value) }
    }

    /// The largest integer that every JSON reader keeps exactly.
    public static let integerLimit: Int64 = 9_007_199_254_740_991

    /// An object of the members whose value is not nil.
    public static func record(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { key, value in value.map { Member(key, $0) } })
    }

    public static func integer(_ value: Int) -> JSON { .integer(Int64(value)) }
    public static func strings(_ values: some Sequence<String>) -> JSON { .array(values.map { .string($0) }) }

    /// `nil` becomes nil, so that `record` leaves the member out.
    public static func text(_ value: String?) -> JSON? { value.map { .string($0) } }

    /// The member of an object; nil for a missing one and for anything that is no object.
    public subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

/// What is wrong with a JSON text or with what stands in it.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where: a byte offset (`byte 17`) or a path (`decision.rules[2].name`).
    public var place: String
    public var reason: String

    public init(_ place: String, _ reason: String) { (self.place, self.reason) = (place, reason) }
    public var description: String { "\(place): \(reason)" }
}

extension JSON: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        switch self {
        case .null: out.literal("null")
        case .bool(let value): value.write(to: &out)
        case .integer(let value): out.integer(value)
        case .string(let text): out.string(text)
        case .array(let elements): out.array(elements)
        case .object(let members): out.object(of: members.lazy.map { (key: $0.key, value: $0.value) })
        }
    }
}

extension CanonicalJSON {
    /// As a tree, for what is rare.
    public var json: JSON {
        do { return try JSON(parsing: canonicalBytes) } catch { preconditionFailure("what was written cannot be read: \(error)") }
    }
}
