import StepUpCore

extension EventText {
    /// What was looked up about the address, in words; nil: nothing was.
    static func whereabouts(_ facts: Facts) -> String? {
        var parts: [String] = []
        if let locality = facts.locality {
            parts.append("country \(text(locality.country) { $0 })")
            parts.append(
                "network \(text(locality.system) { system in "AS\(system.number)\(system.organisation.map { " \($0)" } ?? "")" })")
        }
        for list in facts.lists {
            switch list.result {
            case .listed(let network): parts.append("on the list \(list.list) (\(network))")
            case .notListed: parts.append("not on the list \(list.list)")
            case .unknown(let reason): parts.append("list \(list.list) unknown (\(reason))")
            }
        }
        for holiday in facts.holidays where holiday.reading.days.value?.today == true {
            parts.append("a holiday of \(holiday.calendar)")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func text<Fact>(_ fact: Observed<Fact>, _ known: (Fact) -> String) -> String {
        switch fact {
        case .known(let fact): known(fact)
        case .unknown(let reason): "unknown (\(reason))"
        case .notApplicable: "of no meaning"
        }
    }
}
