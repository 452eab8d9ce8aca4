import StepUpCore
import StepUpLogs

/// Somebody who has a person's first factor and is not that person; after the attacker models of Wiefling et al. (ACM TOPS 2022, section 4.1),
/// each knowing more than the one before.
public enum Attacker: String, CaseIterable, Hashable, Sendable {
    case naive
    case sameCountry = "same-country"
    case sameCity = "same-city"
    case targeted
    case veryTargeted = "very-targeted"

    /// For people.
    public var name: String { rawValue.replacing("-", with: " ") }

    /// Who that is, in a sentence.
    public var words: String {
        switch self {
        case .naive: "Has the first factor and nothing else: from another country, with a device of their own, at any hour."
        case .sameCountry: "Comes from a network in the person's country, with a device of their own, at any hour."
        case .sameCity:
            "Comes through a VPN or provider that others near the person use, with a device of their own, when the person works."
        case .targeted: "Knows the person's network and hours: another address of it, with a device of their own."
        case .veryTargeted: "Has the person's own device or its key, in the person's network, when the person works."
        }
    }

    /// An attempt on a person at about the time of one of their own logins.
    /// - Parameters:
    ///   - login: the person's login of which host, service and hour are taken.
    ///   - victim: what the person did lately.
    ///   - crowd: what others did lately: where one can come from.
    public func attempt(
        at login: LogEvent, on victim: Victim, among crowd: Crowd, using random: inout SplitMix
    ) -> LogEvent {
        var attempt = login
        attempt.kind = .accepted
        attempt.label = .takeover
        attempt.session = nil
        // By the same road: at a VPN one comes from outside, behind it from its pool.
        let own = victim.recent.filter { $0.service == login.service }.randomElement(using: &random) ?? login
        let networks = Set(victim.recent.compactMap { $0.source.value?.network })
        func elsewhere(_ isFit: (LogEvent) -> Bool) -> LogEvent? {
            crowd.some(using: &random) { event in
                guard event.user != login.user, event.service == login.service, let network = event.source.value?.network else {
                    return false
                }
                return !networks.contains(network) && isFit(event)
            }
        }
        let country = own.locality?.country.value
        var place: LogEvent?
        switch self {
        case .naive: place = elsewhere { event in country == nil || event.locality?.country.value != country }
        case .sameCountry: place = elsewhere { $0.locality?.country.value == country } ?? elsewhere { _ in true }
        case .sameCity:
            let system = own.locality?.system.value?.number
            place =
                elsewhere { $0.locality?.system.value?.number == system && $0.locality?.country.value == country }
                ?? elsewhere { $0.locality?.country.value == country } ?? elsewhere { _ in true }
        case .targeted, .veryTargeted: place = own
        }
        if let place {
            attempt.source = Self.beside(place.source, using: &random)
            attempt.locality = place.locality
        } else {
            // Nobody else is known: an address that nobody has (RFC 1112, section 4).
            attempt.source = .known(IPAddress(reserved: random.next()))
            attempt.locality = login.locality.map { _ in
                Locality(country: .unknown("no entry"), system: .unknown("no entry"), place: .unknown("no entry"))
            }
        }
        if case .known(let key) = own.key {
            attempt.key =
                self == .veryTargeted ? own.key : .known(KeyFact(type: key.type, fingerprint: "attacker's \(random.next())"))
        }
        switch self {
        case .naive, .sameCountry: attempt.time = login.time + .minutes(Int64.random(in: 0..<1440, using: &random))
        case .sameCity, .targeted, .veryTargeted: attempt.time = login.time + .minutes(Int64.random(in: 1...30, using: &random))
        }
        return attempt
    }

    /// Another address of the same network.
    private static func beside(_ source: Observed<IPAddress>, using random: inout SplitMix) -> Observed<IPAddress> {
        guard let address = source.value else { return source }
        return .known(address.neighbour(random.next()))
    }
}

/// What an attacker may know of a person: their latest logins.
public struct Victim: Sendable {
    static let memory = 8
    public private(set) var recent: [LogEvent] = []

    public init() {}

    public mutating func remember(_ login: LogEvent) {
        if recent.count >= Self.memory { recent.removeFirst() }
        recent.append(login)
    }
}

/// A sample of everyone's logins, kept by chance (reservoir sampling): where an attacker may come from.
public struct Crowd: Sendable {
    static let capacity = 512
    private var sample: [LogEvent] = []
    private var seen = 0

    public init() {}

    public mutating func remember(_ login: LogEvent, using random: inout SplitMix) {
        seen += 1
        if sample.count < Self.capacity {
            sample.append(login)
        } else {
            let place = Int.random(in: 0..<seen, using: &random)
            // What is old fades, so that an attacker of today comes from a network of today.
            if place < Self.capacity || seen % 16 == 0 { sample[place % Self.capacity] = login }
        }
    }

    /// One that fits, each as likely as the others; nil: none does.
    func some(using random: inout SplitMix, _ isFit: (LogEvent) -> Bool) -> LogEvent? {
        guard !sample.isEmpty else { return nil }
        let start = Int.random(in: 0..<sample.count, using: &random)
        for step in sample.indices {
            let event = sample[(start + step) % sample.count]
            if isFit(event) { return event }
        }
        return nil
    }
}
