import StepUpCore

/// Autonomous systems by address, from whichever file the host has.
enum SystemDatabase: Sendable {
    case table(SystemTable, made: Timestamp)
    case maxMind(MaxMindDatabase)

    /// When its data was made.
    var built: Timestamp? {
        switch self {
        case .table(_, let made): made
        case .maxMind(let database): database.built
        }
    }

    var count: Int {
        switch self {
        case .table(let table, _): table.count
        case .maxMind(let database): database.count
        }
    }

    func system(of address: IPAddress) -> Observed<AutonomousSystem> {
        switch self {
        case .table(let table, _): table.system(of: address).map { .known($0) } ?? .unknown("no entry")
        case .maxMind(let database): database.system(of: address)
        }
    }
}
