import Glibc
import StepUpBacktest
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLogs
import StepUpSources

/// How often legitimate people are asked, for how much detection: `stepup-study OUT [CSV]` writes OUT/Study.md and OUT/study/*.svg, from made-up
/// logins or from any CSV with the columns of the RBA data set.
let arguments = Array(CommandLine.arguments.dropFirst())
guard (1...2).contains(arguments.count) else {
    print("usage: stepup-study OUT [CSV]")
    exit(64)
}
do {
    try StudyRun(out: arguments[0], data: arguments.count == 2 ? arguments[1] : nil).run()
} catch {
    print("stepup-study: \(error)")
    exit(1)
}
