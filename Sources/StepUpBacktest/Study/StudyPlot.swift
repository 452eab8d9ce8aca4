import StepUpCore

extension StudyTable {
    /// Bars of one attacker at a detection of .99: for each contestant one after 4, 12 and 39 logins. An SVG by itself, for light and dark.
    public func plot(_ attacker: Attacker) -> String {
        let (left, width, rowHeight, top) = (190, 720, 62, 56)
        let height = top + contestants.count * rowHeight + 24
        var shapes: [Markup] = [
            .style(
                """
                text{font:14px system-ui,sans-serif;fill:#1b2330}.faint{fill:#566072}.grid{stroke:#d5dae2}.a{fill:#9dbce6}.b{fill:#4b83cf}.c{fill:#143f80}
                @media (prefers-color-scheme:dark){text{fill:#e4e8ee}.faint{fill:#a3adbd}.grid{stroke:#343d4b}.a{fill:#33557f}.b{fill:#5f97de}.c{fill:#b9d6ff}}
                """),
            .element("text", ["x": "0", "y": "18"], "Legitimate logins asked where .99 of the attempts are: \(attacker.name)"),
            .element("text", ["x": "0", "y": "38", "class": "faint"], "after 4, 12 and 39 logins, from above"),
        ]
        for quarter in 0...4 {
            let x = left + (width - left - 60) * quarter / 4
            shapes.append(.empty("line", ["class": "grid", "x1": "\(x)", "x2": "\(x)", "y1": "\(top)", "y2": "\(height - 20)"]))
            shapes.append(
                .element(
                    "text", ["class": "faint", "x": "\(x)", "y": "\(height - 4)", "text-anchor": "middle"],
                    "\(["0", ".25", ".5", ".75", "1"][quarter])"))
        }
        for (index, name) in contestants.enumerated() {
            let y = top + index * rowHeight
            shapes.append(.element("text", ["x": "0", "y": "\(y + 32)"], .text(name)))
            for (number, history) in Study.histories.enumerated() {
                guard let cell = self[attacker, history, 990, index] else { continue }
                let bar = (width - left - 60) * cell.rate / 1000
                let line = y + 6 + number * 17
                shapes.append(
                    .element(
                        "rect",
                        [
                            "class": ["a", "b", "c"][number], "x": "\(left)", "y": "\(line)", "width": "\(max(1, bar))",
                            "height": "14",
                        ],
                        .element("title", [:], "\(name), after \(history) logins: \(Self.text(cell.rate))")))
                shapes.append(.element("text", ["x": "\(left + bar + 6)", "y": "\(line + 12)"], .text(Self.text(cell.rate))))
            }
        }
        return Markup.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width) \(height)", "role": "img",
                "aria-label": "Rates for \(attacker.name)",
            ],
            shapes
        ).html + "\n"
    }
}
