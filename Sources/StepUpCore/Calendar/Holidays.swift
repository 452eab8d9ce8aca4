/// Days on which nobody is expected at a desk.
public struct Holidays: Hashable, Sendable {
    private let days: Set<CivilDate>
    /// The earliest of them; nil if there are none.
    public let first: CivilDate?
    /// The latest of them: after it, a list that names each day has run out. Nil if there are none.
    public let last: CivilDate?

    public init(_ days: some Sequence<CivilDate>) {
        self.days = Set(days)
        first = self.days.min()
        last = self.days.max()
    }

    public var count: Int { days.count }

    public func contains(_ date: CivilDate) -> Bool { days.contains(date) }
}
