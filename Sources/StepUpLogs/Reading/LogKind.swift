/// Kinds of log, told by their content.
public enum LogKind: String, CaseIterable, Hashable, Sendable {
    /// auth.log, secure, syslog, messages: lines of syslog, classic or with ISO 8601 times.
    case syslog
    /// `journalctl -o json`.
    case journal
    /// wtmp, btmp, utmp.
    case utmp
    case radiusDetail = "radius-detail"
    case radiusLog = "radius-log"
    /// The columns of the data set of Wiefling et al. ("RBA", das-group).
    case rba
    /// StepUp's own.
    case ledger
}
