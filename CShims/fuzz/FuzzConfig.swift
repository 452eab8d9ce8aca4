import StepUpCore

/// Any text as a policy and as the daemon's configuration: an error with a place, or a value that holds what its loader promises.
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
    return 0
}
