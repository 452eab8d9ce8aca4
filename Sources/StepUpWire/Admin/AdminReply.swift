import StepUpCore

/// What the daemon answers an admin.
public enum AdminReply: Sendable {
    case done(JSON)
    /// What went wrong and what to do.
    case failed(String)

    public var frame: Frame {
        var frame = Frame(.adminReply)
        switch self {
        case .done(let body):
            let bytes = body.canonicalBytes
            guard bytes.count <= FrameKey.body.limit else {
                return AdminReply.failed("the answer has \(bytes.count) bytes, too many for one reply; ask for less").frame
            }
            frame.append(.status, "ok")
            frame.append(.body, bytes)
        case .failed(let reason):
            frame.append(.status, "error")
            frame.append(.message, EvidenceText.printable(String(reason.prefix(2000))))
        }
        return frame
    }

    public init?(_ frame: Frame) {
        guard frame.op == .adminReply else { return nil }
        if frame.has(.status, "ok") {
            guard let body = try? JSON(parsing: frame[.body] ?? []) else { return nil }
            self = .done(body)
        } else {
            self = .failed(frame.text(.message) ?? "the daemon refused without a reason")
        }
    }
}
