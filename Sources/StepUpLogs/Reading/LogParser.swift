import StepUpCore

/// Reads one kind of log, line by line (or record by record). Bounded memory, whatever the lines hold. Pure.
public protocol LogParser: Sendable {
    /// - Parameter line: without its end; of a binary log a record.
    mutating func read(_ line: ArraySlice<UInt8>, into reading: inout LogReading)
    /// No more lines come.
    mutating func finish(into reading: inout LogReading)
}

/// What a log does not say itself.
public struct LogContext: Sendable {
    /// Of times without an offset.
    public var zone: ZoneRules
    /// When the log was written last, or now: the year of times without one.
    public var end: Timestamp
    /// Of the first line, where the times have none; nil: found out from `end`.
    public var year: Int?
    /// Its name, where the content leaves open what it is (wtmp, btmp).
    public var fileName: String

    public init(zone: ZoneRules, end: Timestamp, year: Int? = nil, fileName: String = "") {
        (self.zone, self.end, self.year, self.fileName) = (zone, end, year, fileName)
    }
}

/// Events in the order of their log: a file being read, or a ledger.
public protocol LogSource: AnyObject {
    var kind: LogKind? { get }
    /// nil: there are no more.
    func next() -> LogEvent?
}
