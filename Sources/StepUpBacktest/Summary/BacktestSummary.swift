import StepUpCore
import StepUpLogs

/// What a policy would have done to the logins of some logs: the whole of a report, as values.
public struct BacktestSummary: Sendable {
    public var sources: [SourceSummary] = []
    public var first: Timestamp?
    public var last: Timestamp?
    /// By whose clock days and hours go.
    public var zone = "UTC"
    /// Logins that the logs say were let in, and whose.
    public var logins = 0
    public var people = 0
    public var failures = 0
    /// In several logs at once, counted one time.
    public var duplicates = 0
    /// By hour of the week in `zone`, 168 of them; Monday 00:00 is the first.
    public var loginHours = [Int](repeating: 0, count: 168)
    public var outcome: PolicyOutcome
    /// The other policy, on the same logins.
    public var versus: PolicyOutcome?
    /// What the history cannot tell, a sentence each.
    public var limits: [String] = []
    /// Whether logins came from `stepupctl generate`.
    public var isSynthetic = false

    public init(outcome: PolicyOutcome) { self.outcome = outcome }
}

/// One log that was read.
public struct SourceSummary: Sendable {
    public var file: String
    /// nil: it could not be read at all, and `problems` say why.
    public var kind: LogKind?
    public var lines = 0
    public var bytes = 0
    public var tally = LogTally()
    public var shapes: [Shapes.Shape] = []
    /// Lines of shapes beyond those that are kept.
    public var otherShapes = 0
    /// What is wrong with it, or was assumed of it; sentences.
    public var problems: [String] = []
    public var notes: [String] = []

    public init(file: String) { self.file = file }
}

/// What one policy would have done.
public struct PolicyOutcome: Sendable {
    /// A day of the zone.
    public struct Day: Hashable, Sendable {
        public var date: CivilDate
        public var logins = 0
        public var prompts = 0
        public var denials = 0
        public init(date: CivilDate) { self.date = date }
    }

    public struct Person: Hashable, Sendable {
        public var name: String
        public var logins = 0
        public var prompts = 0
        public var denials = 0
        /// Prompts a week, in hundredths, over the days from their first login to the end of the logs, of which there is at least a week.
        public var perWeek = 0
        public init(name: String) { self.name = name }
    }

    public struct Rule: Hashable, Sendable {
        public var name: String
        public var requirement: Requirement
        public var mode: RuleMode
        /// What it is about, in words.
        public var words: String
        /// Logins for which it fired; those of them that no other rule asked for; those for which a fact was missing.
        public var fired = 0
        public var alone = 0
        public var unknown = 0
        /// Whom it fired for.
        public var people = 0
        public init(name: String, requirement: Requirement, mode: RuleMode, words: String) {
            (self.name, self.requirement, self.mode, self.words) = (name, requirement, mode, words)
        }
    }

    /// What would have come of logins that somebody else tries.
    public struct Caught: Hashable, Sendable {
        /// A word or two.
        public var name: String
        /// Who that is, in a sentence.
        public var words: String
        public var tries = 0
        /// Asked for something, or refused.
        public var stopped = 0
        /// Refused, or asked for hardware.
        public var strongly = 0
        public init(name: String, words: String) { (self.name, self.words) = (name, words) }
    }

    /// A login that would have been denied.
    public struct Denial: Hashable, Sendable {
        public var time: Timestamp
        public var user: String
        public var rules: [String]
        public init(time: Timestamp, user: String, rules: [String]) { (self.time, self.user, self.rules) = (time, user, rules) }
    }

    /// Of the k-th logins of all people, how many there were and how many would have been stopped.
    public struct Ordinal: Hashable, Sendable {
        public var logins = 0
        public var prompts = 0
        public init() {}
    }

    public struct Quantiles: Hashable, Sendable {
        public var p50 = 0
        public var p95 = 0
        public var most = 0
        public init() {}
    }

    /// Its file, and the hash of its text.
    public var name: String
    public var hash: String
    public var prompts = 0
    public var denials = 0
    /// Of `prompts`, those for hardware.
    public var hardware = 0
    /// Every day from the first login to the last, those without any too.
    public var days: [Day] = []
    public var perDay = Quantiles()
    /// Prompts a week and person, in hundredths.
    public var perWeek = Quantiles()
    /// Most prompts first, at most ten.
    public var worst: [Person] = []
    public var rules: [Rule] = []
    public var hours = [Int](repeating: 0, count: 168)
    /// The first to the tenth login.
    public var firstTen = [Ordinal](repeating: Ordinal(), count: 10)
    public var caught: [Caught] = []
    /// The first twenty.
    public var deniedLogins: [Denial] = []

    public init(name: String, hash: String) { (self.name, self.hash) = (name, hash) }

    /// The file's name without its folders.
    public var shortName: String { name.split(separator: "/").last.map(String.init) ?? name }
}
