import NIOConcurrencyHelpers
import NIOCore
import StepUpCore
import StepUpWire

/// One connection: frames in, frames out, strictly in turns. A frame that is malformed, of the wrong socket, or before the reply
/// to the one before it ends the connection (Docs/Protocol.md).
final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a peer may take to send a whole frame.
    static let deadline = TimeAmount.seconds(10)

    private let service: any FrameService
    private let peer: PeerCredentials
    private var reader = FrameReader()
    private var isBusy = false
    private var isEnding = false
    private var timer: Scheduled<Void>?

    /// Requests that wait for their answers, over all connections of the socket.
    private let busy: NIOLockedValueBox<Int>

    init(service: any FrameService, peer: PeerCredentials, busy: NIOLockedValueBox<Int>) {
        (self.service, self.peer, self.busy) = (service, peer, busy)
    }

    func handlerAdded(context: ChannelHandlerContext) { armTimer(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        do {
            for payload in try reader.feed(unwrapInboundIn(data).readableBytesView) {
                guard !isBusy else { return end(context.channel) }
                let frame = try FrameCodec.decode(payload: payload)
                guard frame.op.source == service.source else { return end(context.channel) }
                isBusy = true
                timer?.cancel()
                serve(frame, context)
            }
            if isBusy, reader.isInsideFrame { end(context.channel) }
        } catch {
            end(context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context.channel) }

    private func serve(_ frame: Frame, _ context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let channel = context.channel
        busy.withLockedValue { $0 += 1 }
        service.serve(frame, from: peer) { reply in
            let answer = { @Sendable in handler.value.answer(reply, channel) }
            if channel.eventLoop.inEventLoop { answer() } else { channel.eventLoop.execute(answer) }
        }
    }

    private func answer(_ reply: Frame?, _ channel: any NIOCore.Channel) {
        guard !isEnding, let reply, let bytes = try? FrameCodec.encode(reply) else {
            busy.withLockedValue { $0 -= 1 }
            return end(channel)
        }
        isBusy = false
        armTimer(channel)
        let written = channel.writeAndFlush(ByteBuffer(bytes: bytes))
        written.whenComplete { [busy] _ in busy.withLockedValue { $0 -= 1 } }
    }

    private func end(_ channel: any NIOCore.Channel) {
        isEnding = true
        timer?.cancel()
        channel.close(promise: nil)
    }

    private func armTimer(_ channel: any NIOCore.Channel) {
        timer?.cancel()
        timer = channel.eventLoop.scheduleTask(in: Self.deadline) { channel.close(promise: nil) }
    }
}
