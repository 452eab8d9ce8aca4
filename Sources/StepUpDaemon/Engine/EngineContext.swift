import StepUpCore
import StepUpCrypto
import StepUpFactors
import StepUpLedger

/// What the engine is set up with; fixed until it is replaced as a whole.
public struct EngineSettings: Sendable {
    /// Name of this host, in every event.
    public var host: String
    public var prompt: String
    public var retryPrompt: String
    /// How long a prompt waits for its answer.
    public var challengeLifetime: Span
    /// Prompts an attempt may have.
    public var tries: Int64
    /// TOTP: steps each way.
    public var totpWindow: Int64
    /// HOTP: counters ahead.
    public var hotpLookAhead: Int64
    /// Shown by authenticator apps.
    public var issuer: String
    public var radius: RadiusSettings
    /// What policies call this host.
    public var tags: [String]

    public init(
        host: String, prompt: String = "Verification code: ",
        retryPrompt: String = "That code was not accepted. Verification code: ",
        challengeLifetime: Span = .minutes(2), tries: Int64 = 3, totpWindow: Int64 = 1, hotpLookAhead: Int64 = 10,
        issuer: String = "StepUp", radius: RadiusSettings = RadiusSettings(), tags: [String] = []
    ) {
        (self.host, self.prompt, self.retryPrompt) = (host, prompt, retryPrompt)
        (self.challengeLifetime, self.tries) = (challengeLifetime, tries)
        (self.totpWindow, self.hotpLookAhead, self.issuer) = (totpWindow, hotpLookAhead, issuer)
        (self.radius, self.tags) = (radius, tags)
    }
}

/// The policy in force, with what was read for it.
public struct ActivePolicy: Sendable {
    public let policy: Policy
    public var text: String
    /// By name; a zone that could not be read is missing, and rules that need it are unknown.
    public var zones: [String: ZoneRules]

    public init(policy: Policy, text: String, zones: [String: ZoneRules]) {
        (self.policy, self.text, self.zones) = (policy, text, zones)
    }
}

/// What is to be found out for a decision of the policy in force and of the one beside it.
struct FactsPlan: Sendable {
    var needs: Needs
    var groups: [String]
    var zones: [String: ZoneRules]
    var holidays: [String: Holidays]

    init(_ active: ActivePolicy, _ shadow: ActivePolicy?) {
        let policies = [active.policy] + (shadow.map { [$0.policy] } ?? [])
        needs = Needs(policies)
        groups = Set(policies.flatMap(\.groups)).sorted()
        zones = active.zones.merging(shadow?.zones ?? [:]) { first, _ in first }
        holidays = active.policy.holidays.merging(shadow?.policy.holidays ?? [:]) { first, _ in first }
    }
}

/// Who spoke on the module socket, from SO_PEERCRED.
public struct ModulePeer: Hashable, Sendable {
    public var pid: Int32
    public var uid: UInt32
    /// The channel that this uid may speak; nil: none (S08).
    public var channel: Channel?

    public init(pid: Int32, uid: UInt32, channel: Channel?) { (self.pid, self.uid, self.channel) = (pid, uid, channel) }
}

/// One step's surroundings: the transaction it writes to and the moment it happens in.
struct Step {
    let transaction: any LedgerTransaction
    let clock: ClockReading

    var now: Timestamp { clock.now }
    /// Days since the epoch, UTC.
    var day: Int64 { clock.now.seconds / 86_400 }
}
