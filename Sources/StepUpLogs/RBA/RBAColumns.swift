/// Why a header cannot be one of the RBA data set.
public struct RBAHeaderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The column that is missing.
    public var column: String

    public var description: String {
        "the header has no column '\(column)'; expected the CSV of the RBA data set with its header line, "
            + "whose columns may stand in any order"
    }
}

/// Which column of a row holds what.
struct RBAColumns: Hashable, Sendable {
    enum Field: Int, CaseIterable {
        case time, user, address, success, country, system, agent, browser, os, device, takeover

        var name: String {
            switch self {
            case .time: "Login Timestamp"
            case .user: "User ID"
            case .address: "IP Address"
            case .success: "Login Successful"
            case .country: "Country"
            case .system: "ASN"
            case .agent: "User Agent String"
            case .browser: "Browser Name and Version"
            case .os: "OS Name and Version"
            case .device: "Device Type"
            case .takeover: "Is Account Takeover"
            }
        }
    }

    private static let required: [Field] = [.time, .user, .address, .success]

    /// Of each column, whether it is one that is read.
    private(set) var fields: [Field?] = []

    /// - Throws: `RBAHeaderError` that names a column without which nothing can be read.
    init(header: ArraySlice<UInt8>) throws(RBAHeaderError) {
        var line = FieldText.withoutReturn(header)
        if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
        var row = CSVRow()
        if row.read(line) {
            for index in 0..<row.count {
                let name = row.value(index)
                let field = Field.allCases.first { FieldText.equals(name, $0.name) }
                fields.append(fields.contains(field) ? nil : field)
            }
        }
        for field in Self.required where !fields.contains(field) { throw RBAHeaderError(column: field.name) }
    }
}
