import StepUpCore
import StepUpLogs

extension BacktestSummary {
    /// The whole of it, for programs. Docs/Backtest.md has its members.
    public var json: JSON {
        .record([
            "accepted": .integer(logins), "days": .integer(outcome.days.count), "duplicates": .integer(duplicates),
            "failed": .integer(failures),
            "first": .text(first?.rfc3339), "last": .text(last?.rfc3339), "limits": .strings(limits),
            "login_hours": .integers(loginHours),
            "people": .integer(people), "policy": outcome.json, "sources": .array(sources.map(\.json)),
            "synthetic": .bool(isSynthetic),
            "versus": versus?.json, "zone": .string(zone),
        ])
    }
}

extension JSON {
    static func integers(_ values: [Int]) -> JSON { .array(values.map { .integer($0) }) }
}

extension SourceSummary {
    var json: JSON {
        .record([
            "accepted": .integer(tally.accepted), "bad_times": .integer(tally.badTimes), "bytes": .integer(bytes),
            "failed": .integer(tally.failed),
            "failed_invalid_user": .integer(tally.failedInvalidUser), "file": .string(EvidenceText.escape(Array(file.utf8))),
            "backwards": .integer(tally.backwards), "farthest_back_s": .integer(tally.farthestBack.seconds),
            "invalid_user": .integer(tally.invalidUsers), "kind": .text(kind?.rawValue), "lines": .integer(lines),
            "methods": .object(tally.methods.map { JSON.Member($0.key, .integer($0.value)) }),
            "not_understood": .integer(tally.unknown), "notes": .strings(notes), "other_shapes": .integer(otherShapes),
            "problems": .strings(problems),
            "sessions_closed": .integer(tally.closed),
            "shapes": .array(
                shapes.map { shape in
                    .record([
                        "count": .integer(shape.count), "example": .string(shape.example),
                        "shape": .string(EvidenceText.printable(shape.text)),
                    ])
                }), "too_long": .integer(tally.tooLong), "understood": .integer(tally.understood),
        ])
    }
}

extension PolicyOutcome {
    var json: JSON {
        .record([
            "caught": .array(
                caught.map { caught in
                    .record([
                        "name": .string(caught.name), "stopped": .integer(caught.stopped), "strongly": .integer(caught.strongly),
                        "tries": .integer(caught.tries), "words": .string(caught.words),
                    ])
                }), "days": .array(days.map(\.json)), "denials": .integer(denials),
            "denied": .array(
                deniedLogins.map {
                    .record(["rules": .strings($0.rules), "time": .string($0.time.rfc3339), "user": .string($0.user)])
                }),
            "first_ten": .array(firstTen.map { .record(["logins": .integer($0.logins), "stopped": .integer($0.prompts)]) }),
            "hardware": .integer(hardware), "hash": .string(hash), "name": .string(name), "prompt_hours": .integers(hours),
            "prompts": .integer(prompts),
            "prompts_per_day": perDay.json, "prompts_per_person_and_week_hundredths": perWeek.json,
            "rules": .array(rules.map(\.json)),
            "worst": .array(worst.map(\.json)),
        ])
    }
}

extension PolicyOutcome.Quantiles {
    fileprivate var json: JSON { .record(["most": .integer(most), "p50": .integer(p50), "p95": .integer(p95)]) }
}

extension PolicyOutcome.Day {
    fileprivate var json: JSON {
        .record([
            "date": .string(date.description), "denials": .integer(denials), "logins": .integer(logins),
            "prompts": .integer(prompts),
        ])
    }
}

extension PolicyOutcome.Person {
    fileprivate var json: JSON {
        .record([
            "denials": .integer(denials), "logins": .integer(logins), "name": .string(name),
            "per_week_hundredths": .integer(perWeek),
            "prompts": .integer(prompts),
        ])
    }
}

extension PolicyOutcome.Rule {
    fileprivate var json: JSON {
        .record([
            "alone": .integer(alone), "fired": .integer(fired), "mode": .string(mode.rawValue), "name": .string(name),
            "people": .integer(people),
            "require": .string(requirement.rawValue), "unknown": .integer(unknown), "words": .string(words),
        ])
    }
}

extension LogEvent {
    /// What was read, for programs. A name that is nobody's may be a password (S11): its length alone is told.
    public var json: JSON {
        var text: [String: String] = ["host": host, "method": method, "service": service]
        if isAccount { text["user"] = user }
        if let command { text["command"] = command }
        if let value = source.value { text["source"] = value.description }
        if case .unknown(let reason) = source { text["source_unknown"] = reason }
        if let value = key.value { text["key"] = value.fingerprint }
        if let label { text["label"] = label.rawValue }
        if let country = locality?.country.value { text["country"] = country }
        var members = text.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }
        members.append(JSON.Member("channel", .string(channel.rawValue)))
        members.append(JSON.Member("kind", .string(kind.rawValue)))
        members.append(JSON.Member("time", .string(time.rfc3339)))
        if !isAccount { members.append(JSON.Member("user_length", .integer(user.utf8.count))) }
        return .object(members)
    }
}

extension Backtest.Verdict {
    /// A login with what would have come of it.
    public var json: JSON {
        .record([
            "login": event.json, "result": .string(decision.effect.outcomeName),
            "rules": .strings(decision.rules.filter { $0.mode == .enforce && $0.result.hasFired }.map(\.name)),
        ])
    }
}
