import StepUpCore

/// What a parser has found and nobody has taken yet, and what it counted on the way. Every line comes to one end: events, understood as
/// none of a login, or counted by shape.
public struct LogReading: Sendable {
    /// In the order in which they stand.
    public private(set) var events: [LogEvent] = []
    public private(set) var tally = LogTally()
    public private(set) var shapes = Shapes()

    public init() {}

    public mutating func add(_ event: LogEvent, times: Int = 1) {
        guard times > 0 else { return }
        switch event.kind {
        case .accepted: tally.accepted += times
        case .failed:
            tally.failed += times
            if !event.isAccount { tally.failedInvalidUser += times }
        case .invalidUser: tally.invalidUsers += times
        case .closed: tally.closed += times
        }
        if !event.method.isEmpty, event.kind == .accepted || event.kind == .failed,
            tally.methods.count < 64 || tally.methods[event.method] != nil
        {
            tally.methods[event.method, default: 0] += times
        }
        for _ in 0..<times { events.append(event) }
    }

    /// Hands out what was found since the last time.
    public mutating func takeEvents() -> [LogEvent] {
        defer { events = [] }
        return events
    }

    /// A line that is known, and tells of no login.
    public mutating func understood() { tally.understood += 1 }

    /// A line that nothing here knows.
    /// - Parameters:
    ///   - program: whose it is; empty: it does not say.
    ///   - message: its text, behind time, host and program.
    public mutating func unknown(_ program: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>) {
        tally.unknown += 1
        shapes.count(program, message)
    }

    /// Several lines together, each of which was counted, are nothing that is known.
    mutating func shape(_ program: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>) { shapes.count(program, message) }

    /// A time lies before the one above it.
    /// - Parameter last: of the line above; it is moved on.
    mutating func follow(_ time: Timestamp, after last: inout Timestamp?) {
        if let last, last - time > .minutes(1) {
            tally.backwards += 1
            tally.farthestBack = max(tally.farthestBack, last - time)
        }
        last = time
    }

    /// A line that has no time, or none that there is.
    public mutating func badTime(_ line: ArraySlice<UInt8>) {
        tally.badTimes += 1
        shapes.count(Array("(no time)".utf8)[...], line)
    }

    /// A line was longer than is read.
    public mutating func tooLong() { tally.tooLong += 1 }
}

/// Counts over one source.
public struct LogTally: Hashable, Sendable {
    public var accepted = 0
    public var failed = 0
    /// Of `failed`, those whose name was nobody's.
    public var failedInvalidUser = 0
    public var invalidUsers = 0
    public var closed = 0
    /// By method, of `accepted` and `failed`.
    public var methods: [String: Int] = [:]
    /// Lines of no login.
    public var understood = 0
    public var unknown = 0
    public var badTimes = 0
    public var tooLong = 0
    /// Times that lie more than a minute before the line above, and by how much at most.
    public var backwards = 0
    public var farthestBack = Span.seconds(0)

    public init() {}
}
