import CLinux
import Glibc
import StepUpLedger

/// The exclusive lock beside the ledger: one writer (S18). It goes with the process, however that ends.
final class LedgerLock: Sendable {
    private let descriptor: CInt

    /// - Throws: `LedgerError` `locked` if another process has it.
    init(ledger: String) throws(LedgerError) {
        let path = "\(ledger).lock"
        descriptor = clinux_open_lock(path)
        guard descriptor >= 0 else { throw LedgerError(.open, "\(path): \(String(cString: strerror(errno)))") }
        guard clinux_lock_exclusive(descriptor) == 0 else {
            close(descriptor)
            throw LedgerError(.locked, "another stepupd is using \(ledger); only one may")
        }
    }

    deinit { close(descriptor) }
}
