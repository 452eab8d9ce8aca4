/// Reads the members of an object with errors that name their path. Every value of Core that is stored reads itself back
/// through one of these.
public struct JSONReader {
    public let json: JSON
    public let path: String

    public init(_ json: JSON, path: String = "$") { (self.json, self.path) = (json, path) }

    public func failure(_ reason: String) -> JSONError { JSONError(path, reason) }

    /// The member `key`, or an error that it is missing.
    public func member(_ key: String) throws(JSONError) -> JSONReader {
        guard let value = json[key] else { throw JSONError("\(path).\(key)", "is missing") }
        return JSONReader(value, path: "\(path).\(key)")
    }

    /// The member `key` if it is there and not null.
    public func optional(_ key: String) -> JSONReader? {
        guard let value = json[key], value != .null else { return nil }
        return JSONReader(value, path: "\(path).\(key)")
    }

    /// The same, read; nil if it is not there.
    func optional<Value>(_ key: String, _ read: (JSONReader) throws(JSONError) -> Value) throws(JSONError) -> Value? {
        guard let reader = optional(key) else { return nil }
        return try read(reader)
    }

    public func string() throws(JSONError) -> String {
        guard case .string(let text) = json else { throw failure("expected a string") }
        return text
    }

    public func integer() throws(JSONError) -> Int64 {
        guard case .integer(let value) = json else { throw failure("expected an integer") }
        return value
    }

    public func bool() throws(JSONError) -> Bool {
        guard case .bool(let value) = json else { throw failure("expected true or false") }
        return value
    }

    public func array() throws(JSONError) -> [JSONReader] {
        guard case .array(let elements) = json else { throw failure("expected an array") }
        return elements.enumerated().map { JSONReader($1, path: "\(path)[\($0)]") }
    }

    public func integers() throws(JSONError) -> [Int] {
        var out: [Int] = []
        for element in try array() { out.append(Int(try element.integer())) }
        return out
    }

    public func strings() throws(JSONError) -> [String] {
        var out: [String] = []
        for element in try array() { out.append(try element.string()) }
        return out
    }

    public func members() throws(JSONError) -> [(key: String, value: JSONReader)] {
        guard case .object(let members) = json else { throw failure("expected an object") }
        return members.map { ($0.key, JSONReader($0.value, path: "\(path).\($0.key)")) }
    }

    /// A case of a closed set of words.
    public func word<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type = Word.self) throws(JSONError) -> Word {
        let text = try string()
        guard let word = Word(rawValue: text) else {
            throw failure("expected one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")), found '\(text)'")
        }
        return word
    }

    public func timestamp() throws(JSONError) -> Timestamp { Timestamp(milliseconds: try integer()) }
}
