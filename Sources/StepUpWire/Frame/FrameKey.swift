/// A key of the closed table in `Docs/Protocol.md`; the raw value is its position there, not a wire value.
public enum FrameKey: UInt8, CaseIterable, Sendable {
    case account, answer, attempt, attributes, body, bootID, bootTime, channel, client, code, command, echo, event, fallback,
        firstFactor
    case message, phase, prompt, reason, request, rhost, ruser, service, split, sshAuthInfo, sshConnection, sshMethods
    case state, status, time, tty, uid, user, verdict

    /// The key as it stands in a frame.
    public var name: String { form.name }

    /// Whether its value never belongs in a log: secrets, and what people may have typed a secret into (S11).
    public var isConfidential: Bool {
        switch self {
        case .answer, .state, .body, .user, .command: true
        default: false
        }
    }

    /// The most bytes a value may have.
    public var limit: Int { form.limit }

    var form: FrameForm { FrameForm.all[Int(rawValue)] }

    /// The key with this name; finds nothing for a name that is longer than any key.
    init?(packed: PackedKey) {
        guard let index = FrameForm.packed.firstIndex(of: packed) else { return nil }
        self.init(rawValue: UInt8(index))
    }
}

/// A set of keys.
public struct FrameKeySet: Sendable, Equatable, ExpressibleByArrayLiteral {
    private(set) var bits: UInt64 = 0

    public init(arrayLiteral elements: FrameKey...) {
        for key in elements { insert(key) }
    }

    public func contains(_ key: FrameKey) -> Bool { bits & (1 << UInt64(key.rawValue)) != 0 }

    /// All keys of the set, in the order of `FrameKey`.
    public var keys: [FrameKey] { FrameKey.allCases.filter(contains) }

    mutating func insert(_ key: FrameKey) { bits |= 1 << UInt64(key.rawValue) }

    func union(_ other: Self) -> Self {
        var result = self
        result.bits |= other.bits
        return result
    }

    /// The first key of `required` that is not in this set.
    func firstMissing(of required: Self) -> FrameKey? {
        let missing = required.bits & ~bits
        return missing == 0 ? nil : FrameKey(rawValue: UInt8(missing.trailingZeroBitCount))
    }
}

/// Up to sixteen bytes of a key in two words, so that finding a key compares no strings.
struct PackedKey: Equatable {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var count = 0

    init() {}

    init(_ text: StaticString) {
        text.withUTF8Buffer { for byte in $0 { append(byte) } }
    }

    mutating func append(_ byte: UInt8) {
        high = high << 8 | low >> 56
        low = low << 8 | UInt64(byte)
        count += 1
    }
}
