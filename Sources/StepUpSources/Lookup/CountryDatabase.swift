import StepUpCore

/// Countries by address, from whichever file the host has.
enum CountryDatabase: Sendable {
    case table(CountryTable)
    case maxMind(MaxMindDatabase)

    /// When its data was made; nil: it does not say.
    var built: Timestamp? {
        switch self {
        case .table(let table): table.generated.map { Timestamp(seconds: $0.day * 86_400) }
        case .maxMind(let database): database.built
        }
    }

    var count: Int {
        switch self {
        case .table(let table): table.count
        case .maxMind(let database): database.count
        }
    }

    func country(of address: IPAddress) -> Observed<String> {
        switch self {
        case .table(let table): table.country(of: address).map { .known($0) } ?? .unknown("no entry")
        case .maxMind(let database): database.country(of: address)
        }
    }
}
