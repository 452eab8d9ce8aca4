import StepUpCore
import StepUpLedger

extension Engine {
    /// How many expired challenges one sweep ends, so that a long list does not hold up logins.
    static let sweepLimit = 1000

    /// Called about once a second: ends abandoned prompts and logins that were never completed, and writes what was counted.
    mutating func sweep(in step: Step) throws {
        for challenge in try step.transaction.challenges(
            expiredAt: step.now, bootID: step.clock.bootID, bootTime: step.clock.bootTime, limit: Self.sweepLimit)
        {
            try step.transaction.removeChallenge(of: challenge.attempt)
            _ = try conclude(
                challenge.attempt, account: history.open[challenge.attempt]?.account, .abandoned, reason: "no answer",
                proved: .none, in: step)
        }
        for id in overdue(at: step.now).prefix(Self.sweepLimit) {
            try record(.notCompleted, attempt: id, account: history.open[id]?.account, in: step)
        }
        failures.turn(step.clock)
        try recordOverflows(in: step)
        if let last = retries.forget(bootID: step.clock.bootID, bootTime: step.clock.bootTime) {
            try step.transaction.forgetReplies(through: last)
        }
    }

    /// Before the daemon ends: what was only counted so far becomes events, too.
    mutating func flushFailures(in step: Step) throws {
        failures.endMinute(step.clock)
        try recordOverflows(in: step)
    }

    private mutating func recordOverflows(in step: Step) throws {
        for overflow in failures.take() {
            try record(
                .failuresAggregated(source: overflow.source, count: overflow.count), account: overflow.account, in: step)
        }
    }

    /// Whether `sweep` would write anything.
    mutating func needsSweep(at clock: ClockReading) -> Bool {
        failures.turn(clock)
        return !failures.overflows.isEmpty || !history.open.isEmpty || !retries.isEmpty
    }

    /// Allowed logins whose session has not opened in time (S20), oldest first.
    private func overdue(at now: Timestamp) -> [AttemptID] {
        history.open.released(before: now - OpenAttempt.sessionDeadline)
    }

    /// The wall clock was set: recorded, and every grace ends (S06, S16).
    mutating func clockStepped(by milliseconds: Int64, in step: Step) throws {
        try record(.clockStepped(byMilliseconds: milliseconds), in: step)
    }
}
