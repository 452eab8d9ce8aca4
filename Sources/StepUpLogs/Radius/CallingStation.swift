import StepUpCore

/// What a Calling-Station-Id says: the address that a login comes from, or the device.
struct CallingStation: Hashable, Sendable {
    var source: Observed<IPAddress>
    /// As it is named live (`RadiusFacts.device`).
    var device: Observed<KeyFact> = .notApplicable

    /// Of a login whose log has none.
    static let missing = CallingStation(source: .unknown("missing"))

    private init(source: Observed<IPAddress>) { self.source = source }

    init(_ text: ArraySlice<UInt8>) {
        guard !text.isEmpty else {
            self = .missing
            return
        }
        let bytes = Array(text)
        if let address = IPAddress(text) ?? RadiusFacts.beforePort(bytes) {
            source = .known(address)
            return
        }
        source = .unknown("not an address")
        if let mac = RadiusFacts.mac(bytes) { device = .known(KeyFact(type: "mac", fingerprint: "mac \(mac)")) }
    }
}
