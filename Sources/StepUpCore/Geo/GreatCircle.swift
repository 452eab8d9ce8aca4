/// Distances over the globe, taken for a sphere of radius 6371 km. Whole numbers only: a decision is derived again years later on
/// another machine, and must come out the same to the last bit.
extension Place {
    /// Kilometres between the two centres, 0 … 20015, the same both ways. The distance on the sphere is rounded down to a metre
    /// and then to the nearest kilometre, halves up; the arithmetic is good to 3 m.
    public func distance(to other: Place) -> Int {
        // The haversine formula, hav d = hav Δφ + cos φ₁ cos φ₂ hav Δλ, where hav x = sin²(x/2). Beyond a quarter of the globe
        // it grows too flat to be inverted, so there the way to the antipode is measured and taken from half the globe.
        let cosines = product(sine(18_000 - 2 * abs(latitude)), sine(18_000 - 2 * abs(other.latitude)))
        let turn = abs(longitude - other.longitude)
        let across = sine(turn <= 18_000 ? turn : 36_000 - turn)
        let along = sine(abs(18_000 - turn))
        let near = haversine(sine(abs(latitude - other.latitude)), cosines, across)
        let far = haversine(sine(abs(latitude + other.latitude)), cosines, along)
        return ((near <= far ? metres(near) : halfGlobe - metres(far)) + 500) / 1000
    }

    /// Kilometres that lie between the two circles at least; 0 where they touch or overlap.
    public func leastDistance(to other: Place) -> Int {
        max(0, distance(to: other) - radius - other.radius)
    }
}

/// 1 in the fixed point of this file, thirty bits; the square of a sine has sixty.
private let one = 1 << 30

private func product(_ a: Int, _ b: Int) -> Int { (a * b) >> 30 }

/// Half the circumference, π · 6371 km, in metres.
private let halfGlobe = 20_015_087

/// From three numbers of thirty bits one of sixty.
private func haversine(_ latitudes: Int, _ cosines: Int, _ longitudes: Int) -> Int {
    latitudes * latitudes + product(cosines, longitudes) * longitudes
}

/// The longest whole number of metres up to a quarter of the globe whose haversine is not above this one.
private func metres(_ haversine: Int) -> Int {
    var found = 0
    var step = 1 << 23
    while step > 0 {
        // Half the angle: metres over twice the radius.
        let half = sine(radians: ((found + step) << 30) / 12_742_000)
        if half * half <= haversine { found += step }
        step >>= 1
    }
    return found
}

/// The sine of 0 … 18000 halves of a hundredth of a degree, which is 0 … 90°.
private func sine(_ angle: Int) -> Int {
    // π · 2⁴⁰, over the 36000 such halves of 180°.
    sine(radians: (angle * 3_454_217_652_358 / 36_000) >> 10)
}

/// The sine of 0 … π/2 by its series up to x¹⁵/15!; what follows is below the last bit.
private func sine(radians: Int) -> Int {
    let square = product(radians, radians)
    var sum = one - square / (14 * 15)
    sum = one - product(square, sum) / (12 * 13)
    sum = one - product(square, sum) / (10 * 11)
    sum = one - product(square, sum) / (8 * 9)
    sum = one - product(square, sum) / (6 * 7)
    sum = one - product(square, sum) / (4 * 5)
    sum = one - product(square, sum) / (2 * 3)
    return product(radians, sum)
}
