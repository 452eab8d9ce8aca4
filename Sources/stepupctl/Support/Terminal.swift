import CLinux
import Glibc
import StepUpCore

/// What goes to a person. Everything that came from outside is escaped on its way (S29).
enum Terminal {
    static let isInteractive = isatty(STDOUT_FILENO) == 1
    private static let hasColour = isInteractive && getenv("NO_COLOR") == nil

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// `text` in a style, on a terminal; plain anywhere else.
    static func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Whatever was printed has arrived: an export that was cut short must not look like a whole one.
    static func finish() throws {
        let code = clinux_finish_stdout()
        guard code == 0 else { throw Failure("the output was not written whole: \(String(cString: strerror(code)))") }
    }

    /// Takes the place of standard streams that are closed, so that no file or socket of ours does; writing there fails.
    static func fillClosedStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// JSON as it is stored; on a terminal, what would not print as itself becomes `\\u…`, which is the same JSON (S29).
    static func json(_ text: String) {
        guard isInteractive, EvidenceText.printable(text) != text else { return print(text) }
        var out = ""
        for scalar in text.unicodeScalars {
            if EvidenceText.printable(String(scalar)) == String(scalar) {
                out.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        print(out)
    }

    static func complain(_ reason: String) {
        let lines = reason.split(separator: "\n").map { EvidenceText.printable(String($0)) }
        Array("stepupctl: \(lines.joined(separator: "\n"))\n".utf8).withUnsafeBytes {
            _ = write(STDERR_FILENO, $0.baseAddress, $0.count)
        }
    }

    /// A prompt on standard error and a line from standard input; nil at its end.
    static func ask(_ question: String) -> String? {
        Array(question.utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
        let line = readLine()
        if line == nil { _ = write(STDERR_FILENO, "\n", 1) }
        return line
    }

    /// Columns padded to their widest cell.
    static func table(_ header: [String], _ rows: [[String]]) {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for (number, row) in all.enumerated() {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            print(number == 0 ? styled(line, .dim) : line)
        }
    }
}

extension Timestamp {
    /// `2026-11-24 04:10:02Z`
    var forPeople: String { String(rfc3339.prefix(19).map { $0 == "T" ? " " : $0 }) + "Z" }
}
