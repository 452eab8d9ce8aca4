/// A rule that a suggestion may have, with its thresholds from the one that asks most to the one that asks least.
struct RuleFamily: Sendable {
    struct Option: Sendable {
        /// In a few words, for the comment.
        var words: String
        /// The lines of its TOML below `name`.
        var toml: String
    }

    var name: String
    /// Why one would want it.
    var purpose: String
    var options: [Option]

    /// In the order in which they are tried: what stops most attackers for the fewest prompts first.
    /// - Parameters:
    ///   - zone: of office hours.
    ///   - hasCountries: the logs, or this host, know countries.
    static func all(zone: String, hasCountries: Bool) -> [RuleFamily] {
        func option(_ words: String, _ toml: String) -> Option { Option(words: words, toml: toml) }
        func hours(_ days: String, _ hours: String) -> Option {
            let list =
                days == "Mon-Fri" ? #"["mon", "tue", "wed", "thu", "fri"]"# : #"["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#
            return option(
                "outside \(days) \(hours)",
                "signal = \"calendar\"\ninside = { days = \(list), hours = \"\(hours)\", zone = \"\(zone)\" }")
        }
        var families = [
            RuleFamily(
                name: "failures", purpose: "a right password after wrong ones: somebody has guessed it",
                options: [3, 5, 10].map {
                    option("\($0) failures since the last login", "signal = \"fail_then_ok\"\nat_least = \($0)")
                }),
            RuleFamily(
                name: "new-device", purpose: "a key or device that the account never came with: a stolen password",
                options: [option("any new device", "signal = \"device_new\"")]),
            RuleFamily(
                name: "new-network", purpose: "a network that the account never came from: somebody elsewhere",
                options: [option("any new network", "signal = \"net_new\"")]),
            RuleFamily(
                name: "new-network-and-device", purpose: "nothing about it is known",
                options: [option("both new", "when = { all = [{ signal = \"net_new\" }, { signal = \"device_new\" }] }")]),
            RuleFamily(
                name: "burst", purpose: "more tries than a person makes",
                options: [5, 10, 20, 40].map {
                    option(
                        "more than \($0) attempts of one account in 5 minutes",
                        "signal = \"vel_user\"\nmore_than = \($0)\nwithin = \"5m\"")
                }),
            RuleFamily(
                name: "crowd", purpose: "many accounts tried from one address",
                options: [30, 60, 120].map {
                    option(
                        "more than \($0) attempts from one address in 10 minutes",
                        "signal = \"vel_ip\"\nmore_than = \($0)\nwithin = \"10m\"\non_unknown = \"skip\"")
                }),
            RuleFamily(
                name: "outside-hours", purpose: "when nobody is there to see it",
                options: [
                    hours("Mon-Fri", "07:00-19:00"), hours("Mon-Fri", "06:00-20:00"), hours("Mon-Fri", "05:00-22:00"),
                    hours("Mon-Sun", "07:00-19:00"), hours("Mon-Sun", "06:00-20:00"), hours("Mon-Sun", "05:00-22:00"),
                ]),
            RuleFamily(
                name: "elsewhere-too", purpose: "a session is open from another network",
                options: [option("a session open elsewhere", "signal = \"concurrent\"\non_unknown = \"skip\"")]),
            RuleFamily(
                name: "long-away", purpose: "an account that nobody has used for long",
                options: [14, 30, 60, 90].map { option("no login for \($0) days", "signal = \"dormant\"\nafter = \"\($0)d\"") }),
        ]
        if hasCountries {
            families.insert(
                RuleFamily(
                    name: "new-country", purpose: "a country that the account never came from",
                    options: [option("any new country", "signal = \"country_new\"\non_unknown = \"skip\"")]), at: 1)
        }
        return families
    }

    func text(_ option: Option) -> String { "[[rule]]\nname = \"\(name)\"\n\(option.toml)\nrequire = \"otp\"\n" }
}
