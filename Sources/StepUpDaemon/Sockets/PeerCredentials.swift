import CLinux
import NIOCore

/// Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED): taken before anything is read.
public struct PeerCredentials: Hashable, Sendable {
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) { (self.pid, self.uid, self.gid) = (pid, uid, gid) }

    /// Reads the peer of a channel; fails if it is no Unix socket or already gone.
    static func of(_ channel: any NIOCore.Channel) -> EventLoopFuture<PeerCredentials> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(SocketError("the channel is no socket"))
        }
        let read: EventLoopFuture<clinux_ucred> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: soPeerCred))
        return read.map { PeerCredentials(pid: $0.pid, uid: $0.uid, gid: $0.gid) }
    }

    /// SO_PEERCRED of asm-generic/socket.h.
    private static let soPeerCred: CInt = 17
}

/// A socket cannot be used.
public struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
