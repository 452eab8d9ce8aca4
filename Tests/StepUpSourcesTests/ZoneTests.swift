import Glibc
import StepUpCore
import StepUpSources
import Testing

@Suite("Time zones", .serialized)
struct ZoneTests {
    @Test(
        "zone rules agree with the C library, hour by hour around every kind of change",
        arguments: [
            "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "UTC",
            "America/Sao_Paulo",
        ])
    func agreement(_ zone: String) throws {
        let rules = try ZoneFiles(directory: "/usr/share/zoneinfo").rules(of: zone)
        setenv("TZ", zone, 1)
        tzset()
        // From 1975 to 2060, every 31 hours.
        for seconds in stride(from: Int64(157_766_400), to: 2_840_140_800, by: 111_600) {
            var time = time_t(seconds)
            var local = tm()
            localtime_r(&time, &local)
            #expect(rules.offset(at: Timestamp(seconds: seconds)) == local.tm_gmtoff)
        }
    }

    @Test("a name that is no zone is an error, and none leads out of the directory")
    func names() {
        let files = ZoneFiles(directory: "/usr/share/zoneinfo")
        for name in ["", "Nowhere/Here", "../../../etc/passwd", "/etc/passwd", "Europe/", "Europe//Zurich", "Europe", "zone.tab"] {
            #expect(throws: SourceError.self) { try files.rules(of: name) }
        }
    }

    @Test("each zone of the host's own table can be read")
    func all() throws {
        let files = ZoneFiles(directory: "/usr/share/zoneinfo")
        let table = String(decoding: try SmallFile.read("/usr/share/zoneinfo/zone1970.tab", limit: 1 << 20), as: UTF8.self)
        let zones = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t")[2] }
        for zone in zones { #expect(files.problem(String(zone)) == nil) }
        #expect(zones.count > 300)
    }

    @Test("a footer says hours, minutes and days that a clock and a year have, or the file is refused")
    func footers() throws {
        let bytes = try SmallFile.read("/usr/share/zoneinfo/Europe/Zurich", limit: 1 << 20)
        let footer = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")))
        func zone(_ text: String) throws -> ZoneRules { try ZoneRules(tzif: bytes[...footer] + Array("\(text)\n".utf8)) }
        for text in ["UTC0", "<-24>24:59:59<-25>,J1,J365/167:59:59", "CET-1CEST,M3.5.0,M10.5.0/3", "AAA-24:59:59BBB,0/-167,365"] {
            let rules = try zone(text)
            for instant in [Timestamp(milliseconds: .min), Timestamp(milliseconds: .max)] {
                #expect(abs(rules.offset(at: instant)) < 93_600)
            }
        }
        for text in [
            "UTC25", "UTC0:60", "UTC0:0:60", "UTC999", "UTC-1CEST-25,M3.5.0,M10.5.0", "CET-1CEST,J0,J365", "CET-1CEST,J366,J1",
            "CET-1CEST,366,0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
            "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/99999999999999999999",
        ] { #expect(throws: ZoneError.self, "\(text)") { try zone(text) } }
    }

    @Test("a zone file that was cut or changed is refused or read, and never traps")
    func damaged() throws {
        let bytes = try SmallFile.read("/usr/share/zoneinfo/Europe/Zurich", limit: 1 << 20)
        for length in 0..<bytes.count { _ = try? ZoneRules(tzif: Array(bytes.prefix(length))) }
        for index in bytes.indices {
            var changed = bytes
            changed[index] = changed[index] &+ 127
            _ = try? ZoneRules(tzif: changed).offset(at: Timestamp(seconds: 1_700_000_000))
        }
    }
}

@Suite("Accounts of the system")
struct AccountTests {
    @Test("root is root, by name and by uid, and nobody is not there")
    func accounts() throws {
        let accounts = NSSAccounts()
        #expect(try accounts.account(named: "root")?.uid == 0)
        #expect(try accounts.account(uid: 0)?.groups.contains("root") == true)
        #expect(try accounts.account(named: "no-such-user-here") == nil)
    }
}
