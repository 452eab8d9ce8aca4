import CToml

/// Where something stands in a text: line and column, from 1.
public struct TextPosition: Hashable, Sendable {
    public var line: Int
    public var column: Int

    init(_ position: ctoml_position) { (line, column) = (Int(position.line), Int(position.column)) }
    init(line: Int, column: Int) { (self.line, self.column) = (line, column) }
}

/// What is wrong with a file, where, and what was expected. Its text is what an admin reads.
public struct ConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    public var position: TextPosition
    public var reason: String

    public var description: String { "\(file):\(position.line):\(position.column): \(reason)" }
}

/// A TOML value with its position.
struct TomlNode {
    indirect enum Value {
        case table([Member])
        case array([TomlNode])
        case string(String)
        case integer(Int64)
        case boolean(Bool)
        /// Something we have no use for: a float, a date.
        case other(String)
    }

    struct Member {
        var key: String
        var position: TextPosition
        var node: TomlNode
    }

    var value: Value
    var position: TextPosition

    /// What it is, in the words of an error.
    var kind: String {
        switch value {
        case .table: "a table"
        case .array: "an array"
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "true or false"
        case .other(let name): name
        }
    }

    init(value: Value, position: TextPosition) { (self.value, self.position) = (value, position) }

    /// Parses a whole text.
    /// - Parameter file: its name, for errors.
    static func parse(_ text: String, file: String) throws(ConfigError) -> TomlNode {
        var text = text
        let document = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { ctoml_parse($0.baseAddress, $0.count) }
        }
        guard let document else {
            throw ConfigError(file: file, position: TextPosition(line: 1, column: 1), reason: "out of memory")
        }
        defer { ctoml_free(document) }
        var position = ctoml_position()
        if let error = ctoml_error(document, &position) {
            throw ConfigError(file: file, position: TextPosition(position), reason: "not TOML: \(String(cString: error))")
        }
        guard let root = ctoml_root(document) else {
            throw ConfigError(file: file, position: TextPosition(line: 1, column: 1), reason: "not TOML")
        }
        return TomlNode(root)
    }

    private init(_ node: OpaquePointer) {
        position = TextPosition(ctoml_position_of(node))
        switch ctoml_kind_of(node) {
        case CTOML_TABLE:
            value = .table(
                (0..<ctoml_count(node)).compactMap { index in
                    var length = 0
                    var position = ctoml_position()
                    guard let key = ctoml_key(node, index, &length, &position), let child = ctoml_child(node, index) else {
                        return nil
                    }
                    return Member(
                        key: Self.text(key, length), position: TextPosition(position), node: TomlNode(child))
                })
        case CTOML_ARRAY:
            value = .array((0..<ctoml_count(node)).compactMap { ctoml_child(node, $0).map(TomlNode.init) })
        case CTOML_STRING:
            var length = 0
            let bytes = ctoml_string(node, &length)
            value = .string(bytes.map { Self.text($0, length) } ?? "")
        case CTOML_INTEGER: value = .integer(ctoml_integer(node))
        case CTOML_BOOLEAN: value = .boolean(ctoml_boolean(node))
        case CTOML_FLOAT: value = .other("a float")
        default: value = .other("a date or time")
        }
    }

    private static func text(_ bytes: UnsafePointer<CChar>, _ length: Int) -> String {
        UnsafeBufferPointer(start: bytes, count: length).withMemoryRebound(to: UInt8.self) {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
