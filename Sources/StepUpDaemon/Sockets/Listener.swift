import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A listening Unix socket and its connections.
final class Listener: Sendable {
    let path: String
    private let channel: any NIOCore.Channel
    private let busy: NIOLockedValueBox<Int>

    private init(path: String, channel: any NIOCore.Channel, busy: NIOLockedValueBox<Int>) {
        (self.path, self.channel, self.busy) = (path, channel, busy)
    }

    /// Where a listening socket comes from.
    enum Origin: Sendable {
        /// Made and bound by us, with this mode and group.
        case path(String, mode: mode_t, group: gid_t?)
        /// Handed over by the service manager.
        case inherited(CInt, String)
    }

    /// - Parameter connections: counts those that are open.
    static func start(
        _ origin: Origin, service: any FrameService, connections: Connections, group: any EventLoopGroup
    ) async throws -> Listener {
        let busy = NIOLockedValueBox(0)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            // All that are waiting come in at once, and then go into one transaction.
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                accept(channel, service, connections, busy)
            }
        switch origin {
        case .path(let path, let mode, let owner):
            try Self.prepareFolder(path)
            try Self.removeStale(path)
            let channel: any NIOCore.Channel
            do { channel = try await bootstrap.bind(unixDomainSocketPath: path).get() } catch {
                throw SocketError("\(path): cannot listen there: \(error)")
            }
            guard owner.map({ chown(path, 0, $0) }) ?? 0 == 0, chmod(path, mode) == 0 else {
                throw SocketError("\(path): \(String(cString: strerror(errno)))")
            }
            return Listener(path: path, channel: channel, busy: busy)
        case .inherited(let descriptor, let name):
            let channel = try await bootstrap.withBoundSocket(descriptor).get()
            return Listener(path: name, channel: channel, busy: busy)
        }
    }

    /// Stops accepting.
    func close() async { try? await channel.close() }

    /// Whether a request is waiting for its answer.
    var isBusy: Bool { busy.withLockedValue { $0 > 0 } }

    private static func accept(
        _ channel: any NIOCore.Channel, _ service: any FrameService, _ connections: Connections,
        _ busy: NIOLockedValueBox<Int>
    ) -> EventLoopFuture<Void> {
        PeerCredentials.of(channel).flatMap { peer in
            guard connections.enter(peer.uid) else { return channel.close() }
            channel.closeFuture.whenComplete { _ in connections.leave(peer.uid) }
            guard service.admits(peer) else { return channel.close() }
            do {
                try channel.pipeline.syncOperations.addHandler(FrameHandler(service: service, peer: peer, busy: busy))
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
            return channel.setOption(.autoRead, value: true)
        }
    }

    /// The folder of the socket, such as /run/stepup, which is gone after each boot.
    private static func prepareFolder(_ path: String) throws {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        if mkdir(folder, 0o755) == 0 {
            // umask is stricter than what the modules' users need to come through.
            guard chmod(folder, 0o755) == 0 else { throw SocketError("\(folder): \(String(cString: strerror(errno)))") }
        } else if errno != EEXIST {
            throw SocketError("\(folder): \(String(cString: strerror(errno)))")
        }
    }

    /// A socket that nobody listens on any more goes; one that somebody answers on is another daemon's.
    private static func removeStale(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SocketError("\(path) is there and is no socket; remove it") }
        guard unlink(path) == 0 else { throw SocketError("\(path): \(String(cString: strerror(errno)))") }
    }
}
