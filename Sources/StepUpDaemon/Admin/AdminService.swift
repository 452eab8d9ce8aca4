import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import StepUpConfig
import StepUpCore
import StepUpSources
import StepUpWire

/// The control socket: root, and members of the configured group. Whatever blocks (NSS, /proc, files) happens on `threads`.
struct AdminService: FrameService {
    let sequencer: Sequencer
    let accounts: any AccountSource
    let threads: NIOThreadPool
    let policyFile: PolicyFile
    /// Of the policy that runs in shadow.
    let shadowFile: PolicyFile
    /// nil: root alone.
    let group: String?
    let clock: any WallClock
    let refusals = NIOLockedValueBox(RefusalBudget())
    let logger: Logger

    var source: FrameOp.Source { .controlSocket }

    /// The socket's mode is the first gate; who is in the group is asked when a command comes, off the event loop.
    func admits(_ peer: PeerCredentials) -> Bool { peer.uid == 0 || group != nil }

    func serve(_ frame: consuming Frame, from peer: PeerCredentials, reply: @escaping @Sendable (Frame?) -> Void) {
        let frame = frame
        threads.submit { state in
            guard case .active = state else { return reply(AdminReply.failed("stepupd is stopping; try again").frame) }
            serveBlocking(frame, peer, reply)
        }
    }

    private func serveBlocking(_ frame: Frame, _ peer: PeerCredentials, _ reply: @escaping @Sendable (Frame?) -> Void) {
        do {
            let actor = try identify(peer)
            let request = try AdminRequest(frame)
            try run(try prepare(request, actor), reply)
        } catch let error as SourceError {
            reply(AdminReply.failed(error.reason).frame)
        } catch {
            reply(AdminReply.failed("\(error)").frame)
        }
    }

    // MARK: Who asks

    private func identify(_ peer: PeerCredentials) throws -> Actor {
        let account = try accounts.account(uid: peer.uid)
        if peer.uid != 0 {
            guard let group, let account, account.groups.contains(group) else {
                recordRefusal(of: peer)
                throw AdminError("only root\(group.map { " and members of the group \($0)" } ?? "") may do that")
            }
        }
        return Actor(
            uid: peer.uid, loginUID: Self.loginUID(of: peer.pid),
            name: EvidenceText.escape(Array((account?.name ?? "uid \(peer.uid)").utf8), limit: 64))
    }

    private func recordRefusal(of peer: PeerCredentials) {
        guard refusals.withLockedValue({ $0.admits(at: clock.read().bootTime) }) else { return }
        sequencer.submit(
            Sequencer.Job(
                run: { engine, step in
                    try engine.record(.callerRefused(uid: peer.uid, reason: "may not use the control socket"), in: step)
                    return {}
                },
                failed: { _ in }))
    }

    /// Who the process was before it became root; nil if the audit subsystem does not know (4294967295).
    private static func loginUID(of pid: Int32) -> UInt32? {
        guard let bytes = try? SmallFile.read("/proc/\(pid)/loginuid", limit: 64),
            let uid = UInt32(String(decoding: bytes.prefix { $0 >= 48 && $0 <= 57 }, as: UTF8.self)), uid != UInt32.max
        else { return nil }
        return uid
    }

    // MARK: What is asked

    /// Looks up what the command needs from outside.
    private func prepare(_ request: AdminRequest, _ actor: Actor) throws -> AdminCommand {
        var command = AdminCommand(request: request, actor: actor)
        switch request {
        case .enrol(let enrol): command.account = try resolve(enrol.user)
        case .grantExemption(let exemption): command.account = try resolve(exemption.user)
        case .loadPolicy(let text, let source), .loadShadow(let text, let source):
            do {
                command.policy = try policyFile.parse(text, source: source, missingZone: .isError)
            } catch {
                refuse("\(error)", source, actor)
                throw error
            }
        default: break
        }
        return command
    }

    private func resolve(_ user: String) throws -> AdminCommand.ResolvedName {
        guard (1...256).contains(user.utf8.count), !user.utf8.contains(0) else { return .nobody }
        return try accounts.account(named: user).map { .account($0.name) } ?? .nobody
    }

    private func refuse(_ reason: String, _ source: String, _ actor: Actor) {
        sequencer.submit(
            Sequencer.Job(
                run: { engine, step in
                    try engine.refusePolicy(reason, from: source, actor, in: step)
                    return {}
                },
                failed: { _ in }))
    }

    private func run(_ command: AdminCommand, _ reply: @escaping @Sendable (Frame?) -> Void) throws {
        sequencer.submit(
            Sequencer.Job(
                run: { engine, step in
                    do {
                        let body = try engine.handle(command, in: step)
                        return { reply(finish(command, body).frame) }
                    } catch let error as AdminError {
                        return { reply(AdminReply.failed(error.reason).frame) }
                    }
                },
                failed: { reply(AdminReply.failed("\($0); nothing was changed").frame) }))
    }

    /// What follows once the events are durable.
    private func finish(_ command: AdminCommand, _ body: JSON) -> AdminReply {
        let file = if case .loadPolicy = command.request { policyFile } else { shadowFile }
        do {
            switch command.request {
            case .loadPolicy(let text, _), .loadShadow(let text, _): try file.write(text)
            case .endShadow: try file.remove()
            default: break
            }
            return .done(body)
        } catch {
            logger.error("what was asked is done, but \(file.path) is as it was: \(error)")
            return .failed(
                "it is done, but \(file.path) could not be changed (\(error)); until that is, a restart of stepupd goes back to the old file"
            )
        }
    }
}
