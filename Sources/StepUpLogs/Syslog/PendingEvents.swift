import StepUpCore

/// Events on their way out, in order. While nobody knows whether a host's sshd speaks for itself, PAM's word for a failure waits; those
/// behind it wait with it, so that no event overtakes another.
struct PendingEvents: Sendable {
    /// sshd says what PAM has said a few seconds later.
    static let patience = Span.seconds(60)
    static let capacity = 4096

    private enum Entry: Sendable {
        case ready(LogEvent, times: Int)
        /// Of a host by its number.
        case waiting(LogEvent, times: Int, host: Int)
    }

    private var entries: [Entry] = []
    private var head = 0

    mutating func append(_ event: LogEvent, times: Int, _ reading: inout LogReading) {
        if head == entries.count { return reading.add(event, times: times) }
        entries.append(.ready(event, times: times))
    }

    mutating func wait(_ event: LogEvent, times: Int, host: Int) { entries.append(.waiting(event, times: times, host: host)) }

    mutating func release(before now: Timestamp, _ reading: inout LogReading, speaks: (Int) -> Bool) {
        guard head < entries.count else { return }
        while head < entries.count {
            if case .waiting(let event, _, let host) = entries[head], !speaks(host), entries.count - head <= Self.capacity,
                (Span.seconds(0)...Self.patience).contains(now - event.time)
            {
                break
            }
            releaseFirst(&reading, speaks)
        }
        if head > 1024 || head == entries.count {
            entries.removeFirst(head)
            head = 0
        }
    }

    mutating func releaseAll(_ reading: inout LogReading, speaks: (Int) -> Bool) {
        while head < entries.count { releaseFirst(&reading, speaks) }
        (entries, head) = ([], 0)
    }

    private mutating func releaseFirst(_ reading: inout LogReading, _ speaks: (Int) -> Bool) {
        switch entries[head] {
        case .ready(let event, let times): reading.add(event, times: times)
        case .waiting(let event, let times, let host) where !speaks(host):
            if event.kind == .failed, !event.isAccount {
                var name = event
                name.kind = .invalidUser
                reading.add(name)
            }
            reading.add(event, times: times)
        // It does, and says it itself.
        case .waiting: break
        }
        head += 1
    }
}
