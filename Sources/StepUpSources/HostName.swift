import Glibc
import StepUpCore

/// What the system calls this host.
public enum HostName {
    public static func read() throws(SourceError) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, 255) == 0 else {
            throw SourceError("the system has no host name; set host in the configuration")
        }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return EvidenceText.escape(bytes, limit: 64)
    }
}

/// The time, for programs that ask once; the daemon has its `WallClock`.
public enum Moment {
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
