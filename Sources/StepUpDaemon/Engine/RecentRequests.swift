import StepUpCore

/// The attempts of the latest requests by the module's own id: what a fallback that was spooled meanwhile overrides (S02). A start
/// knows none of before; then the log is searched.
struct RecentRequests: Sendable {
    static let capacity = 5000

    private var attempts: [String: (id: AttemptID, account: String?)] = [:]
    private var order: [String] = []
    private var next = 0
    private var added: [String] = []

    subscript(request: String) -> (id: AttemptID, account: String?)? { attempts[request] }

    mutating func add(_ request: String, _ attempt: AttemptID, _ account: String?) {
        if order.count < Self.capacity {
            order.append(request)
        } else {
            attempts[order[next]] = nil
            order[next] = request
            next = (next + 1) % Self.capacity
        }
        attempts[request] = (attempt, account)
        added.append(request)
    }

    mutating func beginBatch() { added = [] }

    /// Attempts of a batch that was taken back are no attempts.
    mutating func rollbackBatch() {
        for request in added { attempts[request] = nil }
        added = []
    }
}
