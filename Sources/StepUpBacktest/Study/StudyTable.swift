import StepUpCore

/// What a study has found.
public struct StudyTable: Sendable {
    /// Shares of legitimate logins that are asked, in thousandths.
    public struct Cell: Hashable, Sendable {
        public var rate: Int
        /// 95 of 100 resamples of the accounts lie within (bootstrap); for a detection of .99 alone.
        public var interval: ClosedRange<Int>?
    }

    public var contestants: [String]
    /// How many accounts have a login behind so many others.
    public var accounts: [Int: Int] = [:]
    private var cells: [Place: Cell] = [:]

    private struct Place: Hashable {
        var attacker: Attacker
        var history: Int
        var detection: Int
        var contestant: Int
    }

    static let resamples = 100

    public subscript(attacker: Attacker, history: Int, detection: Int, contestant: Int) -> Cell? {
        cells[Place(attacker: attacker, history: history, detection: detection, contestant: contestant)]
    }

    public init(_ study: Study, seed: UInt64) {
        contestants = study.names
        var random = SplitMix(state: seed)
        for history in Study.histories {
            let samples = study.samples[history] ?? []
            accounts[history] = samples.count
            let draws = (0..<Self.resamples).map { _ in samples.indices.map { _ in Int.random(in: samples.indices, using: &random) }
            }
            for (number, attacker) in Attacker.allCases.enumerated() {
                for contestant in contestants.indices {
                    let own = samples.map { $0.own[contestant] }
                    let attacks = samples.map { sample in sample.attacks[number].map { $0[contestant] } }
                    func rate(_ chosen: some Collection<Int>, _ detection: Int) -> Int? {
                        ROC.rate(legitimate: chosen.map { own[$0] }, attacks: chosen.flatMap { attacks[$0] }, wanted: detection)
                            .map { Int(($0 * 1000).rounded()) }
                    }
                    for detection in Study.detections {
                        guard let found = rate(samples.indices, detection) else { continue }
                        var cell = Cell(rate: found)
                        if detection == 990 {
                            let rates = draws.compactMap { rate($0, detection) }.sorted()
                            if rates.count >= 40 {
                                cell.interval = rates[rates.count / 40]...rates[rates.count - 1 - rates.count / 40]
                            }
                        }
                        cells[Place(attacker: attacker, history: history, detection: detection, contestant: contestant)] = cell
                    }
                }
            }
        }
    }

    /// A table for each attacker, in Markdown.
    public func markdown(plot: (Attacker) -> String) -> String {
        var out = ""
        for attacker in Attacker.allCases {
            out +=
                "\n## \(attacker.name.prefix(1).uppercased())\(attacker.name.dropFirst())\n\n\(attacker.words)\n\n![\(alternative(attacker))](\(plot(attacker)))\n\n"
            out += "| detection | logins before | " + contestants.joined(separator: " | ") + " |\n"
            out += "|---|---|" + contestants.map { _ in "---:|" }.joined() + "\n"
            for detection in Study.detections {
                for history in Study.histories {
                    let row = contestants.indices.map { index in
                        guard let cell = self[attacker, history, detection, index] else { return "–" }
                        let interval = cell.interval.map { " (\(Self.text($0.lowerBound)) to \(Self.text($0.upperBound)))" } ?? ""
                        return Self.text(cell.rate) + interval
                    }
                    out += "| \(Self.text(detection)) | \(history) | " + row.joined(separator: " | ") + " |\n"
                }
            }
        }
        return out
    }

    /// Where the first policy asks no less than one of the baselines at a detection of .99, a line each.
    public var lost: [String] {
        Attacker.allCases.flatMap { attacker in
            Study.histories.flatMap { history -> [String] in
                guard let own = self[attacker, history, 990, 0] else { return [] }
                return contestants.indices.dropFirst(2).compactMap { index in
                    guard !contestants[index].hasSuffix("then score"), let other = self[attacker, history, 990, index],
                        own.rate >= other.rate
                    else { return nil }
                    return
                        "\(attacker.name), after \(history) logins: \(Self.text(own.rate)), and \(contestants[index]) \(Self.text(other.rate))"
                }
            }
        }
    }

    private func alternative(_ attacker: Attacker) -> String {
        let parts = contestants.indices.compactMap { index in
            self[attacker, 12, 990, index].map { "\(contestants[index]) \(Self.text($0.rate))" }
        }
        return "Asked after 12 logins at a detection of .99: " + parts.joined(separator: ", ")
    }

    /// Thousandths as `.990`, `1.000`.
    static func text(_ thousandths: Int) -> String {
        let part = String(thousandths % 1000)
        return (thousandths >= 1000 ? "\(thousandths / 1000)" : "") + "." + String(repeating: "0", count: 3 - part.count) + part
    }
}
