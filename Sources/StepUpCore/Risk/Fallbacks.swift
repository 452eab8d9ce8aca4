/// Requests of the latest fallbacks, oldest first: a spool file read twice is one fallback, and a verdict that comes after its
/// fallback is overridden (S02, S28).
struct Fallbacks: Hashable, Sendable {
    /// More than two spools hold.
    static let capacity = 8192

    private(set) var order: [String] = []
    private var members: Set<String> = []

    init(_ requests: [String] = []) { (order, members) = (requests, Set(requests)) }

    func contains(_ request: String) -> Bool { members.contains(request) }

    mutating func append(_ request: String) {
        guard members.insert(request).inserted else { return }
        order.append(request)
        if order.count > Self.capacity { members.remove(order.removeFirst()) }
    }
}
