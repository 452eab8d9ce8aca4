/// Tables in boxes of their own, which scroll where they are wider than the page.
enum Table {
    /// - Parameters:
    ///   - numbers: columns of numbers, from 0.
    static func make(_ name: String, _ header: [String], numbers: Set<Int>, _ rows: [[Markup]]) -> Markup {
        func attributes(_ column: Int, _ scope: String) -> KeyValuePairs<StaticString, String> {
            numbers.contains(column) ? ["class": "n", "scope": scope] : ["scope": scope]
        }
        let head = Markup.element(
            "thead", [:],
            .element("tr", [:], header.enumerated().map { .element("th", attributes($0.offset, "col"), .text($0.element)) }))
        let body = rows.map { row in
            Markup.element(
                "tr", [:],
                row.enumerated().map { column, cell in
                    if column == 0 { return .element("th", ["scope": "row"], cell) }
                    return numbers.contains(column) ? .element("td", ["class": "n"], cell) : .element("td", [:], cell)
                })
        }
        return .element(
            "div", ["class": "box", "role": "region", "tabindex": "0", "aria-label": name],
            .element("table", [:], .element("caption", [:], .text(name)), head, .element("tbody", [:], body)))
    }
}
