/// Bytes that must never be printed, logged or encoded, and that are wiped when the last reference goes.
///
/// There is no `description` that shows them, no `Codable`, no `Hashable`. Comparison of secrets is StepUpCrypto's (constant time).
public final class Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    // Written only in init and deinit, when no one else can hold it: safe to share.
    nonisolated(unsafe) private let storage: UnsafeMutableBufferPointer<UInt8>

    /// Copies `bytes`; the caller's copy is the caller's to wipe.
    public init(_ bytes: some Collection<UInt8>) {
        storage = .allocate(capacity: bytes.count)
        _ = storage.initialize(from: bytes)
    }

    /// A copy of `text` as UTF-8.
    public convenience init(utf8 text: String) {
        self.init(Array(text.utf8))
    }

    deinit {
        // Through a volatile-like path the optimiser cannot drop: each store is followed by a read of the whole.
        for index in storage.indices { storage[index] = 0 }
        withExtendedLifetime(storage.reduce(0, |)) {}
        storage.deallocate()
    }

    /// Number of bytes.
    public var count: Int { storage.count }

    /// The bytes, for the length of the call; do not let the pointer escape.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
