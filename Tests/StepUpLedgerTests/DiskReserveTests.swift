import Foundation
import StepUpTestKit
import Testing

@testable import StepUpLedger

@Suite("The reserve of disk space")
struct DiskReserveTests {
    private func blocks(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : nil
    }

    @Test("S24 it is real blocks, is given up in portions, and is made whole again")
    func cycle() throws {
        let folder = try TemporaryFolder()
        var reserve = DiskReserve(ledger: "\(folder.path)/l.db", size: 1 << 20)
        reserve.adopt()
        #expect(reserve.isShort)
        let failure = reserve.hold()
        #expect(failure == nil && !reserve.isShort)
        #expect(blocks(reserve.path).map { $0 >= 1 << 20 } == true)
        for portion in 1...4 {
            let isReleased = reserve.release()
            #expect(isReleased && reserve.isShort)
            #expect(reserve.held == (1 << 20) - Int64(portion) * DiskReserve.portion)
        }
        #expect(blocks(reserve.path) == nil)
        let isReleased = reserve.release()
        #expect(!isReleased)
        let anew = reserve.hold()
        #expect(anew == nil && reserve.held == 1 << 20)
    }

    @Test("S24 what an earlier run left is taken over; what is more than wanted is freed")
    func adopting() throws {
        let folder = try TemporaryFolder()
        func reserve(_ size: Int64) -> DiskReserve {
            var reserve = DiskReserve(ledger: "\(folder.path)/l.db", size: size)
            reserve.adopt()
            return reserve
        }
        var first = reserve(1 << 20)
        let failure = first.hold()
        #expect(failure == nil && reserve(1 << 20).held == 1 << 20)
        var larger = reserve(4 << 20)
        #expect(larger.isShort && larger.held == 1 << 20)
        let enlarged = larger.hold()
        #expect(enlarged == nil && reserve(4 << 20).held == 4 << 20)
        #expect(!reserve(1 << 20).isShort && blocks(larger.path).map { $0 < 2 << 20 } == true)
        #expect(!reserve(0).isShort && blocks(larger.path) == nil)
    }

    @Test("S24 nothing is written through a link that stands in its place, and what cannot be made says why")
    func hostile() throws {
        let folder = try TemporaryFolder()
        var reserve = DiskReserve(ledger: "\(folder.path)/l.db", size: 1 << 20)
        try FileManager.default.createSymbolicLink(atPath: reserve.path, withDestinationPath: "\(folder.path)/other")
        reserve.adopt()
        let refused = reserve.hold()
        #expect(refused?.contains("l.db.reserve") == true && reserve.isShort && blocks("\(folder.path)/other") == nil)
        var huge = DiskReserve(ledger: "\(folder.path)/huge.db", size: 1 << 60)
        let tooLarge = huge.hold()
        #expect(tooLarge?.contains("MiB") == true)
    }
}
