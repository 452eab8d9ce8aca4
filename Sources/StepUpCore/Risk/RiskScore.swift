/// The likelihood ratio of Freeman et al., "Who Are You? A Statistical Approach to Measuring User Authenticity" (NDSS 2016), equation 7:
///
///     S = Π p(x) / p(x | u)  ·  p(u | attack) / p(u | legitimate)
///
/// over the login's network, country, device and hour of the day (UTC). p(x) is the share of x among all accounts' logins, with one login
/// added for each distinct value and one for what was never seen; p(x | u) the same of the account's own, with one login of the
/// population added. Every account is as likely to be attacked as any other. In thousandths of bits, by integers alone.
struct RiskScore {
    /// By feature; what is not known is left out, as if it said nothing.
    var parts: [(feature: Population.Feature, thousandths: Int)]
    /// The factor of the account itself.
    var account: Int

    var total: Int { parts.map(\.thousandths).reduce(account, +) }

    init(_ values: [Population.Value], _ own: OwnCounts, _ population: Population) {
        let logins = own.logins
        parts = values.map { value in
            let common = population.counts[value.key, default: 0] + 1
            let all = population.logins + population.distinct(value.feature) + 1
            let mine = own.counts[value.key, default: 0]
            return (value.feature, logarithm(common) + logarithm(logins + 1) - logarithm(mine * all + common))
        }
        account = logarithm(population.logins + 1) - logarithm(population.users + 1) - logarithm(own.total + 1)
    }
}

/// The binary logarithm in thousandths, rounded down; of nothing, nothing.
func logarithm(_ value: Int) -> Int {
    guard value > 1 else { return 0 }
    let whole = Int.bitWidth - 1 - value.leadingZeroBitCount
    // 1 ≤ mantissa < 2 with 31 bits behind the point; each squaring gives a bit of the fraction.
    var mantissa = (UInt64(value) << (63 - whole)) >> 32
    var fraction = 0
    for _ in 0..<16 {
        mantissa = (mantissa * mantissa) >> 31
        fraction <<= 1
        if mantissa >> 32 > 0 {
            fraction |= 1
            mantissa >>= 1
        }
    }
    return whole * 1000 + (fraction * 1000) >> 16
}
