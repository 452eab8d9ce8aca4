import StepUpLedger

/// Where the reply to each request lies that a retry may ask for, within the minute that it is kept (S15). The replies are in the
/// database, appended and dropped in order; finding one there by its random key would cost a page of its own each.
struct RetryIndex: Sendable {
    private var ids: [UInt128: Int64] = [:]
    /// In order of their ids; those before `head` are forgotten.
    private var order: [StoredReply.Place] = []
    private var head = 0
    /// Of `order`, how many came in this batch.
    private var added = 0

    init(_ places: [StoredReply.Place] = []) {
        for place in places { add(place) }
        added = 0
    }

    var isEmpty: Bool { head == order.count }

    subscript(key: UInt128) -> Int64? { ids[key] }

    mutating func add(_ place: StoredReply.Place) {
        order.append(place)
        added += 1
        ids[place.key] = place.id
    }

    mutating func beginBatch() { added = 0 }

    /// The batch is taken back, and what it kept.
    mutating func rollbackBatch() {
        for place in order.suffix(added) where ids[place.key] == place.id { ids[place.key] = nil }
        order.removeLast(added)
        added = 0
    }

    /// Forgets what no retry can ask for any more.
    /// - Returns: the last of their ids; nil if there was none.
    mutating func forget(bootID: String, bootTime: Int64) -> Int64? {
        var last: Int64?
        while head < order.count, order[head].bootID != bootID || order[head].bootTimeExpires <= bootTime {
            let place = order[head]
            if ids[place.key] == place.id { ids[place.key] = nil }
            last = place.id
            head += 1
        }
        if head > 1024, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
        return last
    }
}
