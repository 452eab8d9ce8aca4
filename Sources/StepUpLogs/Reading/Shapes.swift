import StepUpCore

/// Lines that nothing knows, counted by shape: what changes from line to line (numbers, addresses, quoted text) is taken out, so that a
/// million lines make a short list. Bounded: past `capacity` shapes the rest are counted together.
public struct Shapes: Sendable {
    public static let capacity = 1000
    static let exampleLimit = 160
    static let messageLimit = 200

    public struct Shape: Hashable, Sendable {
        /// `sshd: Connection from # port #`
        public var text: String
        public var count: Int
        /// The first of them, printable, clipped.
        public var example: String
    }

    private var known: [[UInt8]: (count: Int, example: String)] = [:]
    /// Lines of shapes for which there was no room.
    public private(set) var others = 0

    public init() {}

    public var count: Int { known.count }

    /// Most frequent first.
    public var sorted: [Shape] {
        known.map { Shape(text: String(decoding: $0.key, as: UTF8.self), count: $0.value.count, example: $0.value.example) }
            .sorted { ($1.count, $0.text) < ($0.count, $1.text) }
    }

    mutating func count(_ program: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>) {
        var key = Array(program.prefix(48))
        if !key.isEmpty { key += Array(": ".utf8) }
        Self.append(message.prefix(Self.messageLimit), to: &key)
        if let index = known.index(forKey: key) {
            known.values[index].count += 1
        } else if known.count < Self.capacity {
            known[key] = (
                1, EvidenceText.printable(String(decoding: Self.masked(message).prefix(Self.exampleLimit), as: UTF8.self))
            )
        } else {
            others += 1
        }
    }

    /// A word with a digit in it becomes `#`, and so does a day of the week or a month; several of them one behind the other are one.
    private static func append(_ message: ArraySlice<UInt8>, to key: inout [UInt8]) {
        var word = key.count
        var hasDigit = false
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2e, 0x3a, 0x2d, 0x5f, 0x2f, 0x25, 0x40, 0x2b, 0x80...: true
            default: false
            }
        }
        func end() {
            if hasDigit || key.count - word == 3 && dayOrMonth.contains(Array(key[word...])) {
                let isSecond = word >= 2 && key[word - 1] == 0x20 && key[word - 2] == 0x23
                key.replaceSubrange((isSecond ? word - 1 : word)..., with: isSecond ? [] : [0x23])
            }
            hasDigit = false
        }
        for byte in message {
            if isWord(byte) {
                if byte >= 0x30, byte <= 0x39 { hasDigit = true }
                key.append(byte)
            } else {
                end()
                key.append(byte < 0x20 || byte == 0x7f ? 0x3f : byte)
                word = key.count
            }
        }
        end()
    }

    private static let dayOrMonth: Set<[UInt8]> = Set(
        "Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(separator: " ").map { Array($0.utf8) })

    /// FreeRADIUS can write passwords, `[user/password]`: what stands behind the stroke is left out.
    private static func masked(_ message: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let open = message.firstIndex(of: UInt8(ascii: "[")), let close = message[open...].lastIndex(of: UInt8(ascii: "]")),
            let stroke = message[open..<close].firstIndex(of: UInt8(ascii: "/"))
        else { return message }
        return ArraySlice(Array(message[...stroke]) + Array("...".utf8) + Array(message[close...]))
    }
}
