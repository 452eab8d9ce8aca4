/// The command of a sudo, as its arguments show it: advisory, for whoever types it may hide it (S12).
enum SudoCommand {
    enum Reading: Hashable {
        case command(String)
        case unknown(String)
    }

    /// Programs that run others: what they will do is not to be seen.
    static let wrappers: Set<String> = [
        "sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "env", "nice", "nohup", "setsid", "timeout", "xargs",
        "find", "su",
        "sudo", "script", "screen", "tmux", "vi", "vim", "nano", "emacs", "less", "more", "man", "python3", "perl", "ruby", "awk",
        "ssh", "systemd-run",
    ]

    /// - Parameter evidence: the caller's arguments, separated by blanks.
    static func read(_ evidence: String?) -> Reading {
        guard let evidence else { return .unknown("not visible") }
        var words = evidence.split(separator: " ")[...]
        guard let caller = words.popFirst(), base(caller) == "sudo" else { return .unknown("not sudo's arguments") }
        while let word = words.first, word.hasPrefix("-") || word.contains("=") {
            words.removeFirst()
            if word == "--" { break }
            // What an option takes for itself is not to be told apart from the command.
            guard ["-n", "-k", "-S", "-b", "-E", "-H", "-P"].contains(word) || word.contains("=") else {
                return .unknown("option \(word.prefix(16))")
            }
        }
        guard let program = words.first else { return .unknown("no command") }
        if wrappers.contains(base(program)) { return .unknown("a wrapper: \(base(program))") }
        return .command(words.joined(separator: " "))
    }

    private static func base(_ path: Substring) -> String { path.split(separator: "/").last.map(String.init) ?? "" }
}
