/// How a code can be asked for: of the people of a RADIUS client, or of a realm. It says nothing about what is believed.
public struct CodeEntry: Hashable, Sendable {
    /// Where a code stands in User-Password, for clients that cannot ask.
    public enum Append: String, CaseIterable, Hashable, Sendable { case no, suffix, prefix }

    /// The client shows the person a prompt (Access-Challenge).
    public var canChallenge = true
    public var append: Append = .no
    /// Between password and code; may be empty.
    public var separator = ""

    public init() {}

    /// What a realm has of its own; the rest is the client's.
    public struct Changes: Hashable, Sendable {
        public var canChallenge: Bool?
        public var append: Append?
        public var separator: String?

        public init(canChallenge: Bool? = nil, append: Append? = nil, separator: String? = nil) {
            (self.canChallenge, self.append, self.separator) = (canChallenge, append, separator)
        }
    }

    public func with(_ changes: Changes) -> CodeEntry {
        var entry = self
        entry.canChallenge = changes.canChallenge ?? canChallenge
        entry.append = changes.append ?? append
        entry.separator = changes.separator ?? separator
        return entry
    }
}
