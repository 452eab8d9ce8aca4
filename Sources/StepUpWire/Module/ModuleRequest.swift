import StepUpCore

/// A request of a module, its fields named. The frame table has already checked keys and forms.
public enum ModuleRequest: Sendable {
    case begin(BeginRequest)
    case answer(AnswerRequest)
    case report(ReportRequest)
    case split(SplitRequest)

    /// Takes the frame apart; the answer leaves it as a `Secret`.
    public init?(taking frame: inout Frame, _ settings: RadiusSettings) {
        guard let common = RequestFacts(frame, settings) else { return nil }
        switch frame.op {
        case .begin where frame.has(.phase, "split"):
            guard let answer = frame.takeSecret(.answer) else { return nil }
            self = .split(SplitRequest(facts: common, field: answer))
        case .begin:
            guard let phase = frame.text(.phase).flatMap(Phase.init(rawValue:)) else { return nil }
            self = .begin(
                BeginRequest(
                    facts: common, phase: phase, accountMode: frame.text(.account).flatMap(AccountMode.init(rawValue:)),
                    firstFactor: frame.text(.firstFactor).flatMap(BeginRequest.FirstFactorSource.init(rawValue:)) ?? .ssh,
                    sshMethods: (frame.text(.sshMethods) ?? "publickey").split(separator: ",").map(String.init),
                    command: frame[.command], field: frame.takeSecret(.answer)))
        case .answer:
            guard let state = frame[.state].flatMap({ Hex.decode($0) }), let answer = frame.takeSecret(.answer) else {
                return nil
            }
            self = .answer(AnswerRequest(facts: common, state: state, answer: answer))
        case .report:
            guard let event = frame.text(.event).flatMap(ReportRequest.Kind.init(rawValue:)) else { return nil }
            self = .report(
                ReportRequest(
                    facts: common, kind: event, attempt: frame.text(.attempt).flatMap(AttemptID.init),
                    state: frame[.state].flatMap { Hex.decode($0) }))
        default: return nil
        }
    }

    public var facts: RequestFacts {
        switch self {
        case .begin(let request): request.facts
        case .answer(let request): request.facts
        case .report(let request): request.facts
        case .split(let request): request.facts
        }
    }
}

/// What every request of a module carries.
public struct RequestFacts: Sendable {
    public var channel: Channel
    /// 32 hex digits.
    public var request: String
    /// As they came; escape before they go anywhere.
    public var service: [UInt8]
    public var user: [UInt8]
    public var ruser: [UInt8]?
    public var rhost: [UInt8]?
    public var tty: [UInt8]?
    public var uid: [UInt8]?
    public var sshConnection: [UInt8]?
    public var sshAuthInfo: [UInt8]?
    /// What a RADIUS client says of itself and the person; nil on other channels.
    public var radius: RadiusFacts?

    /// From a frame that carries at least channel, request, service and user.
    public init?(_ frame: Frame, _ settings: RadiusSettings) {
        guard let channel = frame.text(.channel).flatMap(Channel.init(rawValue:)), let request = frame.text(.request),
            let service = frame[.service], let user = frame[.user]
        else { return nil }
        (self.channel, self.request, self.service, self.user) = (channel, request, service, user)
        (ruser, rhost, tty, uid) = (frame[.ruser], frame[.rhost], frame[.tty], frame[.uid])
        (sshConnection, sshAuthInfo) = (frame[.sshConnection], frame[.sshAuthInfo])
        radius =
            channel == .radius
            ? RadiusFacts(client: frame[.client], attributes: frame[.attributes], user: user, settings: settings) : nil
    }
}

public struct BeginRequest: Sendable {
    /// What the module's `first_factor=` says (S01).
    public enum FirstFactorSource: String, Sendable { case ssh, stack, radius }

    public var facts: RequestFacts
    public var phase: Phase
    public var accountMode: AccountMode?
    public var firstFactor: FirstFactorSource
    public var sshMethods: [String]
    public var command: [UInt8]?
    /// RADIUS: the whole User-Password, where a code may stand in it.
    public var field: Secret?
}

/// Before the first factor of RADIUS: whether a code stands in the password, and where.
public struct SplitRequest: Sendable {
    public var facts: RequestFacts
    /// The whole User-Password.
    public var field: Secret
}

public struct AnswerRequest: Sendable {
    public var facts: RequestFacts
    public var state: [UInt8]
    public var answer: Secret
}

public struct ReportRequest: Sendable {
    public enum Kind: String, Sendable {
        case firstFactorFailed = "first_factor_failed"
        case sessionOpened = "session_opened"
        case sessionAlive = "session_alive"
        case sessionClosed = "session_closed"
        case cancelled
        case userGone = "user_gone"
    }

    public var facts: RequestFacts
    public var kind: Kind
    public var attempt: AttemptID?
    public var state: [UInt8]?
}
