import Glibc
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLedger

/// Figures of the parts that are pure or stand alone, and ledgers of any size for the others:
///
///     stepup-bench decide             microseconds of one decision and of one folded event, at a full profile
///     stepup-bench lookups            lists of a million networks and tables of countries: loaded, and asked
///     stepup-bench sweep POLICY       decisions a second of a sweep over hours, networks and devices, at a full profile
///     stepup-bench logs POLICY        lines of logs read a second, and logins of a past decided
///     stepup-bench ledger FILE ROWS   events a second through the ledger's own interface, ROWS a transaction
///     stepup-bench make FILE EVENTS USERS
let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "decide": try Micro.decide()
case "lookups": try Micro.lookups()
case "sweep" where arguments.count == 2: try Micro.sweep(policy: arguments[2])
case "logs" where arguments.count == 2: try Micro.logs(policy: arguments[2])
case "ledger" where arguments.count == 3: try Micro.append(arguments[2], rows: Int(arguments[3]) ?? 64)
case "make" where arguments.count == 4:
    try Micro.make(arguments[2], events: Int(arguments[3]) ?? 0, users: Int(arguments[4]) ?? 1)
default:
    print("usage: stepup-bench decide | lookups | sweep POLICY | logs POLICY | ledger FILE ROWS | make FILE EVENTS USERS")
    exit(64)
}
