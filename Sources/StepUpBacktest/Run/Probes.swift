import StepUpCore
import StepUpLogs

/// Logins that somebody else might have tried, decided at moments of the past and never remembered: what a policy would have caught.
struct Probes: Sendable {
    private var guesses = PolicyOutcome.Caught(
        name: "guessed passwords",
        words: "Failed passwords of accounts, from networks that the account is not known by: had the password been right.")
    private var takeovers = PolicyOutcome.Caught(
        name: "labelled attacks", words: "Logins that the data itself calls an attacker's.")
    private var imagined = Attacker.allCases.map { PolicyOutcome.Caught(name: "\($0.name), imagined", words: $0.words) }
    private var failures = 0

    var caught: [PolicyOutcome.Caught] { ([takeovers, guesses] + imagined).filter { $0.tries > 0 } }

    mutating func takeover(_ decision: Decision) { takeovers.count(decision) }

    mutating func failure(_ event: LogEvent, _ login: SimulatedLogin, _ simulation: Simulation) {
        guard event.isAccount, event.source.value != nil, let profile = simulation.history.profile(event.user), profile.logins > 0
        else { return }
        failures += 1
        // The first so many, then ever fewer.
        guard failures <= 10_000 || failures % 100 == 0 else { return }
        guard let network = event.source.value?.network.description, !profile.networks.isKnown(network, at: event.time) else {
            return
        }
        guesses.count(simulation.decision(login, at: event.time))
    }

    mutating func attempts(_ attempts: [ImaginedAttempts.Attempt], _ simulation: Simulation) {
        for (index, attempt) in attempts.enumerated() {
            imagined[index].count(simulation.decision(attempt.login, at: attempt.event.time))
        }
    }
}

extension PolicyOutcome.Caught {
    mutating func count(_ decision: Decision) {
        tries += 1
        if decision.effect != .none { stopped += 1 }
        if decision.effect >= .hardware { strongly += 1 }
    }
}

/// Attackers at some of the logins of a past, one of each kind, made of what these logs themselves hold.
struct ImaginedAttempts: Sendable {
    struct Attempt: Sendable {
        var event: LogEvent
        var login: SimulatedLogin
    }

    /// People of whom is remembered where they come from.
    static let mostPeople = 10_000
    /// Logins a person must have: of whom nothing is known everybody is a stranger.
    static let leastLogins = 4

    private var victims: [String: Victim] = [:]
    private var crowd = Crowd()
    private var random = SplitMix(state: 0)
    private var logins = 0

    /// At one login in `interval` of people who are known: more where there are few.
    private var interval: Int { logins < 5_000 ? 4 : 16 }

    /// Attempts at about the time of a login, in the order of `Attacker.allCases`; often none.
    mutating func before(_ event: LogEvent, _ maker: inout LoginMaker) -> [Attempt] {
        guard event.kind == .accepted, event.label != .takeover, event.source != .notApplicable else { return [] }
        logins += 1
        var attempts: [Attempt] = []
        if let victim = victims[event.user], victim.recent.count >= Self.leastLogins, logins % interval == 0 {
            attempts = Attacker.allCases.map { attacker in
                let attempt = attacker.attempt(at: event, on: victim, among: crowd, using: &random)
                return Attempt(event: attempt, login: maker.make(of: attempt))
            }
        }
        if victims[event.user] != nil || victims.count < Self.mostPeople { victims[event.user, default: Victim()].remember(event) }
        crowd.remember(event, using: &random)
        return attempts
    }
}
