import StepUpWire

/// What stands behind a socket: it admits peers, and answers one frame after the other.
protocol FrameService: Sendable {
    /// Which ops may come in here.
    var source: FrameOp.Source { get }

    /// Called before anything is read; false ends the connection. Whoever refuses records it.
    func admits(_ peer: PeerCredentials) -> Bool

    /// Answers `frame`: calls `reply` once, on any thread; nil ends the connection without an answer.
    func serve(_ frame: consuming Frame, from peer: PeerCredentials, reply: @escaping @Sendable (Frame?) -> Void)
}
