/// A circle on the globe: somewhere within `radius` of a point. An address is known to be in a town or in a country, never at a
/// point.
public struct Place: Hashable, Sendable {
    /// Hundredths of a degree north of the equator, −9000 … 9000.
    public let latitude: Int
    /// Hundredths of a degree east of Greenwich, −18000 … 18000.
    public let longitude: Int
    /// Kilometres, 0 … 20000.
    public let radius: Int

    /// Each value is clamped to its range.
    public init(latitude: Int, longitude: Int, radius: Int) {
        self.latitude = min(max(latitude, -9000), 9000)
        self.longitude = min(max(longitude, -18_000), 18_000)
        self.radius = min(max(radius, 0), 20_000)
    }
}
