import StepUpCore
import StepUpCrypto
import Testing

@testable import AuditTree

/// RFC 9162, 2.1.1, word for word: what the frontier must agree with.
private func root(_ leaves: [[UInt8]]) throws -> [UInt8] {
    if leaves.isEmpty { return try sha256([]).bytes }
    if leaves.count == 1 { return try sha256([0] + leaves[0]).bytes }
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    return try sha256([1] + root(Array(leaves[..<split])) + root(Array(leaves[split...]))).bytes
}

@Suite("Merkle tree")
struct MerkleTests {
    @Test("the roots of certificate-transparency's test vectors")
    func vectors() throws {
        let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let hasher = try TreeHasher()
        var frontier = MerkleFrontier()
        #expect(try frontier.root(hasher).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (leaf, expected) in zip(leaves, roots) {
            frontier.append(hasher.leaf(try #require(Hex.decode(leaf))), hasher)
            #expect(try frontier.root(hasher).description == expected)
        }
    }

    @Test("the running root is that of RFC 9162's definition, at every size and after every restart")
    func running() throws {
        let hasher = try TreeHasher()
        var frontier = MerkleFrontier()
        var leaves: [[UInt8]] = []
        for number in 0..<130 {
            let leaf = Array("leaf \(number)".utf8)
            leaves.append(leaf)
            frontier.append(hasher.leaf(leaf), hasher)
            #expect(try frontier.root(hasher).bytes == root(leaves))
            frontier = try MerkleFrontier(size: frontier.size, restoring: frontier.bytes)
        }
    }

    @Test("a right edge that does not fit its size is refused")
    func restoring() {
        #expect(throws: TreeError.self) { try MerkleFrontier(size: 3, restoring: [UInt8](repeating: 0, count: 32)) }
        #expect(throws: TreeError.self) { try MerkleFrontier(size: 1, restoring: [UInt8](repeating: 0, count: 31)) }
        #expect(throws: TreeError.self) { try MerkleFrontier(size: 0, restoring: [0]) }
    }
}
