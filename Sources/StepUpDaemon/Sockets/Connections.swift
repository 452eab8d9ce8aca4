import NIOConcurrencyHelpers

/// The open connections of a socket, by the uid at their other end: nobody but root may take the places that root's logins need.
final class Connections: Sendable {
    /// All together; a peer beyond that is closed at once, and the module falls back as it is configured.
    static let limit = 2048
    /// Of one uid that is not root's.
    static let limitOfOthers = 1024

    private struct State {
        var total = 0
        var byUID: [UInt32: Int] = [:]
    }
    private let state = NIOLockedValueBox(State())

    var count: Int { state.withLockedValue { $0.total } }

    /// Takes a place; false if there is none. Whoever got one gives it back.
    func enter(_ uid: UInt32) -> Bool {
        state.withLockedValue { state in
            let own = state.byUID[uid, default: 0]
            guard state.total < Self.limit, uid == 0 || own < Self.limitOfOthers else { return false }
            state.total += 1
            state.byUID[uid] = own + 1
            return true
        }
    }

    func leave(_ uid: UInt32) {
        state.withLockedValue { state in
            state.total -= 1
            let left = state.byUID[uid, default: 1] - 1
            state.byUID[uid] = left > 0 ? left : nil
        }
    }
}
