/// The sentence that says why a rule fired: the rule's own `why`, or what its signals say of themselves, with operands filled in.
/// It is made from the decision in the ledger and the archived policy, and so can be made again in years.
public enum Why {
    public static let sizeLimit = 200

    /// - Parameter template: the rule's `why`; nil for none.
    public static func text(_ outcome: RuleOutcome, _ template: String?) -> String {
        let signals = outcome.signals.isEmpty ? [outcome.only] : outcome.signals
        if let template {
            return fill(template) { name in
                signals.lazy.flatMap { signal in signal.operands.map { (signal.signal, $0) } }
                    .first { $0.1.name == name || "\($0.0).\($0.1.name)" == name }?.1.text
            }
        }
        let said = signals.filter { outcome.signal == "not" || $0.result == .fired || $0.result == .unknown }.map(sentence)
        return said.joined(separator: outcome.signal == "any" ? "; or: " : " and ")
    }

    /// What one signal says of itself.
    public static func sentence(_ signal: SignalOutcome) -> String {
        if signal.result == .unknown { return "\(signal.signal) is unknown (\(signal.reason ?? "?"))" }
        // Where one of these was looked at, it is what counted.
        let detail = ["holiday", "deviations"].first { name in signal.operands.contains { $0.name == name } }
        guard let template = detail.flatMap({ Signal.sentences["\(signal.signal), \($0)"] }) ?? Signal.sentences[signal.signal]
        else {
            return signal.signal
        }
        let text = fill(template) { name in signal.operands.first { $0.name == name }?.text }
        return signal.result == .fired ? text : "not: \(text)"
    }

    /// What is wrong with a rule's `why`; nil: nothing.
    public static func problem(in template: String, of condition: Condition) -> String? {
        let signals = condition.signals
        var known = signals.flatMap { signal in signal.operandNames.map { "\(signal.name).\($0)" } }
        let plain = signals.flatMap(\.operandNames)
        known = plain.filter { name in plain.count { $0 == name } == 1 } + known
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { return "'why' has a { without its }" }
            let name = String(rest[rest.index(after: open)..<close])
            guard known.contains(name) else {
                return "'why' names '\(name)', which is no operand of this rule; it has \(known.joined(separator: ", "))"
            }
            rest = rest[rest.index(after: close)...]
        }
        return rest.contains("}") ? "'why' has a } without its {" : nil
    }

    private static func fill(_ template: String, _ value: (String) -> String?) -> String {
        var text = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            text += rest[..<open]
            text += value(String(rest[rest.index(after: open)..<close])) ?? "?"
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }
}

extension RuleOutcome {
    /// Of a rule with one signal: what that said.
    fileprivate var only: SignalOutcome {
        let said: SignalOutcome.Result =
            switch result {
            case .fired: .fired
            case .firedUnknown, .skippedUnknown: .unknown
            case .quiet: .quiet
            case .notApplicable, .outOfScope: .notApplicable
            }
        return SignalOutcome(signal: signal, result: said, operands: operands, reason: reason)
    }
}

extension Signal {
    var operandNames: [String] { longestOperands.map(\.name) }

    /// What each says when it fires.
    static let sentences = [
        "always": "everyone is asked here",
        "ip_new": "{address} is not one of the account's known addresses",
        "net_new": "{network} is not one of the account's known networks",
        "device_new": "{key} is not one of the account's known keys or devices",
        "calendar": "{local} is outside {window}",
        "vel_user": "{attempts} attempts of the account within {within_s} s are more than {more_than}",
        "vel_ip": "{attempts} attempts from the address within {within_s} s are more than {more_than}",
        "vel_host": "{attempts} attempts on this host within {within_s} s are more than {more_than}",
        "spray": "{users} users tried from {network} within {within_s} s, {at_least} or more",
        "command": "the command is {command}",
        "fails_recent": "{failures} failures of the account within {within_s} s are {at_least} or more",
        "cold_start": "{logins} logins so far are fewer than {fewer_than}",
        "dormant": "the account's last login was {last_login}, longer ago than {after_s} s",
        "cred_fresh": "a token of the account is {age_s} s old, less than {within_s}",
        "fail_then_ok": "{failures} failures of the account since its last login are {at_least} or more",
        "concurrent": "a session of the account is open from {other}, and this comes from {network}",
        "hour_rare": "{local} is an hour at which the account hardly ever logs in",
        "country_new": "{country} is not one of the account's known countries",
        "country_listed": "the address is in {country}, and the rule names {countries}",
        "asn_new": "{asn} is not one of the account's known networks of the internet",
        "asn_novel_org": "{organisation} runs none of the account's known networks of the internet",
        "travel":
            "{km} km at least since the login of {last_login} take {kmh} km/h, above {above_kmh} km/h and beyond {beyond_km} km",
        "listed": "the address is in {network}, which the list {list} has",
        "fanout": "the account tried {hosts} hosts within {within_s} s, more than {more_than}",
        "calendar, holiday": "{local} is on a holiday of the calendar {holiday}",
        "vel_user, deviations": "{attempts} attempts of the account within {within_s} s are more than {more_than}, and more than "
            + "{deviations} deviations ({deviation_thousandths}/1000) above its mean of {mean_thousandths}/1000",
        "vel_ip, deviations": "{attempts} attempts from the address within {within_s} s are more than {more_than}, and more than "
            + "{deviations} deviations ({deviation_thousandths}/1000) above the account's mean of {mean_thousandths}/1000",
        "vel_host, deviations": "{attempts} attempts on this host within {within_s} s are more than {more_than}, and more than "
            + "{deviations} deviations ({deviation_thousandths}/1000) above the account's mean of {mean_thousandths}/1000",
        "fanout, deviations": "the account tried {hosts} hosts within {within_s} s, more than {more_than}, and more than "
            + "{deviations} deviations ({deviation_thousandths}/1000) above its mean of {mean_thousandths}/1000",
        "score":
            "taken together the login is unlike the account's others: {thousandths} thousandths of a bit, {at_least} bits or more",
        "target": "what is logged in to is tagged {tags}",
    ]
}
