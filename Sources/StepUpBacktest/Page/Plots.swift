import StepUpCore

/// Plots of plain SVG and boxes. Each says in words what it shows, and has its numbers below it in a table.
enum Plot {
    /// - Parameters:
    ///   - finding: what it shows, for whoever does not see it.
    static func figure(_ caption: Markup, finding: String, _ drawing: Markup, numbers: Markup) -> Markup {
        .element(
            "figure", [:], .element("figcaption", [:], caption), .element("div", ["role": "img", "aria-label": finding], drawing),
            .element("details", [:], .element("summary", [:], "The numbers"), numbers))
    }

    /// One stretch of time.
    struct Bucket {
        var label: String
        var first: Int
        var second: Int?
    }

    /// Bars of the first, a line for the second.
    static func overTime(_ buckets: [Bucket]) -> Markup {
        let most = max(1, buckets.map { max($0.first, $0.second ?? 0) }.max() ?? 1)
        let (width, height) = (1000, 240)
        func x(_ index: Int) -> Int { index * width / max(1, buckets.count) }
        var shapes: [Markup] = [0, 1, 2].map { third in
            .empty(
                "line",
                ["class": "grid", "x1": "0", "x2": "\(width)", "y1": "\(third * height / 2)", "y2": "\(third * height / 2)"])
        }
        for (index, bucket) in buckets.enumerated() where bucket.first > 0 {
            let tall = max(1, bucket.first * height / most)
            let wide = max(1, x(index + 1) - x(index) - (buckets.count <= 120 ? 2 : 0))
            shapes.append(
                .element(
                    "rect",
                    ["class": "bar1", "x": "\(x(index))", "y": "\(height - tall)", "width": "\(wide)", "height": "\(tall)"],
                    .element("title", [:], "\(bucket.label): \(Figures.count(bucket.first))")))
        }
        if buckets.contains(where: { $0.second != nil }) {
            let points = buckets.enumerated().map { index, bucket in
                "\((x(index) + x(index + 1)) / 2),\(height - (bucket.second ?? 0) * height / most)"
            }
            shapes.append(.empty("polyline", ["class": "bar2", "points": points.joined(separator: " ")]))
        }
        let axis = Markup.element(
            "div", ["class": "axis", "aria-hidden": "true"], .element("span", [:], .text(buckets.first?.label ?? "")),
            .element("span", [:], "highest: \(Figures.count(most))"), .element("span", [:], .text(buckets.last?.label ?? "")))
        return .element(
            "svg",
            ["viewBox": "0 0 \(width) \(height)", "preserveAspectRatio": "none", "style": "height:14rem", "aria-hidden": "true"],
            shapes) + axis
    }

    /// A bar for each row: all of it, and the part of it that is alone.
    struct Row {
        var label: String
        var whole: Int
        var part: Int
        var second: Int?
        var text: String
    }

    static func bars(_ rows: [Row]) -> Markup {
        let most = max(1, rows.map { max($0.whole, $0.second ?? 0) }.max() ?? 1)
        func width(_ value: Int) -> String { "width:\(value * 100 / most).\(value * 1000 / most % 10)%" }
        return .element(
            "div", ["class": "rows", "aria-hidden": "true"],
            rows.map { row in
                .element("span", [:], .text(row.label))
                    + .element(
                        "span", ["class": "track"], .element("i", ["style": width(row.whole)]),
                        .element("i", ["class": "alone", "style": width(row.part)]),
                        row.second.map { .element("i", ["class": "two", "style": width($0)]) } ?? .nothing)
                    + .element("b", [:], .text(row.text))
            })
    }

    static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// Hours of the week: the more, the darker; what is none is empty.
    static func heat(_ values: [Int], logins: [Int]) -> Markup {
        let most = max(1, values.max() ?? 1)
        var cells: [Markup] = [.element("span", [:])]
        for hour in 0..<24 {
            cells.append(
                .element(
                    "span",
                    [
                        "class": hour % 6 == 0 ? "h q six" : hour % 3 == 0 ? "h q" : "h q",
                        "style": hour % 3 == 0 ? "" : "visibility:hidden",
                    ], "\(hour)"))
        }
        for (day, name) in days.enumerated() {
            cells.append(.element("span", [:], .text(name)))
            for hour in 0..<24 {
                let index = day * 24 + hour
                let (value, login) = (values[index], logins[index])
                let shade = value == 0 ? "" : "background:rgba(var(--heat),\(decimal(150 + 850 * value / most)))"
                cells.append(
                    .element(
                        "i",
                        [
                            "style": shade,
                            "title": "\(name) \(hour):00: \(Figures.of(value, "prompt")) of \(Figures.of(login, "login"))",
                        ]))
            }
        }
        return .element("div", ["class": "heat", "aria-hidden": "true"], cells)
    }

    /// Thousandths as `0.150`.
    private static func decimal(_ thousandths: Int) -> String {
        let part = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - part.count) + part
    }
}
