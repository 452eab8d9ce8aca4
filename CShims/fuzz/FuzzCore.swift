import StepUpCore

/// Any bytes as JSON, an event, an address, what sshd says: no parser traps, and canonical JSON is a fixed point.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let json = try? JSON(parsing: bytes) {
        let canonical = json.canonicalBytes
        guard let again = try? JSON(parsing: canonical), again.canonicalBytes == canonical else { fatalError("not a fixed point") }
    }
    _ = try? Event(leaf: bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    _ = (IPAddress(text)?.network, CIDR(text), AttemptID(text), Timestamp(rfc3339: text), Span(text: text))
    _ = SSHFacts.source(connection: bytes)
    _ = SSHFacts.methods(authInfo: bytes)
    _ = EvidenceText.printable(EvidenceText.escape(bytes))
    return 0
}
