import StepUpCrypto

/// The hashes of RFC 9162, 2.1.1 (as in RFC 6962): leaves and nodes are told apart by their first byte.
public struct TreeHasher {
    private let hasher: SHA256Hasher

    public init() throws(CryptoError) { hasher = try SHA256Hasher() }

    /// SHA-256(0x00 ‖ leaf)
    public func leaf(_ bytes: [UInt8]) -> SHA256Digest { hasher.hash(prefix: 0, bytes) }

    /// The same, without a copy.
    public func leaf(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest { hasher.hash(prefix: 0, bytes) }

    /// SHA-256(0x01 ‖ left ‖ right)
    public func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest { hasher.hash(prefix: 1, left, right) }
}

/// The right edge of a Merkle tree: the roots of its perfect subtrees, largest first. Enough to append and to know the root; a
/// tree of n leaves has as many as n has one bits.
public struct MerkleFrontier: Hashable, Sendable {
    public private(set) var size: UInt64
    private var roots: [SHA256Digest]

    /// The empty tree.
    public init() { (size, roots) = (0, []) }

    /// A frontier from its `bytes`.
    /// - Throws: `TreeError` if their length does not fit the size.
    public init(size: UInt64, restoring bytes: [UInt8]) throws(TreeError) {
        let count = size.nonzeroBitCount
        guard bytes.count == count * SHA256Digest.size else {
            throw TreeError(reason: "a tree of \(size) leaves has \(count) hashes on its edge, not \(bytes.count) bytes")
        }
        self.size = size
        roots = (0..<count).compactMap { SHA256Digest(bytes: bytes[$0 * SHA256Digest.size..<($0 + 1) * SHA256Digest.size]) }
    }

    /// The hashes one after the other, largest subtree first.
    public var bytes: [UInt8] { roots.flatMap(\.bytes) }

    /// Appends the hash of a leaf.
    public mutating func append(_ leaf: SHA256Digest, _ hasher: TreeHasher) {
        var hash = leaf
        // Each trailing one bit of the size is a perfect subtree that the new leaf completes to the next larger one.
        for _ in 0..<(~size).trailingZeroBitCount { hash = hasher.node(roots.removeLast(), hash) }
        roots.append(hash)
        size += 1
    }

    /// The root of the tree; of the empty one SHA-256 of nothing.
    public func root(_ hasher: TreeHasher) throws(CryptoError) -> SHA256Digest {
        guard var hash = roots.last else { return try sha256([]) }
        for left in roots.dropLast().reversed() { hash = hasher.node(left, hash) }
        return hash
    }
}

/// Stored bytes that are no frontier.
public struct TreeError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public var description: String { "tree: \(reason)" }
}
