import StepUpCore

/// A network operator of the made-up world: its country, its number, its addresses. All of them lie in 240.0.0.0/4 (RFC 1112, section 4) and have private AS numbers
/// (RFC 6996), so that nothing made here can be taken for real.
struct Provider: Hashable, Sendable {
    var number: Int
    var country: String
    var name: String

    /// The firm itself: offices and the pool of its VPN.
    static let firm = Provider(number: 0, country: "CH", name: "the firm")
    /// Where people live; the first one has most of them.
    static let homes = (1...5).map { Provider(number: $0, country: "CH", name: "home \($0)") }
    static let bordering = [("DE", 6), ("FR", 7), ("LI", 8)].map { Provider(number: $0.1, country: $0.0, name: "home \($0.1)") }
    static let carriers = [9, 10].map { Provider(number: $0, country: "CH", name: "carrier \($0)") }
    /// VPNs and data centres, in the country and beyond.
    static let hosting = [("CH", 11), ("DE", 12), ("NL", 13), ("US", 14)].map {
        Provider(number: $0.1, country: $0.0, name: "hosting \($0.1)")
    }
    private static let countries = ["GB", "US", "DE", "FR", "IT", "SG", "HK", "AE", "LU", "AT", "ES", "NL", "JP", "SE"]
    static let hotels = countries.enumerated().map {
        Provider(number: 20 + $0.offset, country: $0.element, name: "hotels \($0.element)")
    }
    private static let farAway = ["RU", "CN", "BR", "VN", "IN", "US", "NL", "UA", "ID", "TR", "NG", "RO"]
    static let foreign = farAway.enumerated().map {
        Provider(number: 50 + $0.offset, country: $0.element, name: "foreign \($0.element)")
    }

    var locality: Locality {
        Locality(
            country: .known(country), system: .known(AutonomousSystem(number: 4_200_000_000 + Int64(number), organisation: name)),
            place: Country.place(of: country).map { .known($0) } ?? .unknown("no entry"), databases: [])
    }

    /// - Parameters:
    ///   - network: 0 … 4095, a /24 each.
    func address(_ network: Int, _ host: Int) -> IPAddress {
        IPAddress(reserved: UInt64(number) << 20 | UInt64(network & 0xfff) << 8 | UInt64(host & 0xff))
    }
}
