import StepUpTestKit
import Testing

@testable import StepUpCore

@Suite("SSH certificates")
struct CertificateTests {
    private func framed(_ bytes: [UInt8]) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
    }
    private func text(_ text: String) -> [UInt8] { framed(Array(text.utf8)) }

    /// As PROTOCOL.certkeys lays it out.
    private func blob(_ type: String = "ssh-ed25519-cert-v01@openssh.com", fields: Int = 1, keyID: [UInt8] = Array("alice".utf8))
        -> [UInt8]
    {
        var blob = text(type) + text("nonce")
        for number in 0..<fields { blob += text("field\(number)") }
        blob += [UInt8](repeating: 1, count: 12) + framed(keyID) + text("principals") + [UInt8](repeating: 2, count: 16)
        return blob + text("options") + text("extensions") + text("") + text("authority") + text("signature")
    }

    @Test(
        "key id, authority and certified key of each kind are found",
        arguments: [
            ("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", 1), ("ssh-rsa-cert-v01@openssh.com", "ssh-rsa", 2),
            ("ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", 2),
            ("sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", 2),
            ("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", 3),
        ])
    func kinds(_ type: String, _ plain: String, _ fields: Int) throws {
        let certificate = try #require(SSHCertificate(blob: blob(type, fields: fields)))
        #expect(certificate.keyID == Array("alice".utf8) && certificate.authority == Array("authority".utf8))
        #expect(certificate.publicKey == text(plain) + (0..<fields).flatMap { text("field\($0)") })
    }

    @Test("what is cut, is longer, or is of another kind is no certificate")
    func refused() {
        let whole = blob()
        for length in 0..<whole.count { #expect(SSHCertificate(blob: Array(whole.prefix(length))) == nil, "\(length)") }
        #expect(SSHCertificate(blob: whole + [0]) == nil)
        #expect(SSHCertificate(blob: blob("ssh-dss-cert-v01@openssh.com", fields: 4)) == nil)
        #expect(SSHCertificate(blob: blob("ssh-ed25519")) == nil)
    }

    @Test("whatever the bytes are, nothing traps")
    func mutations() {
        var random = SplitMix(state: 4)
        for _ in 0..<20_000 {
            var bytes = blob()
            for _ in 0..<(1 + Int(random.next() % 4)) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = SSHCertificate(blob: bytes)
        }
    }

    @Test("S29 a key id is shown as what prints and needs no escape")
    func shown() throws {
        let certificate = try #require(
            SSHCertificate(blob: blob(keyID: Array("a\"\\\n\u{1b}[é".utf8) + [UInt8](repeating: 120, count: 99))))
        #expect(certificate.shownID == "a????[??xxxxxxxxxxxx")
    }
}
