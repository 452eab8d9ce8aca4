/// A profile as it rests beside the log: a part of the fold, not evidence. Everything of it can be made again from the events.
extension Profile: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("addresses", addresses)
            out.member("attempts", attempts)
            out.member("countries", countries.isEmpty ? nil : countries)
            out.member("devices", devices)
            out.member("failures", failures)
            out.member("failures_since_login", failuresSinceLogin)
            out.member("graces", graces)
            if !hours.isEmpty { out.member("hours", of: hours.map { (key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }) }
            out.member("last_login", lastLogin?.milliseconds)
            out.member("last_place", lastPlace)
            out.member("logins", logins)
            out.member("networks", networks)
            out.member("organisations", organisations.isEmpty ? nil : organisations)
            out.member("own_counts", ownCounts.total == 0 ? nil : ownCounts)
            out.member("paced", paced.last == nil ? nil : paced)
            out.member("paced_targets", pacedTargets.entries.isEmpty ? nil : pacedTargets)
            if !sessions.isEmpty { out.member("sessions", sessions) }
            out.member("systems", systems.isEmpty ? nil : systems)
            out.member("targets", targets.entries.isEmpty ? nil : targets)
            out.member("teaching_logins", teachingLogins)
            out.member("tokens", tokens)
            out.member("usual_paces", usualPaces.tallies.isEmpty ? nil : usualPaces)
        }
    }

    public init(reader: JSONReader) throws(JSONError) {
        self.init()
        addresses = try KnownValues(reader: try reader.member("addresses"))
        networks = try KnownValues(reader: try reader.member("networks"))
        devices = try KnownValues(reader: try reader.member("devices"))
        countries = try reader.optional("countries", KnownValues.init) ?? countries
        systems = try reader.optional("systems", KnownValues.init) ?? systems
        organisations = try reader.optional("organisations", KnownValues.init) ?? organisations
        lastPlace = try reader.optional("last_place", SeenPlace.init)
        paced = try reader.optional("paced", RecentTimes.init) ?? paced
        pacedTargets = try reader.optional("paced_targets", RecentValues.init) ?? pacedTargets
        targets = try reader.optional("targets", RecentValues.init) ?? targets
        ownCounts = try reader.optional("own_counts", OwnCounts.init) ?? ownCounts
        usualPaces = try reader.optional("usual_paces", UsualPaces.init) ?? usualPaces
        attempts = try RecentTimes(reader: try reader.member("attempts"))
        failures = try RecentTimes(reader: try reader.member("failures"))
        logins = try reader.member("logins").integer()
        teachingLogins = try reader.member("teaching_logins").integer()
        lastLogin = try reader.optional("last_login")?.timestamp()
        failuresSinceLogin = Int(try reader.member("failures_since_login").integer())
        for (zone, value) in try reader.optional("hours")?.members() ?? [] { hours[zone] = try UsualHours(reader: value) }
        for session in try reader.optional("sessions")?.array() ?? [] { sessions.append(try OpenSession(reader: session)) }
        for token in try reader.member("tokens").array() { tokens.append(try TokenRecord(reader: token)) }
        for grace in try reader.member("graces").array() { graces.append(try Grace(reader: grace)) }
    }
}

extension TokenRecord: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("confirmed", isConfirmed)
            out.member("enrolled", enrolled.milliseconds)
            out.member("failures", failures)
            out.member("id", id.description)
            out.member("kind", kind.rawValue)
            out.member("label", label)
            out.member("recent_unknown_failures", recentUnknownFailures)
            out.member("renewed", renewed.milliseconds)
            out.member("status", status.rawValue)
            out.member("unknown_failures", unknownFailures)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            id: try TokenID.read(try reader.member("id")), kind: try reader.member("kind").word(),
            label: try reader.member("label").string(), status: try reader.member("status").word(),
            enrolled: try reader.member("enrolled").timestamp())
        isConfirmed = try reader.member("confirmed").bool()
        renewed = try reader.member("renewed").timestamp()
        failures = Int(try reader.member("failures").integer())
        unknownFailures = Int(try reader.member("unknown_failures").integer())
        recentUnknownFailures = try RecentTimes(reader: try reader.member("recent_unknown_failures"))
    }
}

extension OpenSession: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("attempt", attempt.description)
            out.member("network", network)
            out.member("opened", opened.milliseconds)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            attempt: try AttemptID.read(try reader.member("attempt")), network: try reader.member("network").string(),
            opened: try reader.member("opened").timestamp())
    }
}

extension UsualHours: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("counts", of: counts.map { (key: pad($0.key, 3), value: Int64($0.value)) }.sorted { $0.key < $1.key })
            out.member("known", known)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        known = try KnownValues(reader: try reader.member("known"))
        for (hour, count) in try reader.member("counts").members() {
            guard let hour = Int(hour), (0..<Self.hoursOfWeek).contains(hour) else {
                throw reader.failure("expected hours of the week")
            }
            counts[hour] = Int(try count.integer())
        }
    }
}

extension SeenPlace: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.array { out in
            out.element(place)
            out.element(time.milliseconds)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        let parts = try reader.array()
        guard parts.count == 2 else { throw reader.failure("expected a place and a time") }
        self.init(try Place(reader: parts[0]), at: try parts[1].timestamp())
    }
}

extension UsualPaces: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.array(tallies.map { [$0.logins, $0.sum, $0.squares] }) }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        for tally in try reader.array() {
            let numbers = try tally.integers()
            guard numbers.count == 3 else { throw tally.failure("expected logins, sum and squares") }
            tallies.append(Tally(logins: numbers[0], sum: numbers[1], squares: numbers[2]))
        }
    }
}

extension OwnCounts: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("counts", of: counts.map { (key: $0.key, value: Int64($0.value)) })
            out.member("logins", logins)
            out.member("total", total)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        total = Int(try reader.member("total").integer())
        for (key, count) in try reader.member("counts").members() { counts[key] = Int(try count.integer()) }
        logins = Int(try reader.member("logins").integer())
    }
}

extension Paces: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.array(counts) }

    init(reader: JSONReader) throws(JSONError) { self.init(counts: try reader.integers()) }
}

extension Grace: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("attempt", attempt.description)
            out.member("began", began.milliseconds)
            out.member("granted", granted)
            out.member("host", host)
            out.member("key", key)
            out.member("proved", proved.rawValue)
            out.member("service", service)
            out.member("source", source)
            out.member("until", until.milliseconds)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            attempt: try AttemptID.read(try reader.member("attempt")), source: try reader.member("source").string(),
            key: try reader.member("key").string(), service: try reader.member("service").string(),
            host: try reader.member("host").string(), proved: try reader.member("proved").word(),
            granted: try reader.member("granted").integer(), began: try reader.member("began").timestamp(),
            until: try reader.member("until").timestamp())
    }
}

extension KnownValues: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("candidates", candidates)
            out.member("known", known)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        for entry in try reader.member("known").array() { known.append(try Seen(reader: entry)) }
        for entry in try reader.member("candidates").array() {
            let parts = try entry.array()
            guard let value = parts.first else { throw entry.failure("expected a value and its days") }
            var days: [Int64] = []
            for day in parts.dropFirst() { days.append(try day.integer()) }
            candidates.append(Candidate(value: try value.string(), days: days))
        }
    }
}

extension KnownValues.Candidate: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.array { out in
            out.element(value)
            for day in days { out.element(day) }
        }
    }
}

extension Seen: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.array { out in
            out.element(value)
            out.element(time.milliseconds)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        let parts = try reader.array()
        guard parts.count == 2 else { throw reader.failure("expected a value and a time") }
        self.init(value: try parts[0].string(), time: try parts[1].timestamp())
    }
}

extension SourceRecord: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("attempts", attempts)
            out.member("users", users)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        attempts = try RecentTimes(reader: try reader.member("attempts"))
        users = try RecentValues(reader: try reader.member("users"))
    }
}

extension RecentValues: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.array(entries) }

    init(reader: JSONReader) throws(JSONError) {
        self.init()
        for entry in try reader.array() { entries.append(try Seen(reader: entry)) }
    }
}

extension RecentTimes: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.array(times.lazy.map(\.milliseconds)) }

    init(reader: JSONReader) throws(JSONError) {
        var times: [Timestamp] = []
        for time in try reader.array() { times.append(try time.timestamp()) }
        guard zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw reader.failure("expected times in ascending order")
        }
        self.init(times)
    }
}

extension OpenAttempt: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("account", account)
            out.member("basis", basis.rawValue)
            out.member("began", began.milliseconds)
            out.member("channel", channel.rawValue)
            if !hours.isEmpty {
                out.member("hours", of: hours.map { (key: $0.key, value: Int64($0.value)) }.sorted { $0.key < $1.key })
            }
            out.member("key", key)
            out.member("locality", locality)
            out.member("paces", paces)
            out.member("proved", proved.rawValue)
            out.member("released", released?.milliseconds)
            out.member("request", request)
            out.member("required", required.rawValue)
            out.member("service", service)
            out.member("source", source)
            out.member("target", target)
        }
    }

    private var released: Timestamp? {
        if case .released(let at) = stage { at } else { nil }
    }

    public init(reader: JSONReader) throws(JSONError) {
        self.init(
            account: try reader.member("account").string(), channel: try reader.member("channel").word(),
            service: try reader.member("service").string(), request: try reader.member("request").string(),
            began: try reader.member("began").timestamp(),
            source: try Observed(reader: try reader.member("source"), decode: IPAddress.read),
            key: try Observed(reader: try reader.member("key"), decode: KeyFact.read),
            basis: try reader.member("basis").word(), required: try reader.member("required").word(),
            proved: try reader.member("proved").word(),
            stage: try reader.optional("released").map { reader throws(JSONError) in .released(at: try reader.timestamp()) }
                ?? .deciding)
        for (zone, hour) in try reader.optional("hours")?.members() ?? [] { hours[zone] = Int(try hour.integer()) }
        locality = try reader.optional("locality", Locality.init)
        target = try reader.member("target").string()
        paces = try reader.optional("paces", Paces.init)
    }
}
