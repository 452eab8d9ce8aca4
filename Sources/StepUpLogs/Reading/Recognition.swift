import StepUpCore

extension LogKind {
    /// Bytes that are looked at.
    public static let prefixLimit = 65_536

    /// What a log is, by its first bytes; nil: nothing that is known. (A ledger is a file of SQLite.)
    public init?(recognising prefix: ArraySlice<UInt8>) {
        if prefix.begins(Self.sqlite) {
            self = .ledger
            return
        }
        if prefix.prefix(4096).contains(0), UtmpParser.recognises(prefix) {
            self = .utmp
            return
        }
        var votes: [LogKind: Int] = [:]
        var rest = prefix
        if rest.begins([0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
        for line in rest.split(separator: 0x0a, maxSplits: 400, omittingEmptySubsequences: true).prefix(400) {
            if let kind = Self.kind(of: line) { votes[kind, default: 0] += 1 }
            if votes[.rba] != nil { break }
        }
        let order: [LogKind] = [.rba, .radiusDetail, .radiusLog, .journal, .syslog]
        guard let best = order.max(by: { votes[$0, default: 0] < votes[$1, default: 0] }), votes[best] != nil else { return nil }
        // A detail file's time lines look like those of other logs; its attributes like nothing else.
        self = votes[.rba] != nil ? .rba : votes[.radiusDetail] != nil && best == .radiusLog ? .radiusDetail : best
    }

    private static let sqlite = bytes("SQLite format 3")
    private static let loginTimestamp = bytes("Login Timestamp")
    private static let userID = bytes("User ID")
    private static let equals = bytes(" = ")
    private static let realtime = bytes("\"__REALTIME_TIMESTAMP\"")
    private static let levelColon = bytes(" : ")

    private static func kind(of line: ArraySlice<UInt8>) -> LogKind? {
        guard let first = line.first else { return nil }
        if first == 0x7b { return line.first(realtime) != nil ? .journal : nil }
        if first == 0x09, line.first(equals) != nil { return .radiusDetail }
        if line.first(loginTimestamp) != nil, line.first(userID) != nil { return .rba }
        if startsWithWeekday(line) {
            // `Mon Dec 10 06:55:46 2018 : Auth: …`
            return line.first(levelColon) != nil ? .radiusLog : nil
        }
        var clock = SyslogClock(LogContext(zone: .utc, end: Timestamp(seconds: 4_000_000_000)))
        var rest = line
        if rest.first == 0x3c, let close = rest.prefix(6).firstIndex(of: 0x3e) {
            rest = rest[(close + 1)...]
            if let version = rest.after([0x31, 0x20]) { rest = version }
        }
        return clock.take(&rest) != nil && !rest.isEmpty ? .syslog : nil
    }

    private static let weekdays = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "].map { Array($0.utf8) }
    private static func startsWithWeekday(_ line: ArraySlice<UInt8>) -> Bool { weekdays.contains { line.begins($0) } }
}
