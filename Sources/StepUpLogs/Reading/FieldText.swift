import StepUpCore

/// Values of the fields of a line, from its bytes.
enum FieldText {
    /// Bytes of a name that are kept.
    static let limit = 256

    /// As it was given; what is not UTF-8, or too long, is escaped.
    static func text(_ bytes: ArraySlice<UInt8>, limit: Int = limit) -> String {
        if bytes.count <= limit, let text = String(validating: bytes, as: UTF8.self) { return text }
        return EvidenceText.escape(bytes, limit: limit)
    }

    static func equals(_ bytes: ArraySlice<UInt8>, _ text: String) -> Bool {
        bytes.count == text.utf8.count && bytes.elementsEqual(text.utf8)
    }

    /// A line of a file that was written on Windows still has half of its end.
    static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> { line.last == 0x0d ? line.dropLast() : line }
}
