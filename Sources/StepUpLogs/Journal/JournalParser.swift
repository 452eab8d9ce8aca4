import StepUpCore

/// `journalctl -o json`: an object a line. Of its fields only those that name a login are looked at; nothing is built of the others.
public struct JournalParser: LogParser {
    private var messages = LoginMessages()

    public init() {}

    public mutating func read(_ line: ArraySlice<UInt8>, into reading: inout LogReading) {
        if line.isEmpty { return reading.understood() }
        var scanner = FieldScanner(line)
        var (time, host, program, pid, message): (Int?, ArraySlice<UInt8>, ArraySlice<UInt8>, Int?, ArraySlice<UInt8>?) = (
            nil, [], [], nil, nil
        )
        var systemPID: Int?
        while let (name, value) = scanner.next() {
            switch name.count {
            case 4 where name.elementsEqual(Self.systemPID): systemPID = value.text?.number
            case 5 where name.elementsEqual(Self.command) && program.isEmpty: program = value.text ?? []
            case 7 where name.elementsEqual(Self.message): message = value.text
            case 9 where name.elementsEqual(Self.hostname): host = value.text ?? []
            case 10 where name.elementsEqual(Self.syslogPID): pid = value.text?.number
            case 17 where name.elementsEqual(Self.identifier): program = value.text ?? []
            case 20 where name.elementsEqual(Self.realtime): time = value.text?.number
            default: break
            }
        }
        guard scanner.isWhole else { return reading.unknown(Self.program, Self.broken) }
        // Microseconds since 1970.
        guard let time, time > 0, time < 7_258_118_400_000_000 else { return reading.badTime(line) }
        guard let message else { return reading.understood() }
        messages.read(
            LoginMessages.Header(
                time: Timestamp(milliseconds: Int64(time / 1000)), host: host, program: program, pid: pid ?? systemPID),
            message, into: &reading)
    }

    public mutating func finish(into reading: inout LogReading) { messages.finish(into: &reading) }

    private static let realtime = bytes("__REALTIME_TIMESTAMP")
    private static let hostname = bytes("_HOSTNAME")
    private static let identifier = bytes("SYSLOG_IDENTIFIER")
    /// Where a program did not say what to call it.
    private static let command = bytes("_COMM")
    private static let syslogPID = bytes("SYSLOG_PID")
    private static let systemPID = bytes("_PID")
    private static let message = bytes("MESSAGE")
    private static let program = bytes("journal")[...]
    private static let broken = bytes("an object that is cut or broken")[...]
}

/// The members of a flat JSON object, in their order (RFC 8259). Values that are no text are skipped, but for arrays of bytes, as the
/// journal writes what is not UTF-8.
struct FieldScanner {
    enum Value {
        case string(ArraySlice<UInt8>)
        case other

        var text: ArraySlice<UInt8>? { if case .string(let text) = self { text } else { nil } }
    }

    private let line: ArraySlice<UInt8>
    private var index: Int
    /// The object came to its end.
    private(set) var isWhole = false

    init(_ line: ArraySlice<UInt8>) {
        (self.line, index) = (line, line.startIndex)
        blanks()
        if index < line.endIndex, line[index] == 0x7b { index += 1 } else { index = line.endIndex }
    }

    mutating func next() -> (name: ArraySlice<UInt8>, value: Value)? {
        blanks()
        if index < line.endIndex, line[index] == 0x2c { index += 1 }
        blanks()
        if index < line.endIndex, line[index] == 0x7d {
            index += 1
            blanks()
            isWhole = index == line.endIndex
            return nil
        }
        guard let name = string() else { return nil }
        blanks()
        guard index < line.endIndex, line[index] == 0x3a else { return nil }
        index += 1
        blanks()
        guard let value = value() else { return nil }
        return (name, value)
    }

    private mutating func blanks() {
        while index < line.endIndex, line[index] == 0x20 || line[index] == 0x09 || line[index] == 0x0d { index += 1 }
    }

    private mutating func value() -> Value? {
        guard index < line.endIndex else { return nil }
        switch line[index] {
        case 0x22: return string().map { .string($0) }
        case 0x5b: return byteArray()
        case 0x7b: return skipNested()
        default:
            while index < line.endIndex, line[index] != 0x2c, line[index] != 0x7d { index += 1 }
            return .other
        }
    }

    private mutating func string() -> ArraySlice<UInt8>? {
        guard index < line.endIndex, line[index] == 0x22 else { return nil }
        let start = index + 1
        var isEscaped = false
        index = start
        while index < line.endIndex, line[index] != 0x22 {
            if line[index] == 0x5c {
                isEscaped = true
                index += 1
            }
            index += 1
        }
        guard index < line.endIndex else { return nil }
        defer { index += 1 }
        return isEscaped ? Self.unescaped(line[start..<index]) : line[start..<index]
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var out: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == 0x5c, index + 1 < text.endIndex else {
                out.append(text[index])
                index += 1
                continue
            }
            index += 2
            switch text[index - 1] {
            case UInt8(ascii: "n"): out.append(0x0a)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0d)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0c)
            case UInt8(ascii: "u"):
                var unit = hex(text[index...].prefix(4))
                index = min(index + 4, text.endIndex)
                if let high = unit, (0xd800..<0xdc00).contains(high), text[index...].begins([0x5c, 0x75]),
                    let low = hex(text[(index + 2)...].prefix(4)), (0xdc00..<0xe000).contains(low)
                {
                    unit = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                    index += 6
                }
                out += Array(String(unit.flatMap(Unicode.Scalar.init).map(Character.init) ?? "\u{fffd}").utf8)
            default: out.append(text[index - 1])
            }
        }
        return out[...]
    }

    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt32? {
        digits.count == 4 ? UInt32(String(decoding: digits, as: UTF8.self), radix: 16) : nil
    }

    private mutating func byteArray() -> Value? {
        let start = index
        var bytes: [UInt8] = []
        index += 1
        while index < line.endIndex {
            switch line[index] {
            case 0x5d:
                index += 1
                return .string(bytes[...])
            case 0x30...0x39:
                var value = 0
                while index < line.endIndex, line[index] >= 0x30, line[index] <= 0x39 {
                    value = min(value * 10 + Int(line[index]) - 0x30, 1000)
                    index += 1
                }
                guard value < 256 else {
                    index = start
                    return skipNested()
                }
                bytes.append(UInt8(value))
            case 0x2c, 0x20, 0x2d: index += 1
            default:
                index = start
                return skipNested()
            }
        }
        return nil
    }

    /// Brackets within brackets, counted.
    private mutating func skipNested() -> Value? {
        var depth = 0
        while index < line.endIndex {
            switch line[index] {
            case 0x22:
                guard string() != nil else { return nil }
                continue
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d:
                depth -= 1
                if depth == 0 {
                    index += 1
                    return .other
                }
            default: break
            }
            index += 1
        }
        return nil
    }
}
