import Foundation
import StepUpTestKit
import Testing

@testable import StepUpCore

extension SplitMix {
    fileprivate mutating func place() -> Place {
        at(Int(next() % 18_001) - 9000, Int(next() % 36_001) - 18_000)
    }
}

private func at(_ latitude: Int, _ longitude: Int, radius: Int = 0) -> Place {
    Place(latitude: latitude, longitude: longitude, radius: radius)
}

/// The arctangent form, which holds near both ends.
private func kilometres(_ a: Place, _ b: Place) -> Double {
    func radians(_ hundredths: Int) -> Double { Double(hundredths) * .pi / 18_000 }
    let (from, to, turn) = (radians(a.latitude), radians(b.latitude), radians(b.longitude - a.longitude))
    let y = hypot(cos(to) * sin(turn), cos(from) * sin(to) - sin(from) * cos(to) * cos(turn))
    return 6371 * atan2(y, sin(from) * sin(to) + cos(from) * cos(to) * cos(turn))
}

/// A place in zone.tab: ISO 6709, `+4723+00832` or `+404251-0740023`.
private struct ZonePlace {
    let country: String
    let name: String
    let place: Place

    init?(line: Substring) {
        let fields = line.split(separator: "\t")
        guard fields.count >= 3, let split = fields[1].dropFirst().firstIndex(where: { "+-".contains($0) }),
            let latitude = Self.hundredths(fields[1][..<split], degrees: 2),
            let longitude = Self.hundredths(fields[1][split...], degrees: 3)
        else { return nil }
        (country, name, place) = (String(fields[0]), String(fields[2]), at(latitude, longitude))
    }

    private static func hundredths(_ text: Substring, degrees: Int) -> Int? {
        let digits = text.dropFirst()
        let padded = digits + String(repeating: "0", count: max(0, degrees + 4 - digits.count))
        guard let number = Int(padded) else { return nil }
        let seconds = number / 10_000 * 3600 + number / 100 % 100 * 60 + number % 100
        return (text.first == "-" ? -1 : 1) * (seconds + 18) / 36
    }
}

@Suite("Places and distances")
struct GeoTests {
    private static let zurich = at(4738, 854)
    private static let london = at(5151, -13)

    @Test(
        "distances are those of the atlas, on a sphere of 6371 km",
        arguments: [
            (zurich, at(129, 10_385), 10_301), (at(4071, -7401), london, 5570), (at(-3387, 15_121), at(-3345, -7067), 11_346),
            (at(9000, 0), at(-9000, 0), 20_015), (at(9000, 1234), at(-9000, -17_000), 20_015), (at(9000, 0), at(9000, 18_000), 0),
            (at(0, 0), at(0, 18_000), 20_015), (at(4738, 854), at(-4738, -17_146), 20_015), (at(0, 0), at(9000, 0), 10_008),
            (at(0, 0), at(0, 9000), 10_008), (at(-1714, 17_999), at(-1714, -17_999), 2), (at(0, 18_000), at(0, -18_000), 0),
            (at(-1800, 17_850), at(-1350, -17_180), 1152), (zurich, zurich, 0), (at(0, 0), at(0, 1), 1), (at(0, 0), at(1, 0), 1),
            (at(8999, 0), at(8999, 18_000), 2), (at(8000, 0), at(8000, 1), 0),
        ])
    func known(_ a: Place, _ b: Place, _ expected: Int) {
        #expect(a.distance(to: b) == expected)
        #expect(b.distance(to: a) == expected)
    }

    @Test("any two places: within 510 m of the arithmetic in Double, the same both ways, never beyond half the globe")
    func anywhere() {
        var random = SplitMix(state: 1)
        for _ in 0..<20_000 {
            let (a, b) = (random.place(), random.place())
            let distance = a.distance(to: b)
            #expect(abs(Double(distance) - kilometres(a, b)) < 0.51, "\(a) \(b)")
            #expect(distance == b.distance(to: a))
            #expect((0...20_015).contains(distance))
            #expect(a.distance(to: a) == 0)
        }
    }

    @Test("places close together and close to each other's antipode are as exact")
    func bothEnds() {
        var random = SplitMix(state: 2)
        for _ in 0..<5000 {
            let a = random.place()
            let b = at(
                a.latitude + .random(in: -50...50, using: &random), a.longitude + .random(in: -50...50, using: &random))
            let antipode = at(-b.latitude, b.longitude > 0 ? b.longitude - 18_000 : b.longitude + 18_000)
            #expect(abs(Double(a.distance(to: b)) - kilometres(a, b)) < 0.51, "\(a) \(b)")
            #expect(abs(Double(a.distance(to: antipode)) - kilometres(a, antipode)) < 0.51, "\(a) \(antipode)")
        }
    }

    @Test("no way round is shorter than the direct one, but for the rounding")
    func triangle() {
        var random = SplitMix(state: 3)
        for _ in 0..<5000 {
            let (a, b, c) = (random.place(), random.place(), random.place())
            #expect(a.distance(to: c) <= a.distance(to: b) + b.distance(to: c) + 1, "\(a) \(b) \(c)")
        }
    }

    @Test("the distances of many places are these to the last bit, here and on any other machine")
    func pinned() {
        var random = SplitMix(state: 4)
        var digest: UInt64 = 0
        for _ in 0..<10_000 {
            digest = (digest &* 31) &+ UInt64(random.place().distance(to: random.place()))
        }
        #expect(digest == 13_643_836_822_542_985_811)
    }

    @Test("the least distance lies between the circles, and is 0 where they touch")
    func circles() {
        let wide = at(4738, 854, radius: 300)
        #expect(wide.distance(to: Self.london) == Self.zurich.distance(to: Self.london))
        #expect(wide.leastDistance(to: Self.london) == wide.distance(to: Self.london) - 300)
        #expect(wide.leastDistance(to: at(5151, -13, radius: 400)) == wide.distance(to: Self.london) - 700)
        #expect(wide.leastDistance(to: at(5151, -13, radius: 500)) == 0)
        #expect(wide.leastDistance(to: wide) == 0)
    }

    @Test("any number makes a place, clamped, and any two places have a distance")
    func clamped() {
        let corners = [Int.min, -9001, 0, 9001, Int.max].flatMap { a in
            [Int.min, -18_001, 0, 18_001, Int.max].map { Place(latitude: a, longitude: $0, radius: a) }
        }
        for a in corners {
            #expect((-9000...9000).contains(a.latitude) && (-18_000...18_000).contains(a.longitude))
            #expect((0...20_000).contains(a.radius))
            for b in corners { #expect((0...20_015).contains(a.distance(to: b)) && a.leastDistance(to: b) >= 0) }
        }
    }
}

@Suite("Countries")
struct CountryTests {
    @Test("249 codes of ISO 3166-1 and XK have a circle within the ranges, and no other text has one")
    func complete() {
        #expect(Country.places.count == 250)
        for (code, place) in Country.places {
            #expect(code.utf8.count == 2 && code.utf8.allSatisfy { (65...90).contains($0) }, "\(code)")
            #expect((1...4500).contains(place.radius), "\(code)")
            #expect((-9000...9000).contains(place.latitude) && (-18_000...18_000).contains(place.longitude), "\(code)")
        }
        for text in ["", "ch", "CHE", "C", "XX", "ZZ", "EU", "CH "] { #expect(Country.place(of: text) == nil) }
    }

    @Test(
        "circles are as wide as the countries",
        arguments: [
            ("CH", 150...220), ("SG", 15...40), ("VA", 1...5), ("GB", 450...700), ("FR", 500...750), ("NO", 800...950),
            ("AU", 2000...2800), ("US", 4000...4500), ("RU", 3800...4200), ("DE", 400...500),
        ])
    func widths(_ code: String, _ radius: ClosedRange<Int>) throws {
        #expect(radius.contains(try #require(Country.place(of: code)).radius))
    }

    @Test("neighbours touch, and far countries stay apart")
    func apart() throws {
        func least(_ a: String, _ b: String) throws -> Int {
            try #require(Country.place(of: a)).leastDistance(to: try #require(Country.place(of: b)))
        }
        #expect(try least("CH", "DE") == 0)
        #expect(try least("US", "CA") == 0)
        #expect((9500...10_300).contains(try least("CH", "SG")))
        #expect((1500...3000).contains(try least("GB", "US")))
        #expect(try least("DE", "BR") > 5000)
    }

    @Test(
        "every place in zone.tab lies in its country's circle",
        .enabled(if: FileManager.default.isReadableFile(atPath: "/usr/share/zoneinfo/zone.tab")))
    func zones() throws {
        let text = try String(contentsOfFile: "/usr/share/zoneinfo/zone.tab", encoding: .utf8)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count > 300)
        for line in lines {
            let zone = try #require(ZonePlace(line: line), "\(line)")
            let country = try #require(Country.place(of: zone.country), "\(zone.country)")
            #expect(country.distance(to: zone.place) <= country.radius, "\(zone.name)")
        }
    }
}
