import StepUpCore
import StepUpLogs

/// Lines of the RBA data set's CSV (RFC 4180). Its user agents begin with a word that says that nobody ever logged in like this.
public struct RBAWriter: Sendable {
    public static let header =
        "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover"

    private var index = 0

    public init() {}

    /// - Returns: nil: the format has no word for such an event.
    public mutating func line(_ event: LogEvent) -> String? {
        guard event.kind == .accepted || event.kind == .failed else { return nil }
        defer { index += 1 }
        let device = event.key.value.map { "\($0.type) \($0.fingerprint)" } ?? ""
        let isAttack = event.label == .takeover || event.kind == .failed && !event.isAccount
        let stamp = event.time.rfc3339
        let fields = [
            "\(index)", "\(stamp.prefix(10)) \(stamp.dropFirst(11).dropLast())", event.user, "",
            event.source.value?.description ?? "",
            event.locality?.country.value ?? "", "", "", event.locality?.system.value.map { "\($0.number)" } ?? "",
            "StepUp-synthetic/1 \(device)",
            device.isEmpty ? "none" : "ssh", "synthetic", device.isEmpty ? "no key" : device,
            event.kind == .accepted ? "True" : "False",
            isAttack ? "True" : "False", event.label == .takeover ? "True" : "False",
        ]
        return fields.map(Self.quoted).joined(separator: ",")
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
