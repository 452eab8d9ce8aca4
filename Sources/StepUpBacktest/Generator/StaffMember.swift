import StepUpCore

/// A made-up member of a broker's back office, with habits. The shares are assumptions, stated here and nowhere tuned to a policy.
struct StaffMember: Sendable {
    var name: String
    /// Commutes to the office on these days of the week; works from home on the others.
    var officeDays: Set<Weekday>
    var office: Int
    var home: Provider
    /// The home's addresses change within these /24 networks.
    var homeNetworks: [Int]
    /// Behind an address that many share (carrier-grade NAT).
    var isShared: Bool
    var homeAddress: IPAddress
    var carrier: Provider
    /// Minutes after local midnight.
    var startOfWork: Int
    var hoursOfWork: Int
    /// Works nights and weekends in turns.
    var isShiftWorker: Bool
    var device: Int
    var secondDevice: Int?
    var usesKeys: Bool
    var hosts: [String]
    /// Days since 1970 until which nobody sees them, and on which a trip ends.
    var awayUntil: Int64 = 0
    var tripUntil: Int64 = 0
    var trip: (provider: Provider, network: Int)?
    /// Joins and leaves the firm.
    var firstDay: Int64
    var lastDay: Int64

    private static let names = [
        "anna", "beat", "carla", "daniel", "elena", "fabio", "gina", "hugo", "irene", "jonas", "karin", "luca", "maria", "nico",
        "olga", "peter", "rahel", "simon",
        "tanja", "urs", "vera", "walter", "xenia", "yves", "zoe",
    ]

    init(number: Int, day: Int64, days: Int, hosts: Int, using random: inout SplitMix) {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        name = "\(Self.names[number % Self.names.count])\(number / Self.names.count + 1)"
        let week: [Weekday] = [.mon, .tue, .wed, .thu, .fri]
        // Three days of five at the office, on average.
        officeDays = Set(week.filter { _ in chance(60) })
        office = Int.random(in: 0..<3, using: &random)
        // One in eight lives beyond the border.
        home =
            (chance(12)
                ? Provider.bordering.randomElement(using: &random)
                : chance(40) ? Provider.homes[0] : Provider.homes.randomElement(using: &random)) ?? Provider.homes[0]
        isShared = chance(20)
        homeNetworks = (0..<3).map { _ in Int.random(in: 0..<400, using: &random) }
        homeAddress = home.address(homeNetworks[0], Int.random(in: 1..<255, using: &random))
        carrier = Provider.carriers.randomElement(using: &random) ?? Provider.carriers[0]
        // Between 06:45 and 09:45, most around 08:15.
        startOfWork = 405 + Int.random(in: 0...90, using: &random) + Int.random(in: 0...90, using: &random)
        hoursOfWork = Int.random(in: 7...10, using: &random)
        isShiftWorker = chance(8)
        device = number * 1000
        secondDevice = chance(30) ? number * 1000 + 500 : nil
        usesKeys = chance(85)
        self.hosts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            chance(35)
                ? "trading\(Int.random(in: 1...2, using: &random))"
                : "backoffice\(Int.random(in: 1...max(1, hosts), using: &random))"
        }
        // One in ten comes later, one in ten goes before the end.
        firstDay = chance(10) ? day + Int64.random(in: 0..<Int64(days), using: &random) : day - 400
        lastDay = chance(10) ? day + Int64.random(in: 0..<Int64(days), using: &random) : day + Int64(days)
    }
}
