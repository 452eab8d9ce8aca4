import StepUpCore
import StepUpLogs

/// The events of one log, in its order: finds out what it is, and keeps count of every line. In bounded memory.
public final class LogStream: LogSource {
    /// A longer line is no line of any log; it is skipped, and counted.
    public static let longestLine = 65_536

    public let path: String
    public private(set) var kind: LogKind?
    public private(set) var lines = 0
    public private(set) var reading = LogReading()
    /// What is wrong with it, and what was assumed of it; sentences.
    public private(set) var problems: [String] = []
    public private(set) var notes: [String] = []
    public private(set) var isSynthetic = false

    private let bytes: LogBytes
    private let framing: Framing
    private var parser: (any LogParser)?
    /// What was read and not parsed yet, from `position` on.
    private var buffer: [UInt8] = []
    private var position = 0
    /// In the midst of a line that is too long.
    private var isSkipping = false
    private var isAtEnd = false
    private var given: [LogEvent] = []
    private var nextGiven = 0

    private enum Framing {
        case lines
        case records(Int)
    }

    /// - Parameters:
    ///   - zone: of times that name none.
    ///   - year: of the first line, where times have none; nil: found out from when the file was written last.
    /// - Throws: `SourceError` if it cannot be read at all, or is nothing that is known.
    public init(_ path: String, zone: ZoneRules, year: Int?, now: Timestamp) throws(SourceError) {
        self.path = path
        bytes = try LogBytes(path)
        while buffer.count < LogKind.prefixLimit {
            let chunk = bytes.next()
            if chunk.isEmpty { break }
            buffer += chunk
        }
        if let problem = bytes.problem { problems.append(problem) }
        let context = LogContext(
            zone: zone, end: min(bytes.changed ?? now, now), year: year, fileName: String(path.split(separator: "/").last ?? ""))
        if let packer = Self.packer(buffer) {
            throw SourceError(
                "\(path) is packed by \(packer.name); unpack it on the way: \(packer.command) \(path) | stepupctl backtest ... -")
        }
        if buffer.isEmpty {
            if problems.isEmpty { notes.append("it is empty") }
            (framing, isAtEnd) = (.lines, true)
            return
        }
        guard let kind = LogKind(recognising: buffer.prefix(LogKind.prefixLimit)) else {
            throw SourceError(
                problems.first.map { "\(path): \($0)" }
                    ?? "\(path) is no log that is known: syslog (auth.log), journalctl -o json, wtmp, btmp, FreeRADIUS's detail and radius.log, "
                    + "the CSV of the RBA data set, or a ledger")
        }
        self.kind = kind
        isSynthetic = Self.isSynthetic(buffer.prefix(4096))
        framing = kind == .utmp ? .records(UtmpParser.recordSize) : .lines
        switch kind {
        case .syslog: parser = SyslogParser(context)
        case .journal: parser = JournalParser()
        case .utmp: parser = UtmpParser(context: context)
        case .radiusLog: parser = RadiusLogParser(context: context)
        case .radiusDetail: parser = RadiusDetailParser(context: context)
        case .rba:
            let header = buffer.firstIndex(of: 0x0a).map { buffer[..<$0] } ?? buffer[...]
            do { parser = try RBAParser(header: header) } catch { throw SourceError("\(path): \(error)") }
            position = min(header.endIndex + 1, buffer.count)
        case .ledger: break
        }
    }

    /// Whether `stepupctl generate` made it, by its first line.
    private static func isSynthetic(_ prefix: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: prefix, as: UTF8.self)
        return text.contains("stepup-generate[") || text.contains("StepUp-synthetic/")
    }

    private static func packer(_ bytes: [UInt8]) -> (name: String, command: String)? {
        let known: [([UInt8], String, String)] = [
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz", "xz -dc"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstd -dc"),
            ([0x42, 0x5a, 0x68], "bzip2", "bzip2 -dc"), ([0x50, 0x4b, 0x03, 0x04], "zip", "unzip -p"),
        ]
        return known.first { bytes.starts(with: $0.0) }.map { ($0.1, $0.2) }
    }

    /// Of `size`, if that is known.
    public var bytesRead: Int { bytes.bytesRead }
    public var size: Int? { bytes.size }

    /// The next event; nil at the end.
    public func next() -> LogEvent? {
        while nextGiven == given.count {
            if isAtEnd { return nil }
            advance()
        }
        defer { nextGiven += 1 }
        return given[nextGiven]
    }

    /// Parses what is in the buffer, and fills it again.
    private func advance() {
        switch framing {
        case .lines: parseLines()
        case .records(let size): parseRecords(size)
        }
        let chunk = bytes.next()
        if chunk.isEmpty {
            finish()
        } else if position == buffer.count {
            buffer = chunk
            position = 0
        } else {
            buffer.removeFirst(position)
            buffer += chunk
            position = 0
        }
        given = reading.takeEvents()
        nextGiven = 0
    }

    private func parseLines() {
        while position < buffer.count {
            guard let end = buffer[position...].firstIndex(of: 0x0a) else {
                if buffer.count - position > Self.longestLine {
                    isSkipping = true
                    position = buffer.count
                }
                return
            }
            take(buffer[position..<end])
            position = end + 1
        }
    }

    private func take(_ line: ArraySlice<UInt8>) {
        lines += 1
        if isSkipping || line.count > Self.longestLine {
            isSkipping = false
            reading.tooLong()
            return
        }
        parser?.read(line.last == 0x0d ? line.dropLast() : line, into: &reading)
    }

    private func parseRecords(_ size: Int) {
        while buffer.count - position >= size {
            lines += 1
            parser?.read(buffer[position..<(position + size)], into: &reading)
            position += size
        }
    }

    private func finish() {
        isAtEnd = true
        if position < buffer.count || isSkipping {
            if case .records(let size) = framing {
                problems.append("it ends in the middle of a record: \(buffer.count - position) bytes of \(size) are left")
            } else {
                take(buffer[position...])
            }
        }
        parser?.finish(into: &reading)
        buffer = []
        if let problem = bytes.problem, !problems.contains(problem) { problems.append(problem) }
        if let years = (parser as? SyslogParser)?.guessedYears {
            let text = years.count == 1 ? "\(years.lowerBound)" : "\(years.lowerBound) to \(years.upperBound)"
            notes.append("its times have no year; taken for \(text) (--year says which the first line is of)")
        }
    }
}
