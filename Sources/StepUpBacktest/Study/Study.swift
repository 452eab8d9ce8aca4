import StepUpCore
import StepUpLogs

/// Measures how often legitimate people are asked for how much detection: policies beside simpler ways of asking, on the same logins.
///
/// All of an account's logins are gone through in the order of time; whoever is asked answers right, and what that teaches is learnt. At the login behind
/// 4, 12 and 39 others it is noted whether this one would be asked, and whether attackers of each kind would, at about the same time; their attempts
/// leave no trace. After Wiefling et al., "Pump Up Password Security!" (ACM TOPS 2022).
public struct Study: Sendable {
    public static let histories = [4, 12, 39]
    /// Thousandths.
    public static let detections = [980, 990, 995]
    /// Of each kind, at each of those logins.
    static let attempts = 3

    /// A way of asking.
    enum Contestant: Hashable, Sendable {
        /// By its place among the policies.
        case policy(Int)
        /// A policy, and where it asks nothing the score of Freeman et al.
        case policyThenScore(Int)
        case newAddress
        case score
        case always
    }

    /// What one account's login came to, under each contestant.
    struct Sample: Sendable {
        var own: [Int]
        /// By attacker, then attempt.
        var attacks: [[[Int]]]
    }

    let names: [String]
    let contestants: [Contestant]
    private let policies: [Policy]
    private var simulations: [Simulation]
    /// Learns from every login: the score as its authors have it.
    private var scored: Simulation
    private var accounts: [String: Account] = [:]
    private var crowd = Crowd()
    private var random: SplitMix
    private var maker = LoginMaker(Backtest.Settings())
    var samples: [Int: [Sample]] = [:]
    public private(set) var logins = 0
    public private(set) var first: Timestamp?
    public private(set) var last: Timestamp?

    private struct Account {
        var logins = 0
        var addresses: Set<IPAddress> = []
        var victim = Victim()
    }

    public init(_ candidates: [Backtest.Candidate], seed: UInt64) {
        policies = candidates.map(\.policy)
        simulations = candidates.map { Simulation($0.policy, zones: $0.zones, lookups: NothingKnown()) }
        let rule = Rule(
            name: "score", mode: .shadow, scope: Scope(), exception: nil, condition: .signal(.score(atLeast: 0)), requirement: .otp,
            onUnknown: .skip)
        scored = Simulation(
            Policy(hash: "score", rules: [rule], floors: [], grace: .seconds(0)), zones: [:], lookups: NothingKnown())
        random = SplitMix(state: seed)
        let first = candidates.first?.name ?? ""
        contestants = candidates.indices.map { .policy($0) } + [.policyThenScore(0), .newAddress, .score, .always]
        names = candidates.map(\.name) + ["\(first), then score", "new address", "Freeman et al.", "always"]
    }

    public mutating func take(_ event: LogEvent) {
        guard event.label != .takeover else { return }
        let login = maker.make(of: event)
        switch event.kind {
        case .accepted: break
        case .failed:
            guard event.isAccount, accounts[event.user] != nil else { return }
            for index in simulations.indices { simulations[index].fail(login, at: event.time) }
            return
        case .closed, .invalidUser: return
        }
        guard event.source != .notApplicable else { return }
        logins += 1
        first = min(first ?? event.time, event.time)
        last = max(last ?? event.time, event.time)
        var account = accounts[event.user] ?? Account()
        if Self.histories.contains(account.logins) { samples[account.logins, default: []].append(sample(event, account)) }
        account.logins += 1
        if let address = event.source.value { account.addresses.insert(address) }
        account.victim.remember(event)
        accounts[event.user] = account
        crowd.remember(event, using: &random)
        var once = login
        once.stays = false
        for index in simulations.indices { _ = simulations[index].login(once, at: event.time) }
        scored.recall(once, proved: .otp, at: event.time)
    }

    /// Takes what another study of the same contestants has found: of another firm, which shares neither people nor addresses.
    public mutating func add(_ other: Study) {
        for (history, found) in other.samples { samples[history, default: []] += found }
        logins += other.logins
        first = [first, other.first].compactMap { $0 }.min()
        last = [last, other.last].compactMap { $0 }.max()
    }

    private mutating func sample(_ event: LogEvent, _ account: Account) -> Sample {
        let attacks = Attacker.allCases.map { attacker in
            (0..<Self.attempts).map { _ in
                values(attacker.attempt(at: event, on: account.victim, among: crowd, using: &random), account)
            }
        }
        return Sample(own: values(event, account), attacks: attacks)
    }

    /// What each contestant makes of a login that is not remembered.
    private mutating func values(_ event: LogEvent, _ account: Account) -> [Int] {
        let login = maker.make(of: event)
        let asked = simulations.map { $0.decision(login, at: event.time).effect == .none ? 0 : 1 }
        let score = scored.decision(login, at: event.time).rules.first?.operands.first { $0.name == "thousandths" }
        let thousandths: Int = if case .integer(let number) = score?.value { Int(number) } else { 0 }
        return contestants.map { contestant in
            switch contestant {
            case .policy(let index): asked[index]
            case .policyThenScore(let index): asked[index] == 1 ? .max : thousandths
            case .newAddress: event.source.value.map { account.addresses.contains($0) } ?? false ? 0 : 1
            case .score: thousandths
            case .always: 1
            }
        }
    }
}
