import GRDB
import StepUpCore

/// What the log says that the tables beside it must hold: the state that makes a used code a used one, and the policies.
struct LoggedState {
    private struct Token {
        var kind: TokenKind
        /// The last code that was accepted.
        var counter: Int64?
    }

    private var tokens: [TokenID: Token] = [:]
    private var policies: Set<String> = []

    /// Whether an event of this code says something about that state: few do, and only they are parsed.
    static func matters(_ code: Int64, _ scan: LeafScan) -> Bool {
        switch EventCode(rawValue: code) {
        case .tokenChanged, .policyLoaded, .shadowPolicy: true
        case .factorChecked: scan.contains("\"result\":\"accepted\"")
        default: false
        }
    }

    mutating func take(_ bytes: [UInt8], _ index: Int64, _ found: inout Verification) {
        do throws(JSONError) { take(try Event(leaf: bytes)) } catch { found.differs("leaf \(index) is no event: \(error)") }
    }

    private mutating func take(_ event: Event) {
        switch event.body {
        case .tokenChanged(let change):
            switch change.action {
            case .enrolled: tokens[change.token] = Token(kind: change.kind)
            case .removed: tokens[change.token] = nil
            // Its counter was found again, which may be behind what was accepted before.
            case .resynchronised: tokens[change.token]?.counter = change.counter
            case .confirmed, .disabled, .enabled, .exhausted: accepted(change.token, change.counter)
            }
        case .factorChecked(let check):
            if check.result == .accepted, let token = check.token { accepted(token, check.counter) }
        case .policyLoaded(let hash, _, _), .shadowPolicy(.some(let hash), _, _): policies.insert(hash)
        default: break
        }
    }

    private mutating func accepted(_ id: TokenID, _ counter: Int64?) {
        guard let counter, let known = tokens[id] else { return }
        tokens[id]?.counter = max(counter, known.counter ?? counter)
    }

    func compare(_ db: Database, _ found: inout Verification) throws {
        var left = tokens
        for row in try Row.fetchAll(db, sql: "SELECT id, counter FROM token ORDER BY id") {
            let text: String = row["id"]
            let counter: Int64? = row["counter"]
            guard let id = TokenID(text), let token = left.removeValue(forKey: id) else {
                found.differs("the token \(text) is in no event")
                continue
            }
            guard let last = token.counter else { continue }
            // TOTP keeps the last step that was accepted, HOTP the next counter.
            let isKept = token.kind == .totp ? counter == last : (counter ?? 0) == last + 1
            if !isKept {
                found.differs(
                    "the counter of token \(id) is not the one that the log accepted last: used codes would be good again")
            }
        }
        for id in left.keys.sorted() { found.differs("the token \(id) is gone without an event") }
        let archived = Set(try String.fetchAll(db, sql: "SELECT hash FROM policy"))
        for hash in policies.subtracting(archived).sorted() {
            found.differs("the policy \(hash.prefix(12)) is missing in the archive")
        }
    }
}
