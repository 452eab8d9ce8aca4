import StepUpCore
import StepUpSources
import Testing

@testable import StepUpConfig

/// The policies that ship, and whether their own tests would notice that a rule was changed.
@Suite("Policies that ship")
struct ShippedPolicyTests {
    private static let names = ["starter", "back-office", "strict"]

    private static func load(_ name: String) throws -> (Policy, [String: ZoneRules]) {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Packaging/policy/\(name).toml"
        let text = String(decoding: try SmallFile.read(path, limit: PolicyLoader.sizeLimit), as: UTF8.self)
        let policy = try PolicyLoader.load(text, file: name, hash: name)
        return (policy, ZoneFiles(directory: "/usr/share/zoneinfo").readable(policy.needs.zones))
    }

    @Test("each loads, and its tests pass", arguments: names)
    func good(_ name: String) throws {
        let (policy, zones) = try Self.load(name)
        #expect(policy.failures(zones: zones, file: name).isEmpty && !policy.tests.isEmpty)
    }

    @Test("every change of one operand of a rule is noticed by a test of the policy itself", arguments: ["back-office", "strict"])
    func mutations(_ name: String) throws {
        let (policy, zones) = try Self.load(name)
        var tried = 0
        for (index, rule) in policy.rules.enumerated() {
            for mutant in rule.mutants {
                var changed = policy
                changed.rules[index] = mutant
                tried += 1
                #expect(!changed.failures(zones: zones, file: name).isEmpty, "\(rule.name) became \(mutant)")
            }
        }
        for index in policy.floors.indices {
            var without = policy
            without.floors.remove(at: index)
            #expect(!without.failures(zones: zones, file: name).isEmpty, "without the floor \(policy.floors[index])")
            var harder = policy
            harder.floors[index].requirement = .hardware
            #expect(!harder.failures(zones: zones, file: name).isEmpty, "a harder floor \(policy.floors[index])")
        }
        #expect(tried > 40)
    }
}

extension Rule {
    /// The rule with one thing changed: each operand by one either way, what it asks for, what unknown means, whether it is enforced.
    fileprivate var mutants: [Rule] {
        func changed(_ change: (inout Rule) -> Void) -> Rule {
            var rule = self
            change(&rule)
            return rule
        }
        var mutants = condition.mutants.map { condition in changed { $0.condition = condition } }
        mutants += [Requirement.otp, .hardware, .deny].filter { $0 != requirement }.map { other in
            changed { $0.requirement = other }
        }
        mutants.append(changed { $0.mode = .shadow })
        // A signal that is never unknown has no such operand.
        if condition.signals.contains(where: \.canBeUnknown) {
            mutants.append(changed { $0.onUnknown = onUnknown == .fire ? .skip : .fire })
        }
        return mutants
    }
}

extension Condition {
    fileprivate var mutants: [Condition] {
        switch self {
        case .signal(let signal): signal.mutants.map(Condition.signal)
        case .all(let parts): Self.eachOf(parts).map(Condition.all) + Self.without(parts).map(Condition.all) + [.any(parts)]
        case .any(let parts): Self.eachOf(parts).map(Condition.any) + Self.without(parts).map(Condition.any) + [.all(parts)]
        case .not(let part): part.mutants.map(Condition.not) + [part]
        }
    }

    private static func eachOf(_ parts: [Condition]) -> [[Condition]] {
        parts.indices.flatMap { index in
            parts[index].mutants.map { mutant in
                var changed = parts
                changed[index] = mutant
                return changed
            }
        }
    }

    private static func without(_ parts: [Condition]) -> [[Condition]] {
        parts.indices.map { index in
            var rest = parts
            rest.remove(at: index)
            return rest
        }
    }
}

extension Signal {
    fileprivate var canBeUnknown: Bool {
        switch self {
        case .ipNew, .netNew, .deviceNew, .velIP, .concurrent, .spray, .command: true
        case .countryNew, .countryListed, .asnNew, .asnNovelOrg, .travel, .listed, .score: true
        default: false
        }
    }

    fileprivate var mutants: [Signal] {
        func near(_ span: Span) -> [Span] { [1000, -1000].map { Span(milliseconds: span.milliseconds + $0) } }
        switch self {
        case .calendar(let window):
            var windows: [CalendarWindow] = []
            for day in Weekday.allCases {
                let days = window.days.contains(day) ? window.days.filter { $0 != day } : window.days + [day]
                windows.append(
                    CalendarWindow(days: days, fromMinute: window.fromMinute, toMinute: window.toMinute, zone: window.zone))
            }
            for (from, to) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                windows.append(
                    CalendarWindow(
                        days: window.days, fromMinute: window.fromMinute + from, toMinute: window.toMinute + to, zone: window.zone))
            }
            return windows.map(Signal.calendar)
        case .velUser(let limit, let window, let deviations):
            return [1, -1].map { .velUser(moreThan: limit + $0, within: window, deviations: deviations) }
                + near(window).map { .velUser(moreThan: limit, within: $0, deviations: deviations) }
                + (deviations.map { [.velUser(moreThan: limit, within: window, deviations: $0 + 1)] } ?? [])
        case .velIP(let limit, let window, let deviations):
            return [1, -1].map { .velIP(moreThan: limit + $0, within: window, deviations: deviations) }
                + near(window).map { .velIP(moreThan: limit, within: $0, deviations: deviations) }
                + (deviations.map { [.velIP(moreThan: limit, within: window, deviations: $0 + 1)] } ?? [])
        case .failsRecent(let least, let window):
            return [.failsRecent(atLeast: least + 1, within: window), .failsRecent(atLeast: least - 1, within: window)]
                + near(window).map { .failsRecent(atLeast: least, within: $0) }
        case .velHost(let limit, let window, let deviations):
            return [1, -1].map { .velHost(moreThan: limit + $0, within: window, deviations: deviations) }
                + near(window).map { .velHost(moreThan: limit, within: $0, deviations: deviations) }
                + (deviations.map { [.velHost(moreThan: limit, within: window, deviations: $0 + 1)] } ?? [])
        case .spray(let least, let window):
            return [.spray(atLeast: least + 1, within: window), .spray(atLeast: least - 1, within: window)]
                + near(window).map { .spray(atLeast: least, within: $0) }
        case .command: return [.command(["nothing"])]
        case .failThenOK(let least): return [.failThenOK(atLeast: least + 1), .failThenOK(atLeast: least - 1)]
        case .dormant(let span): return near(span).map(Signal.dormant)
        case .credFresh(let span): return near(span).map(Signal.credFresh)
        case .coldStart(let fewer): return [.coldStart(fewerThan: fewer + 1), .coldStart(fewerThan: fewer - 1)]
        case .hourRare(let zone, let below):
            return [.hourRare(zone: zone, belowPermille: below + 1), .hourRare(zone: zone, belowPermille: below - 1)]
        case .target: return [.target(["other"])]
        case .netNew: return [.ipNew, .deviceNew]
        case .ipNew: return [.netNew]
        case .deviceNew: return [.netNew]
        case .fanout(let limit, let window, let deviations):
            return [1, -1].map { .fanout(moreThan: limit + $0, within: window, deviations: deviations) }
        case .travel(let speed, let distance):
            return [.travel(aboveKmh: speed + 1, beyondKm: distance), .travel(aboveKmh: speed, beyondKm: distance + 1)]
        case .countryNew: return [.asnNew]
        case .countryListed(let countries, let isOutside): return [.countryListed(countries, isOutside: !isOutside)]
        case .asnNew: return [.asnNovelOrg]
        case .asnNovelOrg: return [.asnNew]
        case .listed: return [.listed(["other"])]
        case .score(let least): return [.score(atLeast: least + 1), .score(atLeast: least - 1)]
        case .always, .concurrent: return []
        }
    }
}
