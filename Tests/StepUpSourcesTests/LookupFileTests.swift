import Glibc
import StepUpCore
import Testing

@testable import StepUpSources

/// A folder of files that lists are read from.
private struct Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/stepup-lookups-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    func write(_ name: String, _ text: String) throws {
        let file = try #require(fopen("\(path)/\(name)", "w"))
        fputs(text, file)
        fclose(file)
    }

    func sources(maxAge: Span? = nil) -> LookupSources {
        var sources = LookupSources()
        sources.lists = [LookupSources.File(name: "l", path: "\(path)/list", maxAge: maxAge)]
        return sources
    }
}

@Suite("Files that are looked up in")
struct LookupFileTests {
    private let now = Timestamp(seconds: Int64(time(nil)))
    private let address = IPAddress("192.0.2.7")

    private func result(_ lookups: FileLookups, at time: Timestamp? = nil) throws -> ListFact.Result {
        lookups.list("l", holding: try #require(address), at: time ?? now).result
    }

    @Test("a list that takes the place of a good one is read when it has stayed the same from one look to the next")
    func pending() throws {
        let folder = try Folder()
        try folder.write("list", "192.0.2.0/24\n")
        var lookups = FileLookups(folder.sources())
        #expect(lookups.refresh().map(\.isProblem) == [false] && lookups.refresh().isEmpty)
        try folder.write("list", "10.0.0.0/8\n")
        #expect(lookups.refresh().isEmpty)
        #expect(try result(lookups) == .listed("192.0.2.0/24"), "it may still be being written")
        try folder.write("list", "10.0.0.0/8\n172.16.0.0/12\n")
        #expect(lookups.refresh().isEmpty, "and it was")
        #expect(lookups.refresh().count == 1)
        #expect(try result(lookups) == .notListed && lookups.states(at: now).map(\.entries) == [2])
    }

    @Test("a file that could not be read is tried again, unchanged as it is; one that is no list is not, until it changes")
    func transient() throws {
        let folder = try Folder()
        try folder.write("list", "192.0.2.0/24\n")
        func next(_ last: ReadFile<CIDRList>?, limit: Int) -> ReadFile<CIDRList>? {
            ReadFile.next(after: last, ["\(folder.path)/list"], limit: limit) { try CIDRList($0[0]) }
        }
        let failed = try #require(next(nil, limit: 4))
        #expect(failed.content == nil && failed.problem?.contains("larger than 4 bytes") == true)
        let read = try #require(next(failed, limit: 1000))
        #expect(read.content?.count == 1 && next(read, limit: 1000) == nil)
        try folder.write("list", "nonsense\n")
        let pending = try #require(next(read, limit: 1000))
        let broken = try #require(next(pending, limit: 1000))
        #expect(pending.content != nil && broken.content == nil && next(broken, limit: 1000) == nil)
    }

    @Test("whatever time a file claims, it is read, and one that is dated in the future has no age to be good by")
    func times() throws {
        let folder = try Folder()
        try folder.write("list", "192.0.2.0/24\n")
        for (seconds, expected) in [
            (Int.max, ListFact.Result.unknown("dated in the future")), (Int(now.seconds) + 90_000, .unknown("dated in the future")),
            (Int(now.seconds) + 3600, .listed("192.0.2.0/24")), (Int(now.seconds) - 3 * 86_400, .unknown("older than 2d")),
            (0, .unknown("older than 2d")),
        ] {
            let time = timespec(tv_sec: seconds, tv_nsec: 0)
            // A file system that keeps no such time has nothing to show.
            guard utimensat(AT_FDCWD, "\(folder.path)/list", [time, time], 0) == 0 else { continue }
            var lookups = FileLookups(folder.sources(maxAge: .days(2)))
            _ = lookups.refresh()
            #expect(try result(lookups) == expected, "\(seconds)")
        }
    }

    @Test("a place database that cannot be read is no reason to be content with the country")
    func place() throws {
        let folder = try Folder()
        try folder.write("geoip", "3221225984,3221226239,CH\n")
        try folder.write("geoip6", "2001:db8::,2001:db8::ff,CH\n")
        try folder.write("p.mmdb", "nonsense")
        var sources = LookupSources()
        sources.country = .tor(folder: folder.path)
        func place(_ sources: LookupSources) throws -> Observed<Place>? {
            var lookups = FileLookups(sources)
            _ = lookups.refresh()
            return lookups.locality(of: try #require(address), at: now)?.place
        }
        #expect(try place(sources) == Country.place(of: "CH").map { .known($0) })
        sources.place = "\(folder.path)/p.mmdb"
        #expect(try place(sources) == .unknown("the database cannot be read"))
        sources.egress = [try #require(CIDR("192.0.2.0/24"))]
        #expect(try place(sources) == .notApplicable)
    }

    @Test("a file that others may write to is refused, also through a link")
    func writers() throws {
        let folder = try Folder()
        try folder.write("open", "192.0.2.0/24\n")
        chmod("\(folder.path)/open", 0o666)
        symlink("\(folder.path)/open", "\(folder.path)/list")
        var lookups = FileLookups(folder.sources())
        #expect(lookups.refresh().first?.text.contains("can be written to by others") == true)
    }
}
