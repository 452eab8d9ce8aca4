import CLinux
import CLoc
import Glibc
import StepUpCore

/// Autonomous systems from a database of libloc (Debian's libloc-database).
///
/// libloc reads what a file says it should without looking whether it is there, and a cut file ends the process. So only one whose
/// signature is good is read, from a copy in memory that nobody can change, and it is asked for everything at once.
enum LocDatabase {
    static let sizeLimit = 512 << 20

    /// - Parameter key: PEM of the key that it must be signed with.
    /// - Throws: `SourceError` that says what is wrong with the file.
    static func read(_ bytes: [UInt8], key: [UInt8]) throws(SourceError) -> (table: SystemTable, made: Timestamp) {
        guard bytes.starts(with: Array("LOCDBXX".utf8)) else { throw SourceError("not a database of libloc") }
        let (file, keyFile) = (try stream(bytes), try stream(key))
        defer { _ = (fclose(file), fclose(keyFile)) }
        var (context, database): (OpaquePointer?, OpaquePointer?)
        guard loc_new(&context) == 0, loc_database_new(context, &database, file) == 0, database != nil else {
            throw SourceError("libloc cannot read it: it looks cut off")
        }
        defer {
            loc_database_unref(database)
            loc_unref(context)
        }
        guard loc_database_verify(database, keyFile) == 0 else {
            throw SourceError("its signature is not good: it is cut off, or another key signed it")
        }
        var table = SystemTable()
        try networks(of: database, into: &table)
        try names(of: database, into: &table)
        table.finish()
        guard table.count > 0 else { throw SourceError("it names no autonomous system") }
        return (table, Timestamp(seconds: Int64(loc_database_created_at(database))))
    }

    private static func networks(of database: OpaquePointer?, into table: inout SystemTable) throws(SourceError) {
        try each(LOC_DB_ENUMERATE_NETWORKS, of: database, loc_database_enumerator_next_network) { network throws(SourceError) in
            defer { loc_network_unref(network) }
            // An IPv4 network is written as one of IPv6 (RFC 4291, 2.5.5.2), its prefix as one of IPv4.
            guard var first = loc_network_get_first_address(network)?.pointee,
                let address = withUnsafeBytes(of: &first, { IPAddress(bytes: Array($0)) })
            else { return }
            let block = CIDR(address: address, prefix: Int(loc_network_prefix(network)))
            guard table.add(block, loc_network_get_asn(network)) else {
                throw SourceError("its networks are not in order at \(block)")
            }
        }
    }

    private static func names(of database: OpaquePointer?, into table: inout SystemTable) throws(SourceError) {
        try each(LOC_DB_ENUMERATE_ASES, of: database, loc_database_enumerator_next_as) { system throws(SourceError) in
            defer { loc_as_unref(system) }
            if let name = loc_as_get_name(system), name.pointee != 0 {
                table.name(loc_as_get_number(system), String(cString: name))
            }
        }
    }

    /// Calls `body` with each entry of a kind, which it has to let go.
    private static func each(
        _ kind: loc_database_enumerator_mode, of database: OpaquePointer?,
        _ next: (OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?) -> Int32,
        _ body: (OpaquePointer) throws(SourceError) -> Void
    ) throws(SourceError) {
        var enumerator: OpaquePointer?
        guard loc_database_enumerator_new(&enumerator, database, kind, 0) == 0 else {
            throw SourceError("libloc cannot list what is in it")
        }
        defer { loc_database_enumerator_unref(enumerator) }
        var entry: OpaquePointer?
        while next(enumerator, &entry) == 0, let found = entry {
            entry = nil
            try body(found)
        }
    }

    /// Bytes as a stream that nobody else has.
    private static func stream(_ bytes: [UInt8]) throws(SourceError) -> UnsafeMutablePointer<FILE> {
        let descriptor = try MemoryFile.make(bytes)
        guard let file = fdopen(descriptor, "r") else {
            close(descriptor)
            throw SourceError("no memory for the database: \(String(cString: strerror(errno)))")
        }
        return file
    }
}
