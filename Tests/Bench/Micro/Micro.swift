import Glibc
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpLedger

enum Micro {
    static let policyText = """
        version = 1
        [[rule]]
        name = "new-address"
        signal = "ip_new"
        require = "otp"
        [[rule]]
        name = "new-network"
        signal = "net_new"
        require = "hardware"
        [[rule]]
        name = "new-key"
        signal = "device_new"
        require = "otp"
        [[rule]]
        name = "hours"
        signal = "calendar"
        inside = { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = "00:00-24:00", zone = "UTC" }
        require = "otp"
        [[rule]]
        name = "many"
        signal = "vel_user"
        more_than = 250
        within = "5m"
        require = "otp"
        [[rule]]
        name = "many-there"
        signal = "vel_ip"
        more_than = 250
        within = "5m"
        require = "otp"
        [[rule]]
        name = "failures"
        signal = "fails_recent"
        at_least = 3
        within = "15m"
        require = "otp"

        """

    /// With the rest of the signals, for what a decision costs.
    static let allSignals =
        policyText + """
            [[rule]]
            name = "many-here"
            signal = "vel_host"
            more_than = 255
            within = "5m"
            require = "otp"
            [[rule]]
            name = "spray"
            signal = "spray"
            at_least = 5
            within = "10m"
            require = "otp"
            [[rule]]
            name = "since"
            signal = "fail_then_ok"
            at_least = 3
            require = "otp"
            [[rule]]
            name = "elsewhere"
            signal = "concurrent"
            require = "otp"
            mode = "shadow"
            [[rule]]
            name = "away"
            signal = "dormant"
            after = "30d"
            require = "otp"
            [[rule]]
            name = "fresh"
            signal = "cred_fresh"
            within = "24h"
            require = "otp"
            [[rule]]
            name = "rare"
            signal = "hour_rare"
            zone = "UTC"
            require = "otp"
            [[rule]]
            name = "cold"
            signal = "cold_start"
            fewer_than = 5
            require = "otp"
            [[rule]]
            name = "joined"
            when = { all = [{ signal = "target", tags = ["trading"] }, { any = [{ signal = "ip_new" }, { signal = "device_new" }] }] }
            require = "hardware"
            [[rule]]
            name = "command"
            signal = "command"
            matches = ["*visudo*"]
            require = "otp"

            """

    /// What is looked up, and the score.
    static let lookupSignals = """
        version = 1
        [[rule]]
        name = "place"
        when = { any = [
          { signal = "country_new" }, { signal = "country_listed", countries = ["KP"] }, { signal = "asn_new" },
          { signal = "asn_novel_org" }, { signal = "travel" }, { signal = "listed", lists = ["tor"] },
          { signal = "fanout", more_than = 3, within = "10m", deviations = 3 } ] }
        require = "otp"
        [[rule]]
        name = "score"
        signal = "score"
        at_least = 12
        require = "otp"
        score_alone = true
        """

    static func policy(_ text: String = policyText) throws -> Policy {
        try PolicyLoader.load(text, file: "bench", hash: try sha256(Array(text.utf8)).description)
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let took = try ContinuousClock().measure(body)
        return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
    }

    /// One digit behind the point, without Foundation.
    static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    static func decide() throws {
        var (policy, login) = (try policy(allSignals), BenchLogin())
        // More than an event has room for, were each at its longest.
        policy.rules += try self.policy(lookupSignals).rules
        var history = full(login, policy)
        let attempt = login.attempt(10_000, user: "alice")
        let view = history.view(for: attempt)
        let rounds = 20_000
        var sum = 0
        let took = seconds {
            for _ in 0..<rounds { sum += StepUpCore.decide(attempt, view, policy, login.facts).rules.count }
        }
        let events = login.events(10_001, user: "alice", policy: policy, history: history, proved: true)
        let folding = seconds {
            for _ in 0..<2_000 { events.forEach { history.apply($0) } }
        }
        precondition(sum > 0)
        print(text(took / Double(rounds) * 1e6), text(folding / Double(2_000 * events.count) * 1e6))
    }

    /// 50 networks, 20 devices, 10,000 logins.
    static func full(_ login: BenchLogin, _ policy: Policy) -> History {
        var history = History()
        for number in 0..<10_000 {
            for event in login.events(number, user: "alice", policy: policy, history: history, proved: true) {
                history.apply(event)
            }
        }
        return history
    }

    static func append(_ path: String, rows: Int) throws {
        let ledger = try SQLiteLedger(path: path, create: true)
        let login = BenchLogin()
        let events = login.events(1, user: "alice", policy: try policy(), history: History(), proved: false)
        let transactions = 300
        let took = try seconds {
            for _ in 0..<transactions {
                try ledger.transaction { transaction in
                    for row in 0..<rows { try transaction.append(events[row % 2]) }
                }
            }
        }
        print(text(Double(transactions * rows) / took), events.prefix(2).reduce(0) { $0 + $1.leaf.count } / 2)
        try ledger.close()
    }

    static func make(_ path: String, events wanted: Int, users: Int) throws {
        let ledger = try SQLiteLedger(path: path, create: true)
        let (policy, login) = (try policy(), BenchLogin())
        var history = History()
        func record(_ events: [Event]) throws {
            try ledger.transaction { transaction in
                for event in events {
                    try transaction.append(event)
                    history.apply(event)
                }
            }
        }
        try ledger.transaction { try $0.archive(policy: policyText, hash: policy.hash) }
        try record([
            login.event(.ledgerInitialised(origin: "stepup/bench", keyID: "k1")),
            login.event(.policyLoaded(hash: policy.hash, source: "bench", actor: nil)),
        ])
        var number = 0
        while history.size < wanted {
            var batch: [Event] = []
            var ahead = history
            while batch.count < 256 {
                let user = "bench\(number % users)"
                for event in login.events(number, user: user, policy: policy, history: ahead, proved: false) {
                    ahead.apply(event)
                    batch.append(event)
                }
                number += 1
            }
            try record(batch)
        }
        try ledger.transaction { try $0.rest(history.takeChanges()) }
        try ledger.close()
        print(history.size, number)
    }
}
