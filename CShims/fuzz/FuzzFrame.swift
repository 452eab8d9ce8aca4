/// Any bytes as a payload: the decoder does not trap, and what it accepts encodes to the same bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let payload = Array(UnsafeBufferPointer(start: start, count: count))
    if let frame = try? FrameCodec.decode(payload: payload) {
        guard let bytes = try? FrameCodec.encode(frame), bytes.dropFirst(FrameCodec.headerLength).elementsEqual(payload) else {
            fatalError("decoded and encoded are not the same")
        }
        _ = "\(frame)"
    }
    var reader = FrameReader()
    _ = try? reader.feed(payload)
    return 0
}
