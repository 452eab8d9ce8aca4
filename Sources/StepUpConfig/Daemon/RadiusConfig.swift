import StepUpCore

extension RadiusSettings {
    /// `[radius]` and its `[[radius.nas]]`.
    init(_ table: inout TableReader) throws(ConfigError) {
        self.init()
        if let value = table.take("prompt") { prompt = try value.message() }
        if let value = table.take("retry_prompt") { retryPrompt = try value.message() }
        if let value = table.take("append_message") { appendMessage = try value.message() }
        if let value = table.take("realms") {
            for realm in try value.strings() { realms.append(try realm.line(limit: 128)) }
        }
        if let value = table.take("realm") {
            for var realm in try value.tables("realm") {
                let name = try realm.require("name", "the realm, such as \"corp.example\"").line(limit: 128)
                guard realmCodes.updateValue(try CodeEntry.Changes(&realm), forKey: Self.folded(name.utf8)) == nil else {
                    throw realm.failure("\(realm.name): '\(name)' stands twice")
                }
                realms.append(name)
                try realm.finish()
            }
        }
        if let value = table.take("nas") {
            for var nas in try value.tables("nas") {
                profiles.append(try NASProfile(&nas))
                try nas.finish()
            }
        }
    }
}

extension NASProfile {
    init(_ table: inout TableReader) throws(ConfigError) {
        let name = try table.require("name", "a word for the log, such as \"vpn\"").line(limit: 64)
        let hint = "the addresses that its packets come from, such as [\"10.0.0.7\"]"
        var clients: [CIDR] = []
        let value = try table.require("clients", hint)
        for client in try value.strings() { clients.append(try client.cidr()) }
        guard !clients.isEmpty else { throw value.failure("'clients' must not be empty: \(hint)") }
        self.init(name: name, clients: clients)
        if let value = table.take("tags") { tags = try value.tags() }
        if let value = table.take("address") { address = try value.word() }
        if let value = table.take("device") { device = try value.word() }
        codes = CodeEntry().with(try CodeEntry.Changes(&table))
        if codes.append == .no, !codes.separator.isEmpty { throw table.failure("\(table.name) has a separator, and no append") }
        var accepts = try table.table("accept")
        for requirement in Requirement.allCases where requirement != .deny {
            guard let value = accepts.take(requirement.rawValue) else { continue }
            for text in try value.strings() {
                guard let attribute = ReplyAttribute(try text.line()) else {
                    throw text.failure(
                        "an attribute is written as \"Filter-Id=trading\": a name, and 1 to 253 printable ASCII characters")
                }
                accept[requirement, default: []].append(attribute)
            }
        }
        try accepts.finish()
        // Calling-Station-Id is one thing or the other.
        if address == .callingStation, device == .mac {
            throw table.failure("\(table.name): Calling-Station-Id cannot be the address and the MAC address of the device")
        }
    }
}

extension CodeEntry.Changes {
    /// What stands alike in `[[radius.nas]]` and `[[radius.realm]]`.
    fileprivate init(_ table: inout TableReader) throws(ConfigError) {
        self.init()
        if let value = table.take("challenge") { canChallenge = try value.bool() }
        if let value = table.take("append") { append = try value.word() }
        if let value = table.take("separator") { separator = try value.string().isEmpty ? "" : value.line(limit: 8) }
    }
}

extension TableReader.Value {
    /// Text of a Reply-Message (RFC 2865, 5.18): printable ASCII, 1 to 253 bytes.
    fileprivate func message() throws(ConfigError) -> String {
        let text = try line(limit: 253)
        guard text.utf8.allSatisfy({ $0 < 0x7f }) else {
            throw failure("'\(key)' must be printable ASCII: it goes to RADIUS clients of every kind")
        }
        return text
    }
}
