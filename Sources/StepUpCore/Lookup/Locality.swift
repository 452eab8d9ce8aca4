/// What the databases of this host say of the address that a login comes from; recorded with the decision (S22).
public struct Locality: Hashable, Sendable {
    /// ISO 3166-1 alpha-2.
    public var country: Observed<String>
    public var system: Observed<AutonomousSystem>
    /// Of no meaning for an address of an egress network: it says nothing about where the person is.
    public var place: Observed<Place>
    /// What was asked: kind, date and hash of each, `country 2026-06-25 1f0c…`.
    public var databases: [String]

    public init(
        country: Observed<String>, system: Observed<AutonomousSystem>, place: Observed<Place>, databases: [String] = []
    ) {
        (self.country, self.system, self.place, self.databases) = (country, system, place, databases)
    }

    /// Where nothing could be looked up.
    static let nowhere = Locality(country: .notApplicable, system: .notApplicable, place: .notApplicable)

    /// At its longest, to know what an event must have room for.
    public static let longest = Locality(
        country: .unknown(longestReason),
        system: .known(
            AutonomousSystem(number: 4_294_967_295, organisation: String(repeating: "\"", count: AutonomousSystem.nameLimit))),
        place: .known(Place(latitude: -9000, longitude: -18_000, radius: 20_000)),
        databases: [String](repeating: "country 2026-01-01 " + String(repeating: "0", count: 32), count: 3))

    /// Bytes that a reason of a database's or list's being unknown may have.
    public static let reasonLimit = 48
    static let longestReason = String(repeating: "x", count: reasonLimit)
}

/// A network of the internet under one administration (RFC 1930).
public struct AutonomousSystem: Hashable, Sendable {
    public var number: Int64
    /// As the database names it, printable and clipped; nil: it does not.
    public var organisation: String?

    public init(number: Int64, organisation: String?) { (self.number, self.organisation) = (number, organisation) }

    /// Bytes of an organisation's name that are kept.
    public static let nameLimit = 48

    /// A name as it is kept: what prints, as much as there is room for.
    public static func shortened(_ name: String) -> String {
        var kept = ""
        for scalar in EvidenceText.printable(name).unicodeScalars {
            guard kept.utf8.count + UTF8.width(scalar) <= nameLimit else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}

extension Locality: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("country", country)
            if !databases.isEmpty { out.member("databases", databases) }
            out.member("place", place)
            out.member("system", system)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(
            country: try Observed(reader: try reader.member("country")) { reader throws(JSONError) in try reader.string() },
            system: try Observed(reader: try reader.member("system"), decode: AutonomousSystem.init),
            place: try Observed(reader: try reader.member("place"), decode: Place.init),
            databases: try reader.optional("databases")?.strings() ?? [])
    }
}

extension AutonomousSystem: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) {
        out.object { out in
            out.member("number", number)
            out.member("organisation", organisation)
        }
    }

    init(reader: JSONReader) throws(JSONError) {
        self.init(number: try reader.member("number").integer(), organisation: try reader.optional("organisation")?.string())
    }
}

extension Place: CanonicalJSON {
    public func write(to out: inout CanonicalWriter) { out.array([latitude, longitude, radius]) }

    init(reader: JSONReader) throws(JSONError) {
        let numbers = try reader.integers()
        guard numbers.count == 3 else { throw reader.failure("expected latitude, longitude and radius") }
        self.init(latitude: numbers[0], longitude: numbers[1], radius: numbers[2])
    }
}
