import StepUpCore
import StepUpLogs

/// The events of several logs by time, those that stand in more than one of them once.
public struct Merge {
    private struct Head {
        var order: Int64
        var source: Int
        var event: LogEvent
    }

    private let sources: [any LogSource]
    /// The next of each, latest first.
    private var heads: [Head] = []
    private var twins = Twins()

    public init(_ sources: [any LogSource]) {
        self.sources = sources
        for index in sources.indices { fill(index) }
    }

    /// Events that were left out, for another log has them too.
    public var duplicates: Int { twins.found }

    public mutating func next() -> LogEvent? {
        while let head = heads.popLast() {
            fill(head.source)
            if sources.count == 1 || !twins.contain(head.event, of: head.source, kind: sources[head.source].kind) {
                return head.event
            }
        }
        return nil
    }

    private mutating func fill(_ index: Int) {
        guard let event = sources[index].next() else { return }
        // wtmp and btmp know less of a login than any other log, and whole seconds alone: the other's word shall come first.
        let delay: Int64 = sources[index].kind == .utmp ? Twins.window(.utmp).milliseconds : 0
        let order = event.time.milliseconds + delay
        var (low, high) = (0, heads.count)
        while low < high {
            let middle = (low + high) / 2
            if (heads[middle].order, heads[middle].source) > (order, index) { low = middle + 1 } else { high = middle }
        }
        heads.insert(Head(order: order, source: index, event: event), at: low)
    }
}

/// Finds events that another log told a moment ago.
struct Twins {
    static let capacity = 65_536

    private struct Key: Hashable {
        var kind: LogEvent.Kind
        var channel: Channel
        var user: String
        var address: IPAddress?
    }

    private struct Seen {
        var key: Key
        var time: Int64
        var host: String
        var session: String?
        var source: Int
        var kind: LogKind?
    }

    private(set) var found = 0
    /// By key and source, absolute places in `recent` that have no twin yet, in the order of time.
    private var places: [Key: [Int: [Int]]] = [:]
    private var recent: [Seen] = []
    /// Of `recent`, what is forgotten and still there; and how many were there before.
    private var head = 0
    private var dropped = 0
    private var newest = Int64.min

    /// How much later one kind of log can tell what another one has told.
    static func window(_ kind: LogKind?) -> Span {
        switch kind {
        case .ledger: .minutes(3)
        case .radiusLog, .radiusDetail: .minutes(1)
        default: .seconds(5)
        }
    }

    mutating func contain(_ event: LogEvent, of source: Int, kind: LogKind?) -> Bool {
        newest = max(newest, event.time.milliseconds)
        forget()
        let key = Key(
            kind: event.kind, channel: event.channel, user: event.user,
            address: event.channel == .radius ? nil : event.source.value)
        for (other, list) in (places[key] ?? [:]).sorted(by: { $0.key < $1.key }) where other != source {
            guard let index = twin(of: event, kind, in: list) else { continue }
            places[key]?[other]?.remove(at: index)
            found += 1
            return true
        }
        places[key, default: [:]][source, default: []].append(dropped + recent.count)
        recent.append(
            Seen(
                key: key, time: event.time.milliseconds, host: event.host, session: event.session, source: source, kind: kind))
        return false
    }

    /// Where in a list the first twin stands.
    private func twin(of event: LogEvent, _ kind: LogKind?, in list: [Int]) -> Int? {
        guard let first = list.first else { return nil }
        let window = max(Self.window(kind), Self.window(recent[first - dropped].kind)).milliseconds
        // What lies before the window is passed over at once: an attack fills it.
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if recent[list[middle] - dropped].time < event.time.milliseconds - window {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return list[low...].prefix(Self.mostCompared).firstIndex { place in
            let seen = recent[place - dropped]
            let apart = abs(event.time.milliseconds - seen.time)
            // The same line in two copies of a log.
            if apart == 0, seen.host == event.host, seen.session == event.session { return true }
            return seen.kind != kind && apart <= window
                && (seen.host == event.host || seen.kind == .utmp || kind == .utmp || event.channel == .radius)
        }
    }

    /// Of a user from one address within the window. Where more than one host is attacked so fast, a failure may count twice.
    private static let mostCompared = 256

    /// What is too old, or too much.
    private mutating func forget() {
        while head < recent.count,
            recent.count - head > Self.capacity || newest - recent[head].time > Span.minutes(3).milliseconds
        {
            let (key, source) = (recent[head].key, recent[head].source)
            if places[key]?[source]?.first == dropped + head { places[key]?[source]?.removeFirst() }
            if places[key]?[source]?.isEmpty == true { places[key]?[source] = nil }
            if places[key]?.isEmpty == true { places[key] = nil }
            head += 1
        }
        guard head > 4096 else { return }
        recent.removeFirst(head)
        (dropped, head) = (dropped + head, 0)
    }
}
