import Testing

@testable import StepUpCore

@Suite("Facts of RADIUS")
struct RadiusFactsTests {
    private func settings(_ change: (inout NASProfile) -> Void = { _ in }) -> RadiusSettings {
        var profile = NASProfile(name: "vpn", clients: [CIDR("10.0.0.0/8")].compactMap { $0 })
        change(&profile)
        var settings = RadiusSettings()
        settings.profiles = [profile]
        settings.realms = ["corp.example", "CORP"]
        return settings
    }

    private func facts(_ attributes: String, client: String = "10.0.0.1", _ change: (inout NASProfile) -> Void) -> RadiusFacts {
        RadiusFacts(
            client: Array(client.utf8), attributes: Array(attributes.utf8), user: Array("alice".utf8), settings: settings(change))
    }

    private func hex(_ text: String) -> String { Hex.encode(text.utf8) }

    @Test("S09 a realm that is ours is no part of the account, and another one is nobody's")
    func realms() {
        func local(_ user: String) -> String? {
            settings().localName(Array(user.utf8), of: .radius).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(local("alice") == "alice" && local("alice@corp.example") == "alice" && local("alice@CORP.Example") == "alice")
        #expect(local("CORP\\alice") == "alice" && local("corp\\alice") == "alice")
        for other in ["alice@evil.example", "alice@", "EVIL\\alice", "\\alice", "alice@corp.example@evil.example"] {
            #expect(local(other) == nil, "\(other)")
        }
        #expect(local("alice@evil.example@corp.example") == "alice@evil.example", "which is nobody's account")
    }

    @Test("how a code is asked for is the realm's, else the client's; what is believed is the client's alone")
    func codes() {
        var settings = settings { ($0.address, $0.codes.append, $0.codes.separator) = (.callingStation, .suffix, ",") }
        settings.realmCodes["old.example"] = CodeEntry.Changes(canChallenge: false, append: .prefix)
        settings.realmCodes["half.example"] = CodeEntry.Changes(append: .no)
        var old = CodeEntry()
        (old.canChallenge, old.append, old.separator) = (false, .prefix, ",")
        func facts(_ user: String) -> RadiusFacts {
            RadiusFacts(
                client: Array("10.0.0.1".utf8), attributes: Array("Calling-Station-Id:\(hex("192.0.2.9"))".utf8),
                user: Array(user.utf8), settings: settings)
        }
        for user in ["alice@old.example", "alice@OLD.example", "old.example\\alice"] {
            #expect(facts(user).codes == old && facts(user).evidence["realm"] == "old.example", "the separator is the client's")
        }
        #expect(facts("alice@half.example").codes.append == .no && facts("alice@half.example").canChallenge)
        #expect(facts("alice").evidence["realm"] == nil)
        for user in ["alice", "alice@corp.example", "alice@evil.example", "alice@old.example@corp.example", ""] {
            #expect(facts(user).codes.append == .suffix && facts(user).canChallenge, "\(user)")
        }
        #expect(facts("alice@old.example").source == facts("alice").source)
        #expect(settings.codes(ofRealm: "old.example", at: nil).append == .prefix, "of a client without an entry, too")
    }

    @Test("an address is believed of the attribute that the profile names, once, and of no other client")
    func source() {
        let text = "Calling-Station-Id:\(hex("192.0.2.9")),Tunnel-Client-Endpoint:\(hex("198.51.100.7"))"
        #expect(facts(text) { $0.address = .callingStation }.source == .known(IPAddress("192.0.2.9")!))
        for text in ["192.0.2.9[4500]", "2001:db8::9[1]"] {
            let known = facts("Calling-Station-Id:\(hex(text))") { $0.address = .callingStation }.source
            #expect(known == .known(IPAddress(text.prefix { $0 != "[" })!))
        }
        for text in ["192.0.2.9[]", "192.0.2.9[123456]", "192.0.2.9[4500", "[4500]", "192.0.2.9[x]", "192.0.2.9]"] {
            #expect(facts("Calling-Station-Id:\(hex(text))") { $0.address = .callingStation }.source == .unknown("malformed"))
        }
        #expect(facts(text) { $0.address = .tunnelEndpoint }.source == .known(IPAddress("198.51.100.7")!))
        let gateway = "PaloAlto-Client-Source-IP:\(hex("192.0.2.9"))"
        #expect(facts(gateway) { $0.address = .paloAlto }.source == .known(IPAddress("192.0.2.9")!), "its dictionary says string")
        #expect(facts(text) { _ in }.source == .unknown("not trusted"))
        #expect(facts(text, client: "192.0.2.1") { $0.address = .callingStation }.source == .unknown("no NAS profile"))
        #expect(facts(text, client: "nonsense") { $0.address = .callingStation }.source == .unknown("no NAS profile"))
        #expect(facts("") { $0.address = .callingStation }.source == .unknown("missing"))
        let twice = text + ",Calling-Station-Id:\(hex("203.0.113.1"))"
        #expect(facts(twice) { $0.address = .callingStation }.source == .unknown("malformed"), "two that contradict each other")
        #expect(
            facts("Calling-Station-Id:\(hex("aa-bb-cc-dd-ee-ff"))") { $0.address = .callingStation }.source == .unknown("malformed")
        )
    }

    @Test("a device is a MAC address in any spelling, a certificate, or what AnyConnect says")
    func device() throws {
        func device(_ attributes: String, _ source: NASProfile.DeviceSource) -> Observed<KeyFact> {
            facts(attributes) { $0.device = source }.device { "SHA256:\($0.count)" }
        }
        for spelling in ["AA-BB-CC-DD-EE-FF", "aa:bb:cc:dd:ee:ff", "aabb.ccdd.eeff", "AABBCCDDEEFF"] {
            #expect(
                device("Calling-Station-Id:\(hex(spelling))", .mac)
                    == .known(KeyFact(type: "mac", fingerprint: "mac aa-bb-cc-dd-ee-ff")))
        }
        for wrong in ["AA-BB-CC-DD-EE", "192.0.2.1", "AA-BB-CC-DD-EE-GG", "AA-BB-CC-DD-EE-FF-00"] {
            #expect(device("Calling-Station-Id:\(hex(wrong))", .mac) == .unknown("malformed"), "\(wrong)")
        }
        let certificate = "TLS-Client-Cert-Serial:\(hex("01")),TLS-Client-Cert-Issuer:\(hex("/CN=ca"))"
        #expect(
            device(certificate, .certificate)
                == .known(KeyFact(type: "tls-client-certificate", fingerprint: "certificate SHA256:9")))
        #expect(device("TLS-Client-Cert-Serial:3031", .certificate) == .unknown("missing"))
        let cisco = "Cisco-AVPair:\(hex("mdm-tlv=device-platform=win")),Cisco-AVPair:\(hex("mdm-tlv=device-uid=ABC"))"
        #expect(device(cisco, .cisco) == .known(KeyFact(type: "anyconnect-device", fingerprint: "anyconnect SHA256:3")))
        #expect(device(cisco, .none) == .notApplicable)
    }

    @Test("a conversation is known again by port, caller and session, all there")
    func conversation() {
        let all = "NAS-Port:00000001,Calling-Station-Id:61,Acct-Session-Id:62"
        #expect(facts(all) { _ in }.conversation != nil)
        for part in [
            "NAS-Port:00000001,Calling-Station-Id:61", "NAS-Port:00000001,Acct-Session-Id:62",
            "NAS-Port:,Calling-Station-Id:61,Acct-Session-Id:62",
        ] {
            #expect(facts(part) { _ in }.conversation == nil)
        }
        #expect(facts(all) { _ in }.conversation != facts(all, client: "10.0.0.2") { _ in }.conversation)
    }
}
