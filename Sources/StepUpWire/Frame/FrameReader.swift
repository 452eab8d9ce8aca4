/// Takes a stream apart into payloads, whatever pieces it comes in.
///
/// Keeps at most one incomplete frame: 4 + 65536 bytes. After an error it stays failed; the connection must end.
public struct FrameReader: Sendable {
    private var partial: [UInt8] = []
    /// Size of the frame that `partial` starts, header included; 0 until its header is there.
    private var expected = 0
    private var failure: FrameError?

    public init() {}

    /// Whether a frame has started and not ended: an end of the stream here is an error of the peer's.
    public var isInsideFrame: Bool { !partial.isEmpty }

    /// Takes what arrived; returns the payloads that are complete now, in order.
    ///
    /// More than one means that the peer did not wait for its reply: for the daemon a reason to end the connection.
    /// A length of 0 or above 65536 is refused as soon as its header is there.
    public mutating func feed(_ bytes: some Collection<UInt8>) throws(FrameError) -> [[UInt8]] {
        try feed(Array(bytes))
    }

    /// As above, without a copy.
    public mutating func feed(_ bytes: [UInt8]) throws(FrameError) -> [[UInt8]] {
        if let failure { throw failure }
        do throws(FrameError) {
            return try take(bytes)
        } catch {
            failure = error
            discard()
            throw error
        }
    }

    private mutating func take(_ bytes: [UInt8]) throws(FrameError) -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            if partial.isEmpty, bytes.count - position >= FrameCodec.headerLength {
                // The usual case: a whole frame in one piece, copied once.
                let size = try Self.size(bytes[position..<position + FrameCodec.headerLength])
                if bytes.count - position >= size {
                    payloads.append(Array(bytes[position + FrameCodec.headerLength..<position + size]))
                    position += size
                    continue
                }
            }
            let wanted = max(expected, FrameCodec.headerLength) - partial.count
            let piece = min(wanted, bytes.count - position)
            partial.append(contentsOf: bytes[position..<position + piece])
            position += piece
            if expected == 0, partial.count == FrameCodec.headerLength {
                expected = try Self.size(partial[...])
                partial.reserveCapacity(expected)
            } else if partial.count == expected {
                payloads.append(Array(partial[FrameCodec.headerLength...]))
                discard()
            }
        }
        return payloads
    }

    /// Size of the whole frame that this header starts.
    private static func size(_ header: ArraySlice<UInt8>) throws(FrameError) -> Int {
        let length = header.bigEndian(as: Int.self)
        guard length >= 1, length <= FrameCodec.maxPayload else {
            throw FrameError(.length, "a payload has 1 to \(FrameCodec.maxPayload) bytes, this header says \(length)")
        }
        return FrameCodec.headerLength + length
    }

    /// Forgets the frame, and wipes it: it may have held an answer.
    private mutating func discard() {
        for index in partial.indices { partial[index] = 0 }
        partial.removeAll(keepingCapacity: false)
        expected = 0
    }
}
