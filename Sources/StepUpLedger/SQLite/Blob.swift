import GRDB

/// Bytes as a BLOB. GRDB speaks Foundation's Data; this is the one place where the two meet.
import struct Foundation.Data

func blob(_ bytes: [UInt8]) -> DatabaseValue { Data(bytes).databaseValue }

extension Row {
    subscript(_ column: String) -> [UInt8] { Array(self[column] as Data) }
}
