/// Where a code may stand in a field that holds password and code (for clients that cannot ask).
public struct AppendedCode: Hashable, Sendable {
    /// Bytes of the field that are the password, and those that are the code.
    public var password: Range<Int>
    public var code: Range<Int>

    /// The places where digits of the right number stand, the longest code first.
    /// - Parameters:
    ///   - digits: how many digits the user's codes have.
    public static func candidates(
        in field: UnsafeRawBufferPointer, digits: Set<Int>, _ entry: CodeEntry
    ) -> [AppendedCode] {
        let gap = Array(entry.separator.utf8)
        return digits.sorted(by: >).compactMap { count in
            let least = count + gap.count
            guard field.count >= least else { return nil }
            let candidate: AppendedCode
            switch entry.append {
            case .no: return nil
            case .suffix:
                candidate = AppendedCode(password: 0..<field.count - least, code: field.count - count..<field.count)
            case .prefix: candidate = AppendedCode(password: least..<field.count, code: 0..<count)
            }
            let between = entry.append == .suffix ? candidate.password.upperBound : count
            guard !candidate.password.isEmpty, field[candidate.code].allSatisfy({ (48...57).contains($0) }),
                field[between..<between + gap.count].elementsEqual(gap)
            else { return nil }
            return candidate
        }
    }
}
