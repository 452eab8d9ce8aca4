import CLinux
import Glibc
import StepUpCore
import StepUpWire

/// One command to the daemon, one reply.
struct ControlClient {
    let path: String
    static let timeout: CInt = 10_000

    func call(_ request: AdminRequest) throws -> JSON {
        let descriptor = clinux_connect(path, Self.timeout)
        guard descriptor >= 0 else { throw unreachable(errno) }
        defer { close(descriptor) }
        let bytes: [UInt8]
        do { bytes = try FrameCodec.encode(request.frame) } catch { throw Failure("the command is too large: \(error)") }
        try send(bytes, descriptor)
        guard let reply = AdminReply(try receive(descriptor)) else {
            throw Failure("stepupd answered something else; is it another version?")
        }
        switch reply {
        case .done(let body): return body
        case .failed(let reason): throw Failure(reason)
        }
    }

    private func unreachable(_ code: CInt) -> Failure {
        let advice =
            switch code {
            case EACCES, EPERM: "only root and the group of [control] may; use sudo"
            case ENOENT, ECONNREFUSED: "start it with: systemctl start stepupd"
            default: "is it hung? see: systemctl status stepupd"
            }
        return Failure("stepupd cannot be reached at \(path) (\(String(cString: strerror(code)))); \(advice)", code: 69)
    }

    private func send(_ bytes: [UInt8], _ descriptor: CInt) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unreachable(errno) }
            sent += count
        }
    }

    private func receive(_ descriptor: CInt) throws -> Frame {
        var reader = FrameReader()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw count < 0
                    ? unreachable(errno) : Failure("stepupd ended the connection without an answer; see its log", code: 69)
            }
            do {
                if let payload = try reader.feed(chunk.prefix(count)).first { return try FrameCodec.decode(payload: payload) }
            } catch {
                throw Failure("stepupd answered something else (\(error)); is it another version?")
            }
        }
    }
}
