/// A wall-clock instant: milliseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public init(seconds: Int64) { self.init(milliseconds: seconds * 1000) }

    /// Whole seconds since the epoch, rounded down, also before 1970.
    public var seconds: Int64 { floorDivide(milliseconds, 1000) }

    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
    public static func + (a: Self, b: Span) -> Self { .init(milliseconds: a.milliseconds + b.milliseconds) }
    public static func - (a: Self, b: Span) -> Self { .init(milliseconds: a.milliseconds - b.milliseconds) }
    public static func - (a: Self, b: Self) -> Span { .init(milliseconds: a.milliseconds - b.milliseconds) }
}

/// A length of time in milliseconds; may be negative.
public struct Span: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public static func seconds(_ n: Int64) -> Self { .init(milliseconds: n * 1000) }
    public static func minutes(_ n: Int64) -> Self { .seconds(n * 60) }
    public static func hours(_ n: Int64) -> Self { .seconds(n * 3600) }
    public static func days(_ n: Int64) -> Self { .seconds(n * 86_400) }

    public var seconds: Int64 { floorDivide(milliseconds, 1000) }
    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
}

/// Division that rounds toward minus infinity; `b` is positive.
func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    a >= 0 ? a / b : (a + 1) / b - 1
}
