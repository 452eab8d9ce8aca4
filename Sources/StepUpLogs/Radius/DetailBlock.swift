import StepUpCore

/// One packet of a detail file, as far as it tells of a login.
struct DetailBlock {
    /// What stands above it; nil: no time that there is, or nothing.
    var header: Timestamp?
    /// Attributes that it has.
    private(set) var count = 0
    private var values: [Attribute: [UInt8]] = [:]

    static let attributeLimit = 512
    /// RFC 2865, 5: no value is longer.
    private static let valueLimit = 253

    /// Those that are looked at; the others, passwords among them, are not kept.
    enum Attribute: String {
        case user = "User-Name"
        case packetType = "Packet-Type"
        case status = "Acct-Status-Type"
        case session = "Acct-Session-Id"
        case caller = "Calling-Station-Id"
        case tunnelClient = "Tunnel-Client-Endpoint"
        case identifier = "NAS-Identifier"
        case address = "NAS-IP-Address"
        case client = "Client-IP-Address"
        case packetSource = "Packet-Src-IP-Address"
        case time = "Timestamp"
        case outer = "FreeRADIUS-Proxied-To"

        /// Told by its length first: most lines are of none of them.
        init?(_ name: ArraySlice<UInt8>) {
            let candidates: [Attribute]
            switch name.count {
            case 9: candidates = Self.ofNine
            case 11: candidates = Self.ofEleven
            case 14: candidates = Self.ofFourteen
            case 15: candidates = Self.ofFifteen
            case 16: candidates = Self.ofSixteen
            case 17: candidates = Self.ofSeventeen
            case 18: candidates = Self.ofEighteen
            case 21: candidates = Self.ofTwentyOne
            case 22: candidates = Self.ofTwentyTwo
            default: return nil
            }
            guard let found = candidates.first(where: { FieldText.equals(name, $0.rawValue) }) else { return nil }
            self = found
        }
    }

    enum Outcome { case accepted, started, failed, closed, none, unknown }

    init(header: Timestamp?) { self.header = header }

    /// - Parameter line: `\tAttribute-Name = value`, of a tagged attribute `Attribute-Name:0 = value`.
    mutating func add(_ line: ArraySlice<UInt8>) {
        count += 1
        let text = line.drop { $0 == 0x09 || $0 == 0x20 }
        let name = text.prefix { $0 != 0x20 && $0 != 0x3a }
        guard let attribute = Attribute(name), values[attribute] == nil,
            let sign = text[name.endIndex...].first(" = ")
        else { return }
        values[attribute] = Self.value(text[(sign + 3)...])
    }

    func value(_ attribute: Attribute) -> ArraySlice<UInt8>? {
        values[attribute].flatMap { $0.isEmpty ? nil : $0[...] }
    }

    /// Nil: it does not say.
    /// - Parameter isCut: the last digits of `Timestamp` may be lost.
    func time(isCut: Bool) -> Timestamp? {
        if !isCut, let seconds = value(.time)?.number, 0..<4_102_444_800 ~= seconds {
            return Timestamp(seconds: Int64(seconds))
        }
        return header
    }

    var outcome: Outcome {
        if let status = value(.status) {
            switch String(decoding: status, as: UTF8.self) {
            case "Start", "1": return .started
            case "Stop", "2": return .closed
            case "Interim-Update", "Alive", "3", "Accounting-On", "7", "Accounting-Off", "8": return .none
            default: return .unknown
            }
        }
        guard let type = value(.packetType) else { return .unknown }
        switch String(decoding: type, as: UTF8.self) {
        // Within the tunnel of EAP; the packet around it tells the same.
        case "Access-Accept", "2": return isInner ? .none : .accepted
        case "Access-Reject", "3": return isInner ? .none : .failed
        case "Access-Request", "1", "Access-Challenge", "11", "Accounting-Response", "5", "Status-Server", "12": return .none
        default: return .unknown
        }
    }

    private var isInner: Bool { value(.outer) != nil }

    /// The NAS; empty: it is not named.
    var host: String {
        let name = value(.identifier) ?? value(.address) ?? value(.client) ?? value(.packetSource)
        return name.map { FieldText.text($0, limit: 64) } ?? ""
    }

    var caller: CallingStation {
        var caller = value(.caller).map { CallingStation($0) } ?? .missing
        if caller.source.value == nil, let address = value(.tunnelClient).flatMap({ CallingStation($0).source.value }) {
            caller.source = .known(address)
        }
        return caller
    }

    /// Bare, or in quotes with backslashes in it; nil: the quotes do not end.
    private static func value(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let quote = text.first, quote == 0x22 || quote == 0x27 else { return Array(text.prefix(valueLimit)) }
        var out: [UInt8] = []
        var index = text.startIndex + 1
        while out.count <= valueLimit {
            guard index < text.endIndex else { return nil }
            if text[index] == quote { return out }
            if text[index] == 0x5c, index + 1 < text.endIndex {
                let (byte, length) = escaped(text[(index + 1)...])
                out.append(byte)
                index += 1 + length
            } else {
                out.append(text[index])
                index += 1
            }
        }
        return nil
    }

    /// What stands behind a backslash (`n`, `r`, `t`, three octal digits, or the byte itself), and its length.
    private static func escaped(_ text: ArraySlice<UInt8>) -> (UInt8, Int) {
        let digits = text.prefix(3)
        if digits.count == 3, digits.allSatisfy({ 0x30...0x37 ~= $0 }) {
            return (digits.reduce(0) { $0 << 3 | ($1 & 7) }, 3)
        }
        switch text.first {
        case UInt8(ascii: "n"): return (0x0a, 1)
        case UInt8(ascii: "r"): return (0x0d, 1)
        case UInt8(ascii: "t"): return (0x09, 1)
        default: return (text.first ?? 0x5c, 1)
        }
    }
}

extension DetailBlock.Attribute {
    private static let ofNine: [Self] = [.user, .time]
    private static let ofEleven: [Self] = [.packetType]
    private static let ofFourteen: [Self] = [.identifier, .address]
    private static let ofFifteen: [Self] = [.session]
    private static let ofSixteen: [Self] = [.status]
    private static let ofSeventeen: [Self] = [.client]
    private static let ofEighteen: [Self] = [.caller]
    private static let ofTwentyOne: [Self] = [.packetSource, .outer]
    private static let ofTwentyTwo: [Self] = [.tunnelClient]
}
