/// Whether a list of networks holds the address that a login comes from; recorded with the decision (S22).
public struct ListFact: Hashable, Sendable {
    public enum Result: Hashable, Sendable {
        /// By this network of the list.
        case listed(String)
        case notListed
        /// The list could not be read, or is too old.
        case unknown(String)
    }

    public var list: String
    /// The first 128 bits of the file's SHA-256, in hex; nil: there is none.
    public var hash: String?
    public var result: Result

    public init(list: String, hash: String?, result: Result) { (self.list, self.hash, self.result) = (list, hash, result) }

    /// Names of lists have at most so many bytes.
    public static let nameLimit = 32
}

extension ListFact: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("hash", hash)
            out.member("list", list)
            if case .listed(let network) = result { out.member("listed", network) }
            if case .unknown(let reason) = result { out.member("unknown", reason) }
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        var result = Result.notListed
        if let network = reader.optional("listed") { result = .listed(try network.string()) }
        if let reason = reader.optional("unknown") { result = .unknown(try reason.string()) }
        self.init(list: try reader.member("list").string(), hash: try reader.optional("hash")?.string(), result: result)
    }
}
