import NIOConcurrencyHelpers
import NIOCore
import StepUpCore
import StepUpWire

/// The module socket: frames to requests, names to accounts, requests to the sequencer, replies back.
struct ModuleService: FrameService {
    let sequencer: Sequencer
    let names: NameResolver
    let clock: any WallClock
    let timers: any EventLoop
    /// How long the name service may take (S09).
    let nameDeadline: TimeAmount
    /// Who speaks `radius`; nil: nobody.
    let radiusUID: UInt32?
    var radius = RadiusSettings()
    /// Refusals a minute that are recorded one by one.
    let refusals = NIOLockedValueBox(RefusalBudget())

    var source: FrameOp.Source { .moduleSocket }

    func admits(_ peer: PeerCredentials) -> Bool {
        if channel(of: peer) != nil { return true }
        // Recorded within a budget: whoever may not ask may not fill the ledger either (S08, S24).
        if refusals.withLockedValue({ $0.admits(at: clock.read().bootTime) }) {
            sequencer.submit(
                Sequencer.Job(
                    run: { engine, step in
                        try engine.record(.callerRefused(uid: peer.uid, reason: "not a caller of the module socket"), in: step)
                        return {}
                    },
                    failed: { _ in }))
        }
        return false
    }

    /// The peer's uid fixes the channel (S08).
    private func channel(of peer: PeerCredentials) -> StepUpCore.Channel? {
        if peer.uid == 0 { return .pam }
        return peer.uid == radiusUID ? .radius : nil
    }

    func serve(_ frame: consuming Frame, from peer: PeerCredentials, reply: @escaping @Sendable (Frame?) -> Void) {
        var frame = frame
        guard let request = ModuleRequest(taking: &frame, radius) else { return reply(nil) }
        let caller = ModulePeer(pid: peer.pid, uid: peer.uid, channel: channel(of: peer))
        resolve(radius.localName(request.facts.user, of: request.facts.channel) ?? [], for: request.lane) { name in
            sequencer.submit(
                Sequencer.Job(
                    run: { engine, step in
                        let answer = try engine.handle(request, from: caller, name: name, in: step)
                        return { reply(answer.frame) }
                    },
                    // No record, no answer: the module sees the connection end, and does what its admin configured.
                    failed: { _ in reply(nil) }))
        }
    }

    /// An answer of the name service, or that it did not come in time; exactly once.
    func resolve(
        _ user: [UInt8], for lane: NameResolver.Lane, _ completion: @escaping @Sendable (NameResolver.Answer) -> Void
    ) {
        // No account has such a name, and the name service is not asked about what people typed by mistake.
        guard (1...256).contains(user.count), let name = String(validating: user, as: UTF8.self) else {
            return completion(.nobody)
        }
        let isDone = NIOLockedValueBox(false)
        let once: @Sendable (NameResolver.Answer) -> Void = { answer in
            let isFirst = isDone.withLockedValue { done in
                defer { done = true }
                return !done
            }
            if isFirst { completion(answer) }
        }
        let timer = NIOLockedValueBox<Scheduled<Void>?>(nil)
        let start = clock.read().bootTime
        names.resolve(name, for: lane, at: start) { answer in
            once(answer)
            timer.withLockedValue { $0 }?.cancel()
        }
        guard !isDone.withLockedValue({ $0 }) else { return }
        let scheduled = timers.scheduleTask(in: nameDeadline) {
            once(names.without("NSS did not answer in time", name, at: start))
        }
        timer.withLockedValue { $0 = scheduled }
    }
}

extension ModuleRequest {
    /// What an outsider can cause: a first factor that failed, and what is asked before it.
    fileprivate var lane: NameResolver.Lane {
        switch self {
        case .report(let report): report.kind == .firstFactorFailed ? .report : .login
        case .split: .report
        case .begin, .answer: .login
        }
    }
}

/// A budget of events a minute.
struct RefusalBudget: Sendable {
    static let perMinute = 30
    private var minute: Int64 = -1
    private var count = 0

    mutating func admits(at bootTime: Int64) -> Bool {
        if bootTime / 60_000 != minute { (minute, count) = (bootTime / 60_000, 0) }
        count += 1
        return count <= Self.perMinute
    }
}
