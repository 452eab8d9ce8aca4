import StepUpCore

/// Takes the members out of a table one by one; what is left at the end is an unknown key, and an error.
struct TableReader {
    let file: String
    let position: TextPosition
    /// Its name in errors: `[paths]`, `rule 3`.
    let name: String
    private var members: [TomlNode.Member]
    private var asked: [String] = []

    init(_ node: TomlNode, file: String, name: String) throws(ConfigError) {
        guard case .table(let members) = node.value else {
            throw ConfigError(file: file, position: node.position, reason: "\(name) must be a table, not \(node.kind)")
        }
        (self.file, self.position, self.name, self.members) = (file, node.position, name, members)
    }

    func failure(_ reason: String, at position: TextPosition? = nil) -> ConfigError {
        ConfigError(file: file, position: position ?? self.position, reason: reason)
    }

    /// Takes a member out; nil if it is not there.
    mutating func take(_ key: String) -> Value? {
        asked.append(key)
        guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
        return Value(key: key, node: members.remove(at: index).node, file: file)
    }

    mutating func require(_ key: String, _ hint: String) throws(ConfigError) -> Value {
        guard let value = take(key) else { throw failure("\(name) lacks '\(key)': \(hint)") }
        return value
    }

    /// The table `key`, an empty one if it is not there.
    mutating func table(_ key: String) throws(ConfigError) -> TableReader {
        guard let value = take(key) else {
            return try TableReader(TomlNode(value: .table([]), position: position), file: file, name: "[\(key)]")
        }
        return try TableReader(value.node, file: file, name: "[\(key)]")
    }

    /// All keys were known, or an error at the first that was not.
    consuming func finish() throws(ConfigError) {
        guard let member = members.min(by: { ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column) })
        else { return }
        throw failure(
            "\(name) has no key '\(EvidenceText.printable(member.key))'\(Suggestion.text(for: member.key, among: asked)); known: "
                + asked.sorted().joined(separator: ", "), at: member.position)
    }

    /// One value, not yet of any type.
    struct Value {
        let key: String
        let node: TomlNode
        let file: String

        func failure(_ reason: String) -> ConfigError { ConfigError(file: file, position: node.position, reason: reason) }

        private func expected(_ what: String) -> ConfigError { failure("'\(key)' must be \(what), not \(node.kind)") }

        func string() throws(ConfigError) -> String {
            guard case .string(let text) = node.value else { throw expected("a string") }
            return text
        }

        /// A string that is not empty, has no control characters and at most `limit` bytes.
        func line(limit: Int = 256) throws(ConfigError) -> String {
            let text = try string()
            guard !text.isEmpty, text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw failure("'\(key)' must be one line of 1 to \(limit) bytes")
            }
            return text
        }

        func path() throws(ConfigError) -> String {
            let text = try line(limit: 4000)
            guard text.hasPrefix("/") else { throw failure("'\(key)' must be an absolute path, such as /var/lib/stepup") }
            return text
        }

        func integer(_ range: ClosedRange<Int64>) throws(ConfigError) -> Int64 {
            guard case .integer(let value) = node.value else { throw expected("an integer") }
            guard range.contains(value) else {
                let expected = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
                throw failure("'\(key)' must be \(expected), not \(value)")
            }
            return value
        }

        func bool() throws(ConfigError) -> Bool {
            guard case .boolean(let value) = node.value else { throw expected("true or false") }
            return value
        }

        func strings() throws(ConfigError) -> [Value] {
            guard case .array(let elements) = node.value else { throw expected("an array of strings") }
            return elements.map { Value(key: key, node: $0, file: file) }
        }

        /// A name that the ledger shows: a-z, 0-9, - and _.
        /// - Parameter what: what it names, for the error.
        func label(_ what: String, limit: Int) throws(ConfigError) -> String { try label(try line(limit: limit), what, limit) }

        /// The key under which it stands, in the same form.
        func keyLabel(_ what: String, limit: Int) throws(ConfigError) -> String { try label(key, what, limit) }

        private func label(_ text: String, _ what: String, _ limit: Int) throws(ConfigError) -> String {
            guard (1...limit).contains(text.utf8.count) else { throw failure("\(what) has 1 to \(limit) bytes") }
            guard text.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 122) || $0 == 0x2d || $0 == 0x5f }) else {
                throw failure("\(what) is made of a-z, 0-9, - and _")
            }
            return text
        }

        /// Tags of a host or a NAS: at most eight, so that an event has room for them.
        func tags() throws(ConfigError) -> [String] {
            var tags: [String] = []
            for value in try strings() {
                let tag = try value.label("a tag", limit: 32)
                guard !tags.contains(tag) else { throw value.failure("'\(tag)' stands twice") }
                tags.append(tag)
            }
            guard (1...8).contains(tags.count) else { throw failure("'\(key)' has one to eight entries") }
            return tags
        }

        func word<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type = Word.self) throws(ConfigError) -> Word {
            let text = try string()
            if let word = Word(rawValue: text) { return word }
            let words = Word.allCases.map(\.rawValue)
            throw failure(
                "'\(key)' must be one of \(words.joined(separator: ", ")), not '\(EvidenceText.printable(text))'"
                    + Suggestion.text(for: text, among: words))
        }

        /// `90s`, `5m`, `12h`, `1d`; `0s` only where `range` says so.
        func span(_ range: ClosedRange<Span>) throws(ConfigError) -> Span {
            guard case .string(let text) = node.value, let span = Span(text: text) else {
                throw failure("'\(key)' must be a length of time, such as \"90s\", \"5m\", \"12h\" or \"1d\"")
            }
            guard range.contains(span) else {
                throw failure("'\(key)' must be \(range.lowerBound.text) to \(range.upperBound.text), not \(text)")
            }
            return span
        }

        func cidr() throws(ConfigError) -> CIDR {
            let text = try string()
            guard let network = CIDR(text) else {
                throw failure(
                    "'\(EvidenceText.printable(text))' is no network; write one such as 10.1.0.0/16 or 2001:db8::/32, without "
                        + "host bits")
            }
            return network
        }

        /// Two capital letters, ISO 3166-1 alpha-2; nil: the word `unknown`, where that may stand.
        func country(orUnknown: Bool = false) throws(ConfigError) -> String? {
            let text = try string()
            if orUnknown, text == "unknown" { return nil }
            guard Country.place(of: text) != nil else {
                throw failure(
                    "'\(EvidenceText.printable(text))' is no country; write its two letters, such as \"CH\" (ISO 3166-1)")
            }
            return text
        }

        /// The members of a table whose keys are the admin's to choose.
        func members() throws(ConfigError) -> [Value] {
            guard case .table(let members) = node.value else { throw expected("a table") }
            return members.map { Value(key: $0.key, node: $0.node, file: file) }
        }

        func table(_ name: String) throws(ConfigError) -> TableReader { try TableReader(node, file: file, name: name) }

        func tables(_ name: String) throws(ConfigError) -> [TableReader] {
            guard case .array(let elements) = node.value else { throw expected("an array of tables: [[\(key)]]") }
            var out: [TableReader] = []
            for (index, element) in elements.enumerated() {
                out.append(try TableReader(element, file: file, name: "\(name) \(index + 1)"))
            }
            return out
        }
    }
}

/// The word that was probably meant.
enum Suggestion {
    /// For the end of an error: `; did you mean 'x'?`, or nothing.
    static func text(for word: String, among words: [String]) -> String {
        nearest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func nearest(to word: String, among words: [String]) -> String? {
        let ranked = words.map { (word: $0, distance: distance(Array(word.utf8.prefix(64)), Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= max(1, best.word.utf8.count / 3)
        else { return nil }
        return best.word
    }

    /// Edits between the two, two neighbours that changed places being one (optimal string alignment).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var before: [Int] = []
        var row = Array(0...b.count)
        for i in a.indices {
            var next = [i + 1]
            for j in b.indices {
                var best = min(row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row[b.count]
    }
}
