import StepUpCore

/// Any text as a policy, as the daemon's configuration and as scenarios: an error with a place, or a value that holds what its loader promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let text = String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) else { return 0 }
    do throws(ConfigError) {
        let policy = try PolicyLoader.load(text, file: "policy", hash: "hash")
        guard policy.largestOutcomes <= Policy.outcomesLimit, policy.rules.count <= Policy.ruleLimit else {
            fatalError("a policy that an event cannot explain")
        }
    } catch {
        guard error.position.line >= 1, error.position.column >= 1, !error.reason.isEmpty else {
            fatalError("an error without a place")
        }
    }
    _ = try? DaemonConfig(text, file: "config")
    let rules = [Rule(name: "net", condition: .signal(.netNew), requirement: .otp), Rule(name: "night", condition: .signal(.always), requirement: .deny)]
    let policy = Policy(hash: "hash", rules: rules)
    if let file = try? ScenarioFile(text, file: "scenarios", policy: policy) {
        // A short history is run, too: a long one takes its time and finds no more.
        for scenario in file.scenarios where scenario.history.reduce(0, { $0 + $1.times }) <= 100 { _ = scenario.run(policy, zones: [:]) }
    }
    return 0
}
