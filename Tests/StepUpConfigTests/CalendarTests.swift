import StepUpCore
import StepUpSources
import Testing

@testable import StepUpConfig

/// Desks and nights by real zones of this host.
@Suite("Calendars")
struct CalendarTests {
    /// Whether a calendar rule with this window fires at these moments.
    private func fires(_ inside: String, _ more: String = "", at moments: [String]) throws -> [Bool] {
        let text = "version = 1\n\(more)\n[[rule]]\nname = \"desk\"\nsignal = \"calendar\"\ninside = \(inside)\nrequire = \"otp\"\n"
        let policy = try PolicyLoader.load(text, file: "p", hash: "h")
        let zones = ZoneFiles(directory: "/usr/share/zoneinfo").readable(policy.needs.zones)
        #expect(zones.count == policy.needs.zones.count)
        let simulation = Simulation(policy, zones: zones)
        let login = SimulatedLogin(
            user: "alice", service: "sshd", host: "h", source: .notApplicable, key: .known(KeyFact(type: "t", fingerprint: "f")))
        return try moments.map { moment in
            let time = try #require(Timestamp(rfc3339: moment))
            return simulation.decision(login, at: time).effect == .otp
        }
    }

    @Test("a desk in Zurich opens at seven by the clock on its wall, in winter and in summer, on the days of both changes too")
    func daylightSaving() throws {
        let desk = #"{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = "07:00-19:00", zone = "Europe/Zurich" }"#
        let found = try fires(
            desk,
            at: [
                "2026-03-28T05:59:59Z", "2026-03-28T06:00:00Z",  // winter: 07:00 is 06:00 UTC
                "2026-03-29T04:59:59Z", "2026-03-29T05:00:00Z",  // the clock was put on at 01:00 UTC
                "2026-10-24T16:59:59Z", "2026-10-24T17:00:00Z",  // summer: 19:00 is 17:00 UTC
                "2026-10-25T17:59:59Z", "2026-10-25T18:00:00Z",  // and was put back
            ])
        #expect(found == [true, false, true, false, false, true, false, true])
    }

    @Test("a night that runs over midnight belongs to the evening on which it began, also where an hour is missing or comes twice")
    func night() throws {
        // The night shift of Saturday, from 22:00 to 06:00.
        let night = #"{ days = ["sat"], hours = "22:00-06:00", zone = "Europe/Zurich" }"#
        let spring = try fires(
            night,
            at: [
                "2026-03-28T20:59:59Z", "2026-03-28T21:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z",
                "2026-03-29T03:59:59Z",
                "2026-03-29T04:00:00Z", "2026-03-29T21:30:00Z",
            ])
        #expect(spring == [true, false, false, false, false, true, true], "seven hours long")
        let autumn = try fires(
            night,
            at: [
                "2026-10-24T20:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T04:59:59Z",
                "2026-10-25T05:00:00Z",
            ])
        #expect(autumn == [false, false, false, false, true], "nine hours long")
    }

    @Test("February has a 29th when it has one, and a holiday on it is one")
    func leapDay() throws {
        let desk =
            #"{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = "00:00-24:00", zone = "UTC", holidays = "ours" }"#
        let found = try fires(
            desk, "[holidays]\nours = [\"2028-02-29\"]",
            at: [
                "2028-02-28T23:59:59Z", "2028-02-29T00:00:00Z", "2028-02-29T23:59:59Z", "2028-03-01T00:00:00Z",
                "2027-03-01T00:00:00Z",
            ])
        #expect(found == [false, true, true, false, false])
        #expect(throws: ConfigError.self) { try fires(desk, "[holidays]\nours = [\"2027-02-29\"]", at: []) }
    }

    @Test("a holiday goes by the clock of its zone, and takes the night that began on it, not the one that ended on it")
    func holidays() throws {
        let more = "[holidays]\nours = [\"2026-12-25\"]"
        let everyDay = #"days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#
        let tokyo = try fires(
            "{ \(everyDay), hours = \"00:00-24:00\", zone = \"Asia/Tokyo\", holidays = \"ours\" }", more,
            at: ["2026-12-24T14:59:59Z", "2026-12-24T15:00:00Z", "2026-12-25T14:59:59Z", "2026-12-25T15:00:00Z"])
        #expect(tokyo == [false, true, true, false])
        let nights = try fires(
            "{ \(everyDay), hours = \"22:00-06:00\", zone = \"UTC\", holidays = \"ours\" }", more,
            at: ["2026-12-25T05:00:00Z", "2026-12-25T23:00:00Z", "2026-12-26T05:00:00Z", "2026-12-26T23:00:00Z"])
        #expect(nights == [false, true, true, false], "the night of the 25th is off until six on the 26th")
    }

    @Test("two people in different zones go by different clocks at one moment")
    func zones() throws {
        let at = ["2026-07-01T12:00:00Z"]
        func desk(_ zone: String) -> String { #"{ days = ["wed"], hours = "09:00-17:00", zone = "\#(zone)" }"# }
        #expect(try fires(desk("Europe/Zurich"), at: at) == [false] && fires(desk("America/New_York"), at: at) == [true])
        #expect(try fires(desk("Asia/Kolkata"), at: at) == [true] && fires(desk("Pacific/Chatham"), at: at) == [true])
    }
}
