import Glibc
import StepUpCore

/// How far a long reading is, on a terminal alone (standard error, so that a report can go elsewhere).
final class Progress {
    private let total: Int?
    private let isShown = isatty(STDERR_FILENO) == 1
    private let start = Progress.milliseconds()
    private var last: Int64 = 0
    private var hasDrawn = false

    /// - Parameter total: bytes; nil: nobody knows.
    init(of total: Int?) { self.total = total }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    func show(bytes: Int, lines: Int) {
        guard isShown else { return }
        let now = Self.milliseconds()
        // A reading that is over in a moment shows nothing.
        guard now - start > 500, now - last >= 100 else { return }
        last = now
        hasDrawn = true
        let rate = Int64(lines) * 1000 / max(1, now - start)
        var text = "\r"
        if let total, total > 0 {
            let done = min(bytes, total)
            let filled = done * 30 / total
            text +=
                "[\(String(repeating: "#", count: filled))\(String(repeating: " ", count: 30 - filled))] \(done * 100 / total) %"
            if done > 0 { text += "  \((now - start) * Int64(total - done) / Int64(done) / 1000) s left" }
        } else {
            text += "\(bytes >> 20) MiB"
        }
        text += "  \(lines) lines, \(rate) a second\u{1b}[K"
        Self.write(text)
    }

    func finish() { if hasDrawn { Self.write("\r\u{1b}[K") } }

    private static func write(_ text: String) {
        Array(text.utf8).withUnsafeBytes { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
