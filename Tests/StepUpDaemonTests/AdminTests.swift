import StepUpCore
import StepUpTestKit

import Testing

@testable import StepUpDaemon
@testable import StepUpWire

@Suite("Admin commands")
struct AdminTests {
    @Test("a command that is refused leaves no event behind")
    func refusals() throws {
        let lab = try Lab()
        let id = try lab.enrol()
        let size = try lab.ledger.size()
        let pending = try TokenID(
            JSONReader(lab.admin(.tokens(user: "alice"))).member("tokens").array()[0].member("token").string())
        #expect(pending == id)
        let exemption = ExemptionRequest(
            user: "alice", service: "sshd", source: Sample.exemption.source, key: nil, owner: "o", reason: "r", lifetime: .days(400)
        )
        let requests: [AdminRequest] = [
            .confirm(id, code: Secret(utf8: "000000")), .changeToken(id, .enable),
            .changeToken(TokenID(random: [UInt8](repeating: 9, count: 8)), .remove), .showUser("nobody"),
            .resetUser("nobody", .all), .revokeExemption("x"), .grantExemption(exemption),
            .resynchronise(id, first: Secret(utf8: "1"), second: Secret(utf8: "2")),
        ]
        for request in requests {
            #expect(throws: AdminError.self) { try lab.admin(request, user: "alice") }
        }
        #expect(try lab.ledger.size() == size)
    }

    @Test("a secret that is too short, or is not base 32, is refused", arguments: ["GEZDGNBV", "not base32!", ""])
    func weakSecrets(_ text: String) throws {
        let lab = try Lab()
        let request = EnrolRequest(
            user: "alice", kind: .hotp, label: "x",
            parameters: .record(["algorithm": .string("sha1"), "digits": .integer(6), "period": .integer(30)]),
            secret: Secret(utf8: text), counter: 0)
        #expect(throws: AdminError.self) { try lab.admin(.enrol(request), user: "alice") }
    }

    @Test("S18 every change names the actor, with the login uid behind root")
    func actor() throws {
        let lab = try Lab()
        try lab.enrol()
        let actors = try lab.events(.tokenChanged).map { event -> Actor? in
            if case .tokenChanged(let change) = event.body { change.actor } else { nil }
        }
        #expect(actors == [Sample.actor, Sample.actor])
    }

    @Test("no secret and no code is in an event, in any of its forms")
    func secrets() throws {
        let lab = try Lab()
        try lab.enrol()
        let code = try lab.code()
        let reply = try lab.begin()
        _ = try lab.answer(reply, code)
        let state = Hex.encode(reply.prompt?.state ?? [])
        for event in try lab.events() {
            let text = String(decoding: event.leaf, as: UTF8.self)
            #expect(!text.contains("GEZDGNBV") && !text.contains("1234567890123") && !text.contains("\"\(code)\""))
            #expect(!text.contains(state) && !text.contains(Hex.encode(Lab.seed)))
        }
    }

    @Test("requests survive the wire, and a word that is unknown is an error")
    func wire() throws {
        let id = TokenID(random: [1, 2, 3, 4, 5, 6, 7, 8])
        let requests: [AdminRequest] = [
            .confirm(id, code: Secret(utf8: "1\"2")), .tokens(user: nil), .changeToken(id, .remove),
            .loadPolicy(text: "a\nb", source: "f"),
            .status, .exemptions, .resetUser("a", .all),
        ]
        for request in requests {
            let bytes = try FrameCodec.encode(request.frame)
            let back = try AdminRequest(FrameCodec.decode(payload: Array(bytes.dropFirst(4))))
            #expect(back.frame.hasSameFields(as: request.frame))
        }
        #expect(throws: JSONError.self) { try AdminRequest(Frame(.admin("fly"), [.body: "{}"])) }
        #expect(throws: JSONError.self) { try AdminRequest(Frame(.admin("confirm"), [.body: "{}"])) }
    }
}

@Suite("Keys")
struct KeyTests {
    private func keyring(_ bytes: [UInt8], host: String = "a") throws -> Keyring {
        try Keyring(bytes.map { KeyFile.Key(id: "k\($0)", secret: Secret([UInt8](repeating: $0, count: 32))) }, host: host)
    }
    private let id = TokenID(random: [1, 2, 3, 4, 5, 6, 7, 8])

    @Test("S17 a sealed secret opens for its token and account alone, and under its key alone")
    func tokens() throws {
        let keys = try keyring([1])
        let sealed = try keys.seal(Secret(utf8: "secret"), token: id, account: "alice", CountingEntropy())
        #expect(try keys.open(sealed, keyID: "k1", token: id, account: "alice").withBytes { Array($0) } == Array("secret".utf8))
        #expect(throws: (any Error).self) { try keys.open(sealed, keyID: "k1", token: id, account: "bob") }
        #expect(throws: (any Error).self) {
            try keys.open(sealed, keyID: "k1", token: TokenID(random: [8, 8, 8, 8, 8, 8, 8, 8]), account: "alice")
        }
        #expect(throws: KeyError.self) { try keys.open(sealed, keyID: "k2", token: id, account: "alice") }
        #expect(try keyring([2, 1]).open(sealed, keyID: "k1", token: id, account: "alice").count == 6, "an older key still opens")
    }

    @Test("S17 a state is of its host and binding, and of today or yesterday")
    func states() throws {
        let keys = try keyring([1])
        let state = try keys.sealState(Sample.id(), round: 2, binding: "b", day: 100, CountingEntropy())
        #expect(state.count <= 64, "it has to fit a RADIUS State attribute of modest size")
        for day: Int64 in [100, 101] {
            let opened = try #require(keys.openState(state, binding: "b", day: day))
            #expect(opened.attempt == Sample.id() && opened.round == 2)
        }
        #expect(keys.openState(state, binding: "b", day: 102) == nil && keys.openState(state, binding: "c", day: 100) == nil)
        #expect(try keyring([1], host: "b").openState(state, binding: "b", day: 100) == nil)
        #expect(keys.openState([], binding: "b", day: 100) == nil)
    }

    @Test("S17 the purposes' keys are independent: what one makes, another does not")
    func independent() throws {
        let keys = try keyring([1])
        let name = try keys.nameHash(Array("x".utf8))
        let answer = try keys.answerTag(Secret(utf8: "x"), attempt: Sample.id())
        #expect(name != answer)
    }

    @Test(
        "a key file that is not right is refused by line",
        arguments: [
            ("", "holds no key"), ("k1 abcd\n", "k:1:"),
            ("k1 \(String(repeating: "a", count: 64))\nk1 \(String(repeating: "b", count: 64))", "k:2:"),
            ("# c\nk/1 \(String(repeating: "a", count: 64))", "k:2:"),
        ])
    func files(_ text: String, _ says: String) {
        let error = #expect(throws: KeyError.self) { try KeyFile.parse(Array(text.utf8), "k") }
        #expect(error?.reason.contains(says) == true)
    }
}
