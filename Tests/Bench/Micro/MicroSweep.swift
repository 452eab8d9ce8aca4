import StepUpConfig
import StepUpCore
import StepUpSources

/// What `stepupctl simulate --sweep` takes, a decision after the other.
extension Micro {
    static func sweep(policy file: String) throws {
        let text = try SmallFile.read(file, limit: PolicyLoader.sizeLimit)
        let policy = try policy(String(decoding: text, as: UTF8.self))
        let zones = ZoneFiles(directory: "/usr/share/zoneinfo").readable(policy.needs.zones)
        precondition(zones.count == policy.needs.zones.count, "tzdata is not installed")
        let login = BenchLogin()
        let attempt = login.attempt(10_000, user: "alice")
        let simulation = Simulation(policy, zones: zones, history: full(login, policy))
        var decisions = 0
        let took = Figure.seconds {
            decisions = 0
            for _ in 0..<50 {
                let sweep = Sweep([.hour, .net, .device], around: SimulatedLogin(attempt), at: attempt.time, in: simulation)
                decisions += sweep.cells.count
            }
        }
        let rate = Double(decisions) / took
        Figure.row(
            "sweep of \(decisions / 50), same history: decisions", rate, "/s", bar: "at least 30,000 /s", isMet: rate >= 30_000)
    }
}
