/// Attributes of a RADIUS request as the module sends them (Docs/Protocol.md): `NAME:HEX`, separated by commas, each value the raw
/// bytes of the attribute in network order (RFC 2865, 5).
public struct RadiusAttributes: Hashable, Sendable {
    private struct Value: Hashable {
        var name: String
        var bytes: [UInt8]
    }
    /// As they came; a name may stand several times.
    private var values: [Value] = []

    /// The frame's table has checked the form already; what does not have it is left out.
    public init(_ text: [UInt8]) {
        for item in text.split(separator: UInt8(ascii: ",")) {
            guard let colon = item.firstIndex(of: UInt8(ascii: ":")),
                let bytes = Hex.decode(item[item.index(after: colon)...])
            else { continue }
            values.append(Value(name: String(decoding: item[..<colon], as: UTF8.self), bytes: bytes))
        }
    }

    /// For a reply.
    public init(_ values: KeyValuePairs<String, String>) {
        self.values = values.map { Value(name: $0, bytes: Array($1.utf8)) }
    }

    public mutating func add(_ more: [ReplyAttribute]) {
        values += more.map { Value(name: $0.name, bytes: Array($0.value.utf8)) }
    }

    public var wire: [UInt8] {
        Array(values.map { "\($0.name):\(Hex.encode($0.bytes))" }.joined(separator: ",").utf8)
    }

    /// All values of a name.
    public func all(_ name: String) -> [[UInt8]] { values.filter { $0.name == name }.map(\.bytes) }

    /// The value of a name that stands exactly once: of two that contradict each other neither is believed.
    public func single(_ name: String) -> [UInt8]? {
        guard let first = values.firstIndex(where: { $0.name == name }),
            !values[(first + 1)...].contains(where: { $0.name == name })
        else { return nil }
        return values[first].bytes
    }

    public func has(_ name: String) -> Bool { values.contains { $0.name == name } }

    /// Type integer: four bytes, big-endian.
    public func integer(_ name: String) -> UInt32? {
        guard let bytes = single(name), bytes.count == 4 else { return nil }
        return bytes.bigEndian(as: UInt32.self)
    }

    /// Type ipaddr or ipv6addr, or an address as text.
    public func address(_ name: String) -> IPAddress? {
        guard let bytes = single(name) else { return nil }
        return Self.binaryAddresses.contains(name)
            ? IPAddress(bytes: bytes) : IPAddress(String(decoding: bytes, as: UTF8.self))
    }

    private static let binaryAddresses: Set<String> = [
        "NAS-IP-Address", "NAS-IPv6-Address", "Framed-IP-Address", "Framed-IPv6-Address",
    ]
}
