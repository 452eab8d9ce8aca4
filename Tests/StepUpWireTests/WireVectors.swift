import Foundation

/// One block of a vector file; `Tests/Vectors/wire/README.md` describes the format.
struct WireVector: Sendable, CustomStringConvertible {
    var name: String
    var payload: [UInt8]?
    var op: [UInt8]?
    var fields: [(key: String, value: [UInt8])] = []
    var error: String?
    var header: [UInt8]?
    var length: Int?

    var description: String { name }

    enum Kind { case decodes, fails, encodeFails, header }

    var kind: Kind? {
        switch (payload, op, error, header, length) {
        case (_?, _?, nil, nil, nil): .decodes
        case (_?, nil, _?, nil, nil) where fields.isEmpty: .fails
        case (nil, _?, _?, nil, nil): .encodeFails
        case (nil, nil, nil, _?, _?), (nil, nil, _?, _?, nil): .header
        default: nil
        }
    }
}

struct WireVectorFault: Error, CustomStringConvertible {
    let description: String
}

enum WireVectors {
    /// All vectors of all files. Throws for a file without vectors, a line it does not know, a name used twice.
    static func load() throws -> [WireVector] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Vectors/wire").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "vectors" }
            .sorted { $0.path < $1.path }
        guard !files.isEmpty else { throw WireVectorFault(description: "no vector files in \(folder.path)") }
        var all: [WireVector] = []
        for file in files {
            let found = try parse([UInt8](Data(contentsOf: file)), file: file.lastPathComponent)
            guard !found.isEmpty else { throw WireVectorFault(description: "no vectors in \(file.path)") }
            all += found
        }
        guard Set(all.map(\.name)).count == all.count else {
            throw WireVectorFault(description: "two vectors have the same name")
        }
        return all
    }

    static func parse(_ bytes: [UInt8], file: String) throws -> [WireVector] {
        var vectors: [WireVector] = []
        var current: WireVector?
        func close() throws {
            guard let vector = current else { return }
            guard vector.kind != nil else { throw WireVectorFault(description: "\(file): \(vector.name): no such kind") }
            vectors.append(vector)
            current = nil
        }
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            func fault(_ text: String) -> WireVectorFault { .init(description: "\(file):\(number + 1): \(text)") }
            if line.isEmpty { try close(); continue }
            if line.first == UInt8(ascii: "#") { continue }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.dropFirst(colon - line.startIndex + 1).first == 0x20
            else { throw fault("expected `key: value`") }
            let key = String(decoding: line[..<colon], as: UTF8.self)
            let raw = line[(colon + 2)...]
            if key == "name" {
                guard current == nil else { throw fault("name inside a block") }
                current = WireVector(name: String(decoding: raw, as: UTF8.self))
                continue
            }
            guard var vector = current else { throw fault("\(key) before name") }
            switch key {
            case "payload": vector.payload = try (vector.payload ?? []) + unescape(raw)
            case "op" where vector.op == nil: vector.op = try unescape(raw)
            case "header" where vector.header == nil: vector.header = try unescape(raw)
            case "error" where vector.error == nil: vector.error = String(decoding: raw, as: UTF8.self)
            case "length" where vector.length == nil: vector.length = Int(String(decoding: raw, as: UTF8.self))
            case "field":
                guard let equals = raw.firstIndex(of: UInt8(ascii: "=")) else { throw fault("a field without =") }
                vector.fields.append(
                    (String(decoding: raw[..<equals], as: UTF8.self), try unescape(raw[(equals + 1)...])))
            default: throw fault("\(key) is unknown, or stands twice")
            }
            current = vector
        }
        try close()
        return vectors
    }

    private static func unescape(_ raw: ArraySlice<UInt8>) throws -> [UInt8] {
        var result: [UInt8] = []
        var rest = raw
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else { result.append(byte); continue }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): result.append(0)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                result.append(try hex(rest.prefix(2)))
                rest = rest.dropFirst(2)
            case UInt8(ascii: "{"):
                let inside = rest.prefix { $0 != UInt8(ascii: "}") }
                rest = rest.dropFirst(inside.count + 1)
                let parts = inside.split(separator: UInt8(ascii: "*"))
                guard parts.count == 2, let count = Int(String(decoding: parts[0], as: UTF8.self)) else { fallthrough }
                result += Array(repeating: try hex(parts[1]), count: count)
            default: throw WireVectorFault(description: "bad escape")
            }
        }
        return result
    }

    private static func hex(_ digits: ArraySlice<UInt8>) throws -> UInt8 {
        guard digits.count == 2, let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw WireVectorFault(description: "expected two hex digits")
        }
        return byte
    }
}
