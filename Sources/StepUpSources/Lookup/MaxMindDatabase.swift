import CMaxMindDB
import Glibc
import StepUpCore

/// A database in MaxMind's format (MaxMind DB File Format Specification 2.0), read by libmaxminddb.
///
/// The library maps a file into memory, where one that somebody cuts would end the process. So it gets a copy that nobody can change.
final class MaxMindDatabase: @unchecked Sendable {
    // Written in `init` alone; lookups only read it, which the library allows from any thread.
    private let database: UnsafeMutablePointer<MMDB_s>

    static let sizeLimit = 512 << 20

    /// - Throws: `SourceError` with the library's reason.
    init(_ bytes: [UInt8]) throws(SourceError) {
        let copy = try MemoryFile.make(bytes)
        defer { close(copy) }
        let opened = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        let status = MMDB_open("/proc/self/fd/\(copy)", UInt32(MMDB_MODE_MMAP), opened)
        guard status == MMDB_SUCCESS else {
            opened.deallocate()
            throw SourceError("not a MaxMind database: \(String(cString: MMDB_strerror(status)))")
        }
        database = opened
    }

    deinit {
        MMDB_close(database)
        database.deallocate()
    }

    /// When it was made.
    var built: Timestamp {
        Timestamp(seconds: Int64(clamping: min(database.pointee.metadata.build_epoch, 253_402_300_799)))
    }

    /// Nodes of its tree: a measure of its size.
    var count: Int { Int(database.pointee.metadata.node_count) }

    func country(of address: IPAddress) -> Observed<String> {
        find(address) { entry in
            guard let code = entry.text(["country", "iso_code"]), Country.place(of: code) != nil else { return nil }
            return code
        }
    }

    func system(of address: IPAddress) -> Observed<AutonomousSystem> {
        find(address) { entry in
            guard let number = entry.integer(["autonomous_system_number"]), number > 0 else { return nil }
            let name = entry.text(["autonomous_system_organization"])
            return AutonomousSystem(number: number, organisation: name.map(AutonomousSystem.shortened))
        }
    }

    func place(of address: IPAddress) -> Observed<Place> {
        find(address) { entry in
            guard let latitude = entry.hundredths(["location", "latitude"]),
                let longitude = entry.hundredths(["location", "longitude"])
            else { return nil }
            let radius = entry.integer(["location", "accuracy_radius"]) ?? 100
            return Place(latitude: latitude, longitude: longitude, radius: Int(clamping: radius))
        }
    }

    private func find<Fact>(_ address: IPAddress, _ read: (Entry) -> Fact?) -> Observed<Fact> {
        // A database of IPv4 has no entry for the others.
        if address.family == .v6, database.pointee.metadata.ip_version == 4 { return .unknown("no entry") }
        var (name, failure) = (Int32(0), Int32(0))
        let result = MMDB_lookup_string(database, address.description, &name, &failure)
        guard name == 0, failure == MMDB_SUCCESS else { return .unknown("the database is damaged") }
        guard result.found_entry else { return .unknown("no entry") }
        return read(Entry(start: result.entry)).map { .known($0) } ?? .unknown("no entry")
    }

    /// What the database says of an address; a value that has another form than it should is not there.
    private struct Entry {
        var start: MMDB_entry_s

        func text(_ path: [StaticString]) -> String? {
            guard let data = value(path, MMDB_DATA_TYPE_UTF8_STRING), let start = data.utf8_string else { return nil }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(min(data.data_size, 1024)))
            return String(validating: bytes, as: UTF8.self)
        }

        func integer(_ path: [StaticString]) -> Int64? {
            if let data = value(path, MMDB_DATA_TYPE_UINT16) { return Int64(data.uint16) }
            return value(path, MMDB_DATA_TYPE_UINT32).map { Int64($0.uint32) }
        }

        /// A number of degrees; −18000 … 18000.
        func hundredths(_ path: [StaticString]) -> Int? {
            guard let degrees = value(path, MMDB_DATA_TYPE_DOUBLE)?.double_value, abs(degrees) <= 180 else { return nil }
            return Int((degrees * 100).rounded())
        }

        private func value(_ path: [StaticString], _ type: Int32) -> MMDB_entry_data_s? {
            var (start, data) = (start, MMDB_entry_data_s())
            let words =
                path.map { UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) } as [UnsafePointer<CChar>?] + [nil]
            guard MMDB_aget_value(&start, &data, words) == MMDB_SUCCESS, data.has_data, data.type == UInt32(type) else {
                return nil
            }
            return data
        }
    }
}
