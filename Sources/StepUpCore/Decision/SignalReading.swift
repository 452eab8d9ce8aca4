/// What a signal says of an attempt.
enum SignalReading: Hashable {
    case value(fired: Bool, [Operand])
    case unknown(String, [Operand])
    case notApplicable
}

extension Signal {
    /// Reads the signal. Pure; the meaning of each case is part of `Decision.currentVersion`.
    func read(_ attempt: Attempt, _ history: HistoryView, _ facts: Facts) -> SignalReading {
        let profile = history.profile
        switch self {
        case .always:
            return .value(fired: true, [])
        case .ipNew:
            return Self.novelty(attempt.source, profile.addresses, "address", at: attempt.time) { $0.description }
        case .netNew:
            return Self.novelty(attempt.source, profile.networks, "network", at: attempt.time) { $0.network.description }
        case .deviceNew:
            return Self.novelty(attempt.key, profile.devices, "key", at: attempt.time) { $0.fingerprint }
        case .calendar(let window):
            let expected = Operand("window", window.description)
            guard let time = facts.localTimes.first(where: { $0.zone == window.zone }) else {
                return .unknown("zone \(window.zone) could not be read", [expected])
            }
            let seen = [Operand("local", "\(time.weekday.name) \(time.clock)"), expected]
            guard let name = window.holidays, window.contains(time) else { return .value(fired: !window.contains(time), seen) }
            // A holiday only adds to what is outside.
            let fact = facts.holidays.first { $0.calendar == name && $0.zone == window.zone }
            return Self.of(fact?.reading.days ?? .unknown("calendar \(name) is missing")) { days in
                window.contains(time, holidays: days)
                    ? .value(fired: false, seen) : .value(fired: true, seen + [Operand("holiday", name)])
            }
        case .countryNew:
            return Self.novelty(Self.located(attempt, facts, \.country), profile.countries, "country", at: attempt.time) { $0 }
        case .countryListed(let countries, let isOutside):
            return Self.of(Self.located(attempt, facts, \.country)) { country in
                .value(
                    fired: countries.contains(country) != isOutside,
                    [Operand("country", country), Operand("countries", countries.joined(separator: " "))])
            }
        case .asnNew:
            return Self.of(Self.located(attempt, facts, \.system)) { system in
                .value(
                    fired: !profile.systems.isKnown(String(system.number), at: attempt.time),
                    [Operand("asn", "AS\(system.number)"), Operand("known_values", Int64(profile.systems.count))])
            }
        case .asnNovelOrg:
            let organisation: Observed<String> =
                switch Self.located(attempt, facts, \.system) {
                case .known(let system): system.organisation.map { .known($0) } ?? .unknown("no name")
                case .unknown(let reason): .unknown(reason)
                case .notApplicable: .notApplicable
                }
            return Self.novelty(organisation, profile.organisations, "organisation", at: attempt.time) { $0 }
        case .travel(let speed, let distance):
            return Self.of(Self.located(attempt, facts, \.place)) { place in
                Self.travel(to: place, at: attempt.time, from: profile.lastPlace, speed, distance)
            }
        case .listed(let lists):
            return Self.of(attempt.source) { _ in Self.listed(lists, facts.lists) }
        case .velUser(let limit, let window, let deviations):
            let count = profile.attempts.count(within: window, before: attempt.time) + 1
            return Self.pace(.user, count, limit, window, deviations, profile)
        case .velIP(let limit, let window, let deviations):
            return Self.of(attempt.source) { _ in
                let count = history.sourceAttempts.count(within: window, before: attempt.time) + 1
                return Self.pace(.address, count, limit, window, deviations, profile)
            }
        case .velHost(let limit, let window, let deviations):
            let count = history.hostAttempts.count(within: window, before: attempt.time) + 1
            return Self.pace(.host, count, limit, window, deviations, profile)
        case .fanout(let limit, let window, let deviations):
            let count = profile.targets.count(with: attempt.target, within: window, before: attempt.time)
            return Self.pace(.hosts, count, limit, window, deviations, profile)
        case .spray(let least, let window):
            return Self.of(attempt.source) { address in
                let count = history.networkUsers.count(with: attempt.subject.identity, within: window, before: attempt.time)
                return .value(
                    fired: count >= least,
                    [
                        Operand("network", address.network.description), Operand("users", Int64(count)),
                        Operand("at_least", Int64(least)), Operand("within_s", window.seconds),
                    ])
            }
        case .command(let patterns):
            guard attempt.channel == .pam, attempt.service == "sudo" else { return .notApplicable }
            switch SudoCommand.read(attempt.evidence["command"]) {
            case .unknown(let reason): return .unknown(reason, [])
            case .command(let command):
                // All of it is in the evidence.
                let shown = EvidenceText.plain(command.utf8, limit: Self.commandLimit)
                return .value(fired: patterns.contains { Pattern.matches($0, command) }, [Operand("command", shown)])
            }
        case .failsRecent(let least, let window):
            let count = profile.failures.count(within: window, before: attempt.time)
            return .value(
                fired: count >= least,
                [Operand("failures", Int64(count)), Operand("at_least", Int64(least)), Operand("within_s", window.seconds)])
        case .dormant(let span):
            let isLong = profile.lastLogin.map { attempt.time - $0 >= span } ?? true
            let last = profile.lastLogin?.rfc3339 ?? "never"
            return .value(fired: isLong, [Operand("last_login", last), Operand("after_s", span.seconds)])
        case .credFresh(let span):
            let limit = Operand("within_s", span.seconds)
            guard let renewed = profile.tokens.filter({ $0.status == .active }).map(\.renewed).max() else {
                return .value(fired: false, [limit])
            }
            let age = attempt.time - renewed
            return .value(fired: age < span, [Operand("age_s", age.seconds), limit])
        case .failThenOK(let least):
            let count = profile.failuresSinceLogin
            return .value(fired: count >= least, [Operand("failures", Int64(count)), Operand("at_least", Int64(least))])
        case .concurrent:
            return Self.of(attempt.source) { address in
                let network = address.network.description
                let other = profile.sessions.last { $0.network != network && attempt.time - $0.opened < OpenSession.lifetime }
                return .value(
                    fired: other != nil, [Operand("network", network)] + (other.map { [Operand("other", $0.network)] } ?? []))
            }
        case .hourRare(let zone, let below):
            guard let time = facts.localTimes.first(where: { $0.zone == zone }) else {
                return .unknown("zone \(zone) could not be read", [Operand("zone", zone)])
            }
            let hours = profile.hours[zone] ?? UsualHours()
            let seen = [
                Operand("local", "\(time.weekday.name) \(time.clock)"), Operand("zone", zone),
                Operand("logins", Int64(hours.total)),
            ]
            guard hours.total >= UsualHours.leastLogins else { return .unknown("\(hours.total) logins are too few", seen) }
            let (share, limit) = (hours.millionths(time.hourOfWeek), below * 1000)
            return .value(
                fired: share < limit, seen + [Operand("millionths", Int64(share)), Operand("below_millionths", Int64(limit))])
        case .target(let tags):
            let found = tags.filter { attempt.tags.contains($0) }
            return .value(fired: !found.isEmpty, [Operand("tags", (found.isEmpty ? tags : found).joined(separator: " "))])
        case .score(let least):
            let values = Population.values(attempt.source, attempt.key, facts.locality, at: attempt.time)
            guard values.count > 1 else {
                if attempt.source == .notApplicable, attempt.key == .notApplicable { return .notApplicable }
                return .unknown("neither address nor device", [])
            }
            let score = RiskScore(values, profile.ownCounts, history.population)
            return .value(
                fired: score.total >= least * 1000,
                [Operand("thousandths", Int64(score.total)), Operand("at_least", Int64(least))]
                    + score.parts.map { Operand($0.feature.rawValue, Int64($0.thousandths)) }
                    + [Operand("logins", Int64(profile.ownCounts.logins))])
        case .coldStart(let least):
            return .value(
                fired: profile.teachingLogins < Int64(least),
                [Operand("logins", profile.teachingLogins), Operand("fewer_than", Int64(least))])
        }
    }

    static func novelty<Fact>(
        _ fact: Observed<Fact>, _ known: KnownValues, _ name: String, at now: Timestamp, _ text: (Fact) -> String
    ) -> SignalReading {
        of(fact) { fact in
            let value = text(fact)
            return .value(
                fired: !known.isKnown(value, at: now), [Operand(name, value), Operand("known_values", Int64(known.count))])
        }
    }

    /// Reads a fact that is known; one that is not, or has no meaning here, makes the signal so.
    static func of<Fact>(_ fact: Observed<Fact>, _ read: (Fact) -> SignalReading) -> SignalReading {
        switch fact {
        case .known(let fact): read(fact)
        case .unknown(let reason): .unknown(reason, [])
        case .notApplicable: .notApplicable
        }
    }
}
