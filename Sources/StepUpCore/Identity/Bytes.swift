extension Sequence<UInt8> {
    /// The number that bytes in network order are; of more than `Value` holds, the last count.
    @inlinable public func bigEndian<Value: FixedWidthInteger>(as _: Value.Type) -> Value {
        reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }
}

extension UInt8 {
    /// An ASCII letter in lower case; anything else as it is.
    @inlinable public var lowercasedASCII: UInt8 { (65...90).contains(self) ? self + 32 : self }
}
