/// Which logins a rule is about. An empty list asks nothing; every list that is not empty must match.
public struct Scope: Hashable, Sendable {
    /// Patterns: `*` stands for any run of characters.
    public var services: [String]
    public var channels: [Channel]
    public var users: [String]
    /// Exact names of NSS groups.
    public var groups: [String]
    public var hosts: [String]
    /// Of the host, or of the NAS.
    public var tags: [String]
    public var sources: [CIDR]

    public init(
        services: [String] = [], channels: [Channel] = [], users: [String] = [], groups: [String] = [], hosts: [String] = [],
        tags: [String] = [], sources: [CIDR] = []
    ) {
        (self.services, self.channels, self.users, self.groups) = (services, channels, users, groups)
        (self.hosts, self.tags, self.sources) = (hosts, tags, sources)
    }

    public var isEmpty: Bool {
        self == Scope()
    }

    enum Match: Hashable { case matches, differs, unknown(String) }

    /// A source that is unknown makes a match that hinges on it unknown; one that has no meaning here differs.
    func match(_ attempt: Attempt) -> Match {
        let account = attempt.subject.account
        guard services.isEmpty || services.contains(where: { Pattern.matches($0, attempt.service) }),
            channels.isEmpty || channels.contains(attempt.channel),
            tags.isEmpty || tags.contains(where: { attempt.tags.contains($0) }),
            hosts.isEmpty || hosts.contains(where: { Pattern.matches($0, attempt.host) }),
            users.isEmpty || users.contains(where: { Pattern.matches($0, account?.name ?? "") }),
            groups.isEmpty || groups.contains(where: { account?.groups.contains($0) == true })
        else { return .differs }
        if sources.isEmpty { return .matches }
        switch attempt.source {
        case .known(let address): return sources.contains { $0.contains(address) } ? .matches : .differs
        case .unknown(let reason): return .unknown(reason)
        case .notApplicable: return .differs
        }
    }
}

/// Shell-like patterns with `*` alone; linear time.
public enum Pattern {
    public static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        let star = UInt8(ascii: "*")
        var p = 0
        var t = 0
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == star {
                retry = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == star { p += 1 }
        return p == pattern.count
    }
}
