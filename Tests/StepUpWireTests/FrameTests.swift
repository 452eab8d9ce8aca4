import StepUpCore
import StepUpTestKit
import Testing

@testable import StepUpWire

@Suite("Frames")
struct FrameTests {
    private let answer = Frame(
        .answer,
        [
            .channel: "pam", .request: "00112233445566778899aabbccddeeff", .service: "sshd", .user: "hunter2",
            .state: "c0ffee", .answer: "491203",
        ])

    @Test("no description of a frame shows an answer, a state, a body or a user name")
    func description() throws {
        let decoded = try FrameCodec.decode(payload: Array(FrameCodec.encode(answer).dropFirst(4)))
        for frame in [answer, decoded] {
            for text in ["\(frame)", String(reflecting: frame), frame.description] {
                #expect(!text.contains("491203") && !text.contains("c0ffee") && !text.contains("hunter2"), "\(text)")
                #expect(text.contains("service=sshd") && text.contains("answer=<6 bytes>"), "\(text)")
            }
            var dumped = ""
            dump(frame, to: &dumped)
            #expect(!dumped.contains("491203") && !dumped.contains("c0ffee"), "\(dumped)")
        }
        let admin = Frame(.admin("token.add"), [.body: "{\"secret\":\"JBSWY3DP\"}"])
        #expect(!"\(admin)".contains("JBSWY3DP"))
    }

    @Test("S29 a description escapes what is not printable ASCII")
    func escaping() {
        let frame = Frame(.reply, [.verdict: "deny", .message: "a\nb\u{1b}[2J\u{202e}\\"])
        #expect(frame.description == #"reply(verdict=deny message=a\x0ab\x1b[2J\xe2\x80\xae\x5c)"#)
    }

    @Test("an answer is taken out once, as a secret, and is wiped where it was")
    func takingSecret() throws {
        var frame = try FrameCodec.decode(payload: Array(FrameCodec.encode(answer).dropFirst(4)))
        let taken = frame.takeSecret(.answer)
        let secret = try #require(taken)
        #expect(secret.withBytes { Array($0) } == Array("491203".utf8))
        let again = frame.takeSecret(.answer)
        #expect(again == nil)
        #expect(frame[.answer] == nil)
        #expect(frame[.state] == Array("c0ffee".utf8))
        #expect(frame.storage.split(separator: UInt8(ascii: "=")).allSatisfy { !$0.starts(with: "491203".utf8) })
        #expect("\(secret)" == "<secret>")
    }

    @Test("an empty value is a value, a missing one is not")
    func emptyValue() {
        let frame = Frame(.answer, [.answer: ""])
        #expect(frame[.answer] == [])
        #expect(frame.text(.answer) == "")
        #expect(frame[.user] == nil)
        #expect(frame.has(.answer, "") && !frame.has(.user, ""))
    }

    @Test("text that is not UTF-8 is nil as text and whole as bytes")
    func strangeText() {
        var frame = Frame(.reply)
        frame.append(.message, [0x61, 0xff])
        #expect(frame.text(.message) == nil)
        #expect(frame[.message] == [0x61, 0xff])
    }

    @Test("an op comes from one place only")
    func sources() {
        #expect(FrameOp.begin.source == .moduleSocket && FrameOp.admin("status").source == .controlSocket)
        #expect(FrameOp.spool.source == .spoolFile && FrameOp.reply.source == .daemon)
    }

    @Test("an admin word cannot smuggle another op or a field")
    func adminWords() {
        for word in ["", "reply", "A", "a b", "a\0body=x", "a=b", "1", ".", String(repeating: "a", count: 59)] {
            #expect(throws: FrameError(.unknownOp, "")) { try FrameCodec.encode(Frame(.admin(word), [.body: "{}"])) }
        }
    }

    @Test("the table names every key, and no key is longer than sixteen bytes")
    func table() {
        #expect(Set(FrameKey.allCases.map(\.name)).count == FrameKey.allCases.count)
        for key in FrameKey.allCases {
            #expect(key.name.utf8.count <= 16)
            #expect(FrameKey(packed: key.form.packed) == key)
        }
        let used = [FrameOp.begin, .answer, .report, .reply, .spool, .admin("x"), .adminReply]
            .map(FrameTable.row).flatMap { $0.required.keys + $0.optional.keys }
        #expect(Set(used) == Set(FrameKey.allCases))
    }
}

@Suite("Frame reader")
struct FrameReaderTests {
    @Test("a stream gives the same payloads whatever pieces it comes in")
    func pieces() throws {
        var random = SplitMix(state: 7)
        let payloads = (0..<20).map { _ in
            (0..<(1 + Int(random.next() % 300))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
        let stream = payloads.flatMap(framed)
        for round in 0..<300 {
            var reader = FrameReader()
            var found: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let size = round == 0 ? 1 : 1 + Int(random.next() % UInt64(round * 4))
                found += try reader.feed(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(found == payloads)
            #expect(!reader.isInsideFrame)
        }
    }

    @Test("a length out of bounds is refused with its header, and for ever")
    func lengths() throws {
        for header: [UInt8] in [[0, 0, 0, 0], [0, 1, 0, 1], [0xff, 0xff, 0xff, 0xff], Array("GET ".utf8)] {
            var whole = FrameReader()
            #expect(throws: FrameError(.length, "")) { try whole.feed(header) }
            #expect(throws: FrameError(.length, "")) { try whole.feed(framed([1])) }
            var bytewise = FrameReader()
            for byte in header.dropLast() { #expect(try bytewise.feed([byte]).isEmpty) }
            #expect(throws: FrameError(.length, "")) { try bytewise.feed(header.suffix(1)) }
        }
    }

    @Test("the largest frame passes, in one piece and in two")
    func largest() throws {
        let frame = framed(Array(repeating: 0x61, count: 65536))
        var reader = FrameReader()
        #expect(try reader.feed(frame).first?.count == 65536)
        #expect(try reader.feed(frame.prefix(40000)).isEmpty)
        #expect(reader.isInsideFrame)
        #expect(try reader.feed(frame.dropFirst(40000)).first?.count == 65536)
    }

    @Test("two frames at once come out as two, and what follows waits")
    func early() throws {
        var reader = FrameReader()
        #expect(try reader.feed(framed([1]) + framed([2]) + [0]) == [[1], [2]])
        #expect(reader.isInsideFrame)
    }
}
