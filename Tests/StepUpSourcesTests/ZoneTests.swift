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
