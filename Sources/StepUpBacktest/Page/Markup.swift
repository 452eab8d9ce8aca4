import StepUpCore

/// A piece of HTML. Text becomes one by being escaped; nothing else does but elements made here.
struct Markup: Sendable {
    private(set) var html: String

    private init(html: String) { self.html = html }

    static let nothing = Markup(html: "")

    /// Text from anywhere: made printable, and escaped for content and attributes.
    static func text(_ text: String) -> Markup { Markup(html: escape(text)) }

    /// - Parameters:
    ///   - attributes: name and value; values are escaped.
    static func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: Markup...)
        -> Markup
    {
        element(name, attributes, content)
    }

    static func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: [Markup])
        -> Markup
    {
        var html = "<\(name)"
        for (key, value) in attributes { html += " \(key)=\"\(escape(value))\"" }
        return Markup(html: html + ">" + content.map(\.html).joined() + "</\(name)>")
    }

    /// One without content or end: meta, rect.
    static func empty(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> Markup {
        var html = "<\(name)"
        for (key, value) in attributes { html += " \(key)=\"\(escape(value))\"" }
        return Markup(html: html + "/>")
    }

    /// A style sheet of our own.
    static func style(_ css: StaticString) -> Markup { Markup(html: "<style>\(css)</style>") }

    static func + (a: Markup, b: Markup) -> Markup { Markup(html: a.html + b.html) }

    private static func escape(_ text: String) -> String {
        var out = ""
        for character in EvidenceText.printable(text).unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}

extension Markup: ExpressibleByStringInterpolation {
    init(stringLiteral text: String) { self = .text(text) }
}

extension [Markup] {
    var joined: Markup { reduce(.nothing, +) }
}
