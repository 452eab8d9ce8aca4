extension Profile {
    /// A login opened its session: it is counted, and teaches what it may (S21).
    /// - Returns: what of it counts for the population; nil: nothing does.
    mutating func login(_ id: AttemptID, _ attempt: OpenAttempt, at time: Timestamp) -> [Population.Value]? {
        logins += 1
        lastLogin = time
        failuresSinceLogin = 0
        if let address = attempt.source.value {
            sessions.removeAll { time - $0.opened >= OpenSession.lifetime }
            sessions =
                sessions.suffix(OpenSession.limit - 1) + [
                    OpenSession(attempt: id, network: address.network.description, opened: time)
                ]
        }
        let proved = attempt.basis == .required && attempt.proved >= .otp
        // Exempt, grace and recorded logins proved nothing and teach nothing, not even that there was one (`cold_start`).
        guard proved || attempt.basis == .notRequired else { return nil }
        teachingLogins += 1
        // What is usual is learnt from those alone who cannot be somebody else, or hardly (S21).
        let isFamiliar = attempt.source.value.map { networks.isKnown($0.network.description, at: time) } ?? false
        if let paces = attempt.paces, proved || isFamiliar { pace(paces, attempt) }
        if let locality = attempt.locality {
            if let country = locality.country.value { countries.login(country, proved: proved, at: time) }
            if let system = locality.system.value {
                systems.login(String(system.number), proved: proved, at: time)
                if let name = system.organisation { organisations.login(name, proved: proved, at: time) }
            }
            if let place = locality.place.value { lastPlace = SeenPlace(place, at: time) }
        }
        if let address = attempt.source.value {
            addresses.login(address.description, proved: proved, at: time)
            networks.login(address.network.description, proved: proved, at: time)
        }
        if let key = attempt.key.value { devices.login(key.fingerprint, proved: proved, at: time) }
        for (zone, hour) in attempt.hours { hours[zone, default: UsualHours()].login(hour, proved: proved, at: time) }
        guard proved || isFamiliar else { return nil }
        let values = Population.values(attempt.source, attempt.key, attempt.locality, at: attempt.began)
        ownCounts.login(values)
        return values
    }

    private mutating func pace(_ seen: Paces, _ attempt: OpenAttempt) {
        var paces = seen
        paces.count(paced, pacedTargets, with: attempt.target, at: attempt.began)
        usualPaces.login(paces)
        paced.record(attempt.began)
        pacedTargets.record(attempt.target, at: attempt.began)
    }

    /// Something failed: counted, probation of what it came with starts anew, and grace ends (S06).
    mutating func fail(
        source: Observed<IPAddress>, key: Observed<KeyFact>, hours at: [String: Int] = [:], locality: Locality? = nil,
        at time: Timestamp
    ) {
        failures.record(time)
        failuresSinceLogin = min(failuresSinceLogin + 1, Self.failuresLimit)
        for (zone, hour) in at { hours[zone]?.failure(hour) }
        graces = []
        if let address = source.value {
            addresses.failure(address.description)
            networks.failure(address.network.description)
        }
        if let key = key.value { devices.failure(key.fingerprint) }
        guard let locality else {
            // Where a first factor failed from is not looked up: it may have been from any of them.
            countries.failure()
            systems.failure()
            organisations.failure()
            return
        }
        if let country = locality.country.value { countries.failure(country) }
        if let system = locality.system.value {
            systems.failure(String(system.number))
            if let name = system.organisation { organisations.failure(name) }
        }
    }

    mutating func apply(_ check: FactorChecked, _ attempt: OpenAttempt, at time: Timestamp) {
        if check.result == .accepted, let id = check.token {
            updateToken(id) { token in
                token.failures = 0
                token.unknownFailures = 0
            }
        }
        for id in check.failed {
            updateToken(id) { token in
                token.failures += 1
                guard !check.knownClient else { return }
                token.unknownFailures += 1
                token.recentUnknownFailures.record(time)
            }
        }
        if check.result.countsAsFailure {
            fail(source: attempt.source, key: attempt.key, hours: attempt.hours, locality: attempt.locality ?? .nowhere, at: time)
        }
    }

    mutating func apply(_ change: TokenChanged, at time: Timestamp) {
        switch change.action {
        case .enrolled:
            tokens.append(
                TokenRecord(id: change.token, kind: change.kind, label: change.label, status: .pending, enrolled: time))
        case .confirmed, .enabled:
            updateToken(change.token) { token in
                token.isConfirmed = token.isConfirmed || change.action == .confirmed
                token.status = token.isConfirmed ? .active : .pending
                token.renewed = time
                token.clearFailures()
            }
        // What a token proved a moment ago is worth nothing once it is distrusted.
        case .disabled, .exhausted:
            updateToken(change.token) { $0.status = .disabled }
            graces = []
        case .removed:
            tokens.removeAll { $0.id == change.token }
            graces = []
        case .resynchronised:
            updateToken(change.token) { token in
                token.clearFailures()
                token.renewed = time
            }
        }
    }

    mutating func reset(_ scope: ResetScope) {
        graces = []
        if scope != .profile {
            failures = RecentTimes()
            failuresSinceLogin = 0
            for index in tokens.indices where tokens[index].failures > 0 {
                if tokens[index].status == .disabled, tokens[index].failures >= TokenRecord.failureLimit {
                    tokens[index].status = .active
                }
                tokens[index].clearFailures()
            }
        }
        if scope != .failures {
            addresses.forget()
            networks.forget()
            devices.forget()
            countries.forget()
            systems.forget()
            organisations.forget()
            lastPlace = nil
            usualPaces = UsualPaces()
            (paced, pacedTargets) = (RecentTimes(), RecentValues())
            ownCounts = OwnCounts(total: ownCounts.total)
            hours = [:]
        }
    }

    private mutating func updateToken(_ id: TokenID, _ change: (inout TokenRecord) -> Void) {
        guard let index = tokens.firstIndex(where: { $0.id == id }) else { return }
        change(&tokens[index])
    }
}

extension TokenRecord {
    fileprivate mutating func clearFailures() {
        failures = 0
        unknownFailures = 0
        recentUnknownFailures = RecentTimes()
    }
}
