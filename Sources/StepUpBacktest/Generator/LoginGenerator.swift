import StepUpCore
import StepUpLogs

/// Logins of a made-up broker's staff, and of who attacks it, day by day in the order of time. The same settings give the same logins on
/// every machine. For demonstrations, tests and `make study`: synthetic, and labelled so wherever it is written.
public struct LoginGenerator: Sequence, IteratorProtocol, Sendable {
    public struct Settings: Sendable {
        public var seed: UInt64 = 1
        public var people = 100
        public var days = 90
        /// The first day, at midnight UTC.
        public var start = Timestamp(seconds: 1_767_225_600)
        /// By whose clock people work.
        public var zone: ZoneRules
        /// Takeovers a thousand person-days: logins of an attacker with the right first factor.
        public var takeovers = 2
        public var hosts = 6
        public init(zone: ZoneRules) { self.zone = zone }
    }

    private let settings: Settings
    private var random: SplitMix
    private var staff: [StaffMember] = []
    private var victims: [Victim]
    private var crowd = Crowd()
    private var day: Int64
    private var today: [LogEvent] = []
    private var position = 0

    public init(_ settings: Settings) {
        self.settings = settings
        random = SplitMix(state: settings.seed)
        day = settings.start.seconds / 86_400
        victims = [Victim](repeating: Victim(), count: settings.people)
        for number in 0..<settings.people {
            staff.append(StaffMember(number: number, day: day, days: settings.days, hosts: settings.hosts, using: &random))
        }
    }

    public mutating func next() -> LogEvent? {
        while position == today.count {
            guard day < settings.start.seconds / 86_400 + Int64(settings.days) else { return nil }
            makeDay()
            day += 1
        }
        defer { position += 1 }
        return today[position]
    }

    private mutating func chance(_ perThousand: Int) -> Bool { Int.random(in: 0..<1000, using: &random) < perThousand }

    // MARK: A day

    private mutating func makeDay() {
        today = []
        position = 0
        for number in staff.indices where staff[number].firstDay <= day && day <= staff[number].lastDay { live(number) }
        guessers()
        today.sort { ($0.time, $0.user, $0.kind.rawValue) < ($1.time, $1.user, $1.kind.rawValue) }
        for login in today where login.label == .legitimate { crowd.remember(login, using: &random) }
    }

    private mutating func live(_ number: Int) {
        var person = staff[number]
        defer { staff[number] = person }
        let weekday = CivilDate(day: day).weekday
        guard day > person.awayUntil else { return }
        // Once or twice a year a long holiday, now and then ill; in both nobody logs in.
        if chance(6) {
            person.awayUntil = day + Int64.random(in: 7...20, using: &random)
            return
        }
        if chance(12) {
            person.awayUntil = day + Int64.random(in: 0...4, using: &random)
            return
        }
        if day > person.tripUntil {
            person.trip = nil
            // Some three trips a year, two to five days each.
            if chance(8), let hotel = Provider.hotels.randomElement(using: &random) {
                person.trip = (hotel, Int.random(in: 0..<300, using: &random))
                person.tripUntil = day + Int64.random(in: 1...4, using: &random)
            }
        }
        // A new laptop every two years or so.
        if chance(2) { person.device += 1 }
        // A home's address changes every two weeks or so.
        if chance(70), let network = person.homeNetworks.randomElement(using: &random) {
            person.homeAddress = person.home.address(network, Int.random(in: 1..<255, using: &random))
        }
        let isWeekend = weekday == .sat || weekday == .sun
        var start = person.startOfWork
        if person.isShiftWorker {
            // Weeks of early, late and night shifts; four days of seven.
            guard chance(570) else { return }
            start = [360, 840, 1320][Int(((day / 7) + Int64(number)) % 3)]
        } else if isWeekend {
            guard chance(40) else { return }
            start = Int.random(in: 540..<1200, using: &random)
        }
        work(number, person, from: start, isOffice: person.officeDays.contains(weekday) && person.trip == nil && !isWeekend)
        if !person.isShiftWorker, chance(50) {
            session(number, person, at: Int.random(in: 1140..<1380, using: &random), isOffice: false)
        }
    }

    private mutating func work(_ number: Int, _ person: StaffMember, from start: Int, isOffice: Bool) {
        // On the way to the office, one day in seven, a look from the train.
        if isOffice, chance(140) { session(number, person, at: start - 30, isOffice: false, isOnTheWay: true) }
        session(number, person, at: start + Int.random(in: 0...40, using: &random), isOffice: isOffice)
        let more = Int.random(in: 0...3, using: &random)
        for _ in 0..<more {
            session(
                number, person, at: start + Int.random(in: 60...person.hoursOfWork * 60, using: &random),
                isOffice: isOffice)
        }
    }

    /// A login at the VPN where somebody is not at the office, and one or two to hosts behind it.
    private mutating func session(_ number: Int, _ person: StaffMember, at minute: Int, isOffice: Bool, isOnTheWay: Bool = false) {
        var time = moment(minute)
        let device = person.secondDevice.flatMap { !isOffice && chance(400) ? $0 : nil } ?? person.device
        var source = Provider.firm.address(person.office, 10)
        if !isOffice {
            let (provider, address) = place(person, isOnTheWay: isOnTheWay)
            login(
                number, person, at: time, host: "vpn1", channel: .radius, service: "vpn", device, .known(address),
                provider.locality, method: "password")
            // Behind the VPN everyone comes from its pool.
            source = Provider.firm.address(100, Int.random(in: 2..<250, using: &random))
            time = time + .seconds(Int64.random(in: 20...120, using: &random))
        }
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let host = person.hosts.randomElement(using: &random) ?? "backoffice1"
            login(
                number, person, at: time, host: host, channel: .pam, service: "sshd", device, .known(source),
                Provider.firm.locality,
                method: person.usesKeys ? "publickey" : "password")
            time = time + .seconds(Int64.random(in: 60...1800, using: &random))
        }
    }

    private mutating func place(_ person: StaffMember, isOnTheWay: Bool) -> (Provider, IPAddress) {
        if isOnTheWay {
            return (
                person.carrier,
                person.carrier.address(Int.random(in: 0..<8, using: &random), Int.random(in: 1..<255, using: &random))
            )
        }
        if let trip = person.trip {
            return (trip.provider, trip.provider.address(trip.network, Int.random(in: 1..<20, using: &random)))
        }
        if person.isShared {
            return (person.home, person.home.address(900 + person.homeNetworks[0] % 8, Int.random(in: 1..<255, using: &random)))
        }
        // One time in twelve by the phone's hotspot.
        if chance(80) {
            return (
                person.carrier,
                person.carrier.address(Int.random(in: 0..<8, using: &random), Int.random(in: 1..<255, using: &random))
            )
        }
        return (person.home, person.homeAddress)
    }

    /// A minute of the local day as an instant, and some seconds.
    private mutating func moment(_ minute: Int) -> Timestamp {
        let local = day * 86_400 + Int64(minute * 60) + Int64.random(in: 0..<60, using: &random)
        let offset = Int64(settings.zone.offset(at: Timestamp(seconds: local)))
        return Timestamp(milliseconds: (local - offset) * 1000 + Int64.random(in: 0..<1000, using: &random))
    }

    private mutating func login(
        _ number: Int, _ person: StaffMember, at time: Timestamp, host: String, channel: Channel, service: String, _ device: Int,
        _ source: Observed<IPAddress>, _ locality: Locality, method: String
    ) {
        var event = LogEvent(.accepted, at: time, host: host, channel: channel, service: service, user: person.name)
        (event.source, event.locality, event.method, event.label) = (source, locality, method, .legitimate)
        event.key = method == "password" && channel == .pam ? .unknown("no key") : .known(Self.key(device))
        if channel == .pam { event.session = "\(host) \(service) \(device) \(time.milliseconds)" }
        // A wrong password now and then; keys are not mistyped.
        if method == "password", chance(40) {
            for attempt in 0..<Int.random(in: 1...2, using: &random) {
                var failure = event
                (failure.kind, failure.label, failure.session) = (.failed, nil, nil)
                failure.time = time - .seconds(Int64(20 - attempt * 8))
                today.append(failure)
            }
        }
        today.append(event)
        if let session = event.session {
            var end = LogEvent(
                .closed, at: time + .minutes(Int64.random(in: 1...90, using: &random)), host: host, service: service,
                user: person.name)
            end.session = session
            // It may be tomorrow: then nobody tells.
            if end.time.seconds / 86_400 <= day { today.append(end) }
        }
        if victims[number].recent.count > 3, chance(settings.takeovers),
            let attacker = Attacker.allCases.randomElement(using: &random)
        {
            today.append(attacker.attempt(at: event, on: victims[number], among: crowd, using: &random))
        }
        victims[number].remember(event)
    }

    /// A device's key as `ssh-keygen -l` would print it; of no key that there is.
    static func key(_ device: Int) -> KeyFact {
        var random = SplitMix(state: UInt64(device) &+ 0x5eed)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let text = (0..<43).map { _ in digits[Int(random.next() & 63)] }
        return KeyFact(type: "ED25519", fingerprint: "SHA256:" + String(decoding: text, as: UTF8.self))
    }

    /// Whoever tries names and passwords all over the internet: some dozens a day, none of them right.
    private mutating func guessers() {
        guard let provider = Provider.foreign.randomElement(using: &random) else { return }
        let address = provider.address(Int.random(in: 0..<4000, using: &random), Int.random(in: 1..<255, using: &random))
        var time = moment(Int.random(in: 0..<1380, using: &random))
        let names = ["admin", "test", "oracle", "postgres", "ubuntu"]
        for _ in 0..<Int.random(in: 10...60, using: &random) {
            time = time + .seconds(Int64.random(in: 1...9, using: &random))
            let isKnown = chance(200)
            let name = (isKnown ? staff.randomElement(using: &random)?.name : names.randomElement(using: &random)) ?? "admin"
            var failure = LogEvent(.failed, at: time, host: "backoffice1", service: "sshd", user: name)
            (failure.isAccount, failure.source, failure.locality, failure.method) = (
                isKnown, .known(address), provider.locality, "password"
            )
            failure.key = .unknown("no key")
            today.append(failure)
        }
    }
}
