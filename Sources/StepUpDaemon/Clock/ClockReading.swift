import CLinux
import Glibc
import StepUpCore

/// Both clocks at one moment: the wall's, and the one that no one sets (S16).
public struct ClockReading: Hashable, Sendable {
    public var now: Timestamp
    public var bootID: String
    /// CLOCK_BOOTTIME in milliseconds.
    public var bootTime: Int64

    public init(now: Timestamp, bootID: String, bootTime: Int64) {
        (self.now, self.bootID, self.bootTime) = (now, bootID, bootTime)
    }

    /// Whether something has expired: by the wall clock, by the clock that no one sets, or because it is of another boot (S16).
    func isPast(_ expires: Timestamp, bootID: String, bootTime: Int64) -> Bool {
        now >= expires || self.bootID != bootID || self.bootTime >= bootTime
    }
}

/// A source of the time; a parameter everywhere, so that tests can set it.
public protocol WallClock: Sendable {
    func read() -> ClockReading
}

/// The system's clocks.
public struct SystemClock: WallClock {
    private let bootID: String

    /// - Parameter bootID: `/proc/sys/kernel/random/boot_id`
    public init(bootID: String) { self.bootID = bootID }

    public func read() -> ClockReading {
        ClockReading(
            now: Timestamp(milliseconds: Self.milliseconds(CLOCK_REALTIME)), bootID: bootID,
            bootTime: Self.milliseconds(CLOCK_BOOTTIME))
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Notices when the wall clock is set: it then moves against CLOCK_BOOTTIME (S16). Slewing by NTP stays below the threshold.
struct ClockStepDetector {
    static let threshold: Int64 = 2000
    private var last: ClockReading?

    /// By how many milliseconds the wall clock has stepped since the last reading; nil for none.
    mutating func step(_ reading: ClockReading) -> Int64? {
        defer { last = reading }
        guard let last, last.bootID == reading.bootID else { return nil }
        let delta =
            (reading.now.milliseconds - last.now.milliseconds) - (reading.bootTime - last.bootTime)
        return abs(delta) >= Self.threshold ? delta : nil
    }
}
