/// A few sentences for a person, under a title or none.
public struct Paragraph: Hashable, Sendable {
    public var title: String?
    /// A sentence each, or a part of the one above that begins with `- `, after two blanks for each level that it lies deeper.
    public var lines: [String]

    public init(_ title: String?, _ lines: [String]) { (self.title, self.lines) = (title, lines) }

    /// Its lines made printable (S29), and broken between words where they are longer than `width` characters; a word that is longer
    /// stays whole.
    public func folded(to width: Int) -> [String] { lines.flatMap { Self.fold(EvidenceText.printable($0), width) } }

    private static func fold(_ line: String, _ width: Int) -> [String] {
        let text = line.drop { $0 == " " }
        let margin = String(repeating: " ", count: line.count - text.count)
        let hanging = text.hasPrefix("- ") ? margin + "  " : margin
        var folded: [String] = []
        var current = margin
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            // What begins with a dash is a part; a broken line must not look like one.
            if !isEmpty, current.count + 1 + word.count > width, word != "-" {
                folded.append(current)
                (current, isEmpty) = (hanging, true)
            }
            current += isEmpty ? String(word) : " " + word
            isEmpty = false
        }
        return folded + [current]
    }
}

/// Pieces of English.
enum Words {
    /// `1 rule`, `2 rules`.
    static func count(_ number: some BinaryInteger, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

    /// `a`, `a or b`, `a, b or c`.
    static func list(_ words: [String], _ conjunction: String = "or") -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
    }

    /// A name or pattern of the policy: in quotation marks where it could be taken for more than one word.
    static func name(_ text: String) -> String {
        let isWord = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "*/._-+@:\\".utf8.contains(byte)
            }
        }
        return isWord && !text.isEmpty ? text : "\"\(text)\""
    }

    static func names(_ texts: [String], _ conjunction: String = "or") -> String { list(texts.map(name), conjunction) }

    /// Networks, and addresses that stand alone.
    static func networks(_ networks: [CIDR], _ conjunction: String = "or") -> String {
        list(networks.map { $0.prefix == $0.address.width ? $0.address.description : $0.description }, conjunction)
    }

    static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
