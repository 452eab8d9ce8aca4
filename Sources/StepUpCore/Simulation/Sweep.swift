/// The decisions around one login: what they would be at other hours, from other networks, with another device.
public struct Sweep: Sendable {
    public enum Dimension: String, CaseIterable, Hashable, Sendable { case hour, net, device }

    public struct Cell: Hashable, Sendable {
        /// A word for each dimension, in their order.
        public var place: [String]
        public var effect: Requirement
        /// The enforced rules that fired.
        public var fired: [String]
    }

    public var dimensions: [Dimension]
    public var cells: [Cell]

    /// - Parameter simulation: the world before the login.
    public init(_ dimensions: [Dimension], around login: SimulatedLogin, at time: Timestamp, in simulation: Simulation) {
        self.dimensions = dimensions
        var places: [([String], SimulatedLogin, Timestamp)] = [([], login, time)]
        for dimension in dimensions {
            places = places.flatMap { place in
                dimension.variants(place.1, place.2).map { (place.0 + [$0.0], $0.1, $0.2) }
            }
        }
        cells = places.map { place, login, time in
            let decision = simulation.decision(login, at: time)
            let fired = decision.rules.filter { $0.mode == .enforce && $0.result.hasFired }.map(\.name)
            return Cell(place: place, effect: decision.effect, fired: fired)
        }
    }
}

extension Sweep.Dimension {
    /// The values of a dimension, and the login with each.
    fileprivate func variants(_ login: SimulatedLogin, _ time: Timestamp) -> [(String, SimulatedLogin, Timestamp)] {
        var other = login
        switch self {
        case .hour:
            // From the login on: what is in its history lies before it.
            let start = Timestamp(seconds: floorDivide(time.seconds + 3599, 3600) * 3600)
            return (0..<24).map { (hour: Int64) in
                let moment = start + .hours(hour)
                return ("\(pad(CivilTime(seconds: moment.seconds).hour, 2)):00Z", login, moment)
            }
        case .net:
            guard let address = login.source.value else { return [("as it is", login, time)] }
            var beside = login
            beside.source = .known(address.neighbour(0))
            let elsewhere = ["203.0.113.77", "2001:db8:ffff::77"].compactMap { IPAddress($0) }.first { $0.family == address.family }
            other.source = elsewhere.map { .known($0) } ?? .unknown("not known")
            return [("same address", login, time), ("same network", beside, time), ("new network", other, time)]
        case .device:
            guard let key = login.key.value else { return [("as it is", login, time)] }
            other.key = .known(KeyFact(type: key.type, fingerprint: key.fingerprint + "'"))
            return [("same device", login, time), ("new device", other, time)]
        }
    }
}
