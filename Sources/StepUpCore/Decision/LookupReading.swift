extension Signal {
    /// A fact of the databases; where the address is not known, or has no meaning here, they say nothing.
    static func located<Fact>(_ attempt: Attempt, _ facts: Facts, _ fact: (Locality) -> Observed<Fact>) -> Observed<Fact> {
        switch attempt.source {
        case .known: facts.locality.map(fact) ?? .unknown("no database")
        case .unknown(let reason): .unknown(reason)
        case .notApplicable: .notApplicable
        }
    }

    /// The least way between two places, and the speed that it takes.
    static func travel(
        to place: Place, at now: Timestamp, from last: SeenPlace?, _ speed: Int, _ distance: Int
    ) -> SignalReading {
        guard let last else { return .unknown("no login before", []) }
        let way = last.place.leastDistance(to: place)
        // A clock that went back does not make the way longer; a millisecond keeps the quotient finite.
        let passed = max(1, (now - last.time).milliseconds)
        let needed = Int(min(9_999_999, Int64(way) * 3_600_000 / passed))
        return .value(
            fired: way > distance && needed > speed,
            travelOperands(distance: way, speed: needed, from: last.time.rfc3339, speed, distance))
    }

    static func travelOperands(distance way: Int, speed needed: Int, from: String, _ speed: Int, _ distance: Int) -> [Operand] {
        [
            Operand("km", Int64(way)), Operand("kmh", Int64(needed)), Operand("last_login", from),
            Operand("above_kmh", Int64(speed)),
            Operand("beyond_km", Int64(distance)),
        ]
    }

    /// One list that holds the address is enough; else one that could not be read makes it unknown.
    static func listed(_ lists: [String], _ facts: [ListFact]) -> SignalReading {
        let found = lists.map { name in
            facts.first { $0.list == name } ?? ListFact(list: name, hash: nil, result: .unknown("was not looked up"))
        }
        for case let fact in found {
            if case .listed(let network) = fact.result {
                return .value(fired: true, [Operand("list", fact.list), Operand("network", network)])
            }
        }
        for fact in found {
            if case .unknown(let reason) = fact.result { return .unknown(reason, [Operand("list", fact.list)]) }
        }
        return .value(fired: false, [])
    }
}
