import StepUpCore
import StepUpTestKit
import Testing

@testable import StepUpWire

/// The Swift codec seen as the C one is.
private func decode(_ payload: [UInt8]) -> Reading {
    do {
        let frame = try FrameCodec.decode(payload: payload)
        let fields = frame.keys.map { Reading.Field(key: $0.name, value: frame[$0] ?? []) }
        return .frame(op: Array(frame.op.name.utf8), fields: fields)
    } catch {
        return .error(error.code.rawValue)
    }
}

private func frame(op: [UInt8], fields: [(key: String, value: [UInt8])]) throws -> Frame {
    // An op that is none can only be made by hand, as an admin word.
    let known = FrameOp(op.span) ?? .admin(String(decoding: op.dropFirst("admin.".count), as: UTF8.self))
    var frame = Frame(known)
    for (key, value) in fields {
        frame.append(try #require(FrameKey.allCases.first { $0.name == key }), value)
    }
    return frame
}

@Suite("Wire vectors")
struct FrameVectorTests {
    let vectors: [WireVector]

    init() throws { vectors = try WireVectors.load() }

    @Test("there are enough vectors, of every kind and every error")
    func coverage() {
        #expect(vectors.count >= 130)
        for kind in [WireVector.Kind.decodes, .fails, .encodeFails, .header] {
            #expect(vectors.contains { $0.kind == kind })
        }
        let errors = Set(vectors.compactMap(\.error))
        #expect(errors == Set(FrameError.Code.allCases.map(\.rawValue)))
    }

    @Test("both codecs decode every vector as it says, S14 among them")
    func decoding() throws {
        for vector in vectors where vector.kind == .decodes || vector.kind == .fails {
            let payload = try #require(vector.payload)
            let expected: Reading =
                if let error = vector.error { .error(error) } else {
                    .frame(op: vector.op ?? [], fields: vector.fields.map { Reading.Field(key: $0.key, value: $0.value) })
                }
            #expect(decode(payload) == expected, "Swift: \(vector.name)")
            #expect(CCodec.decode(payload) == expected, "C: \(vector.name)")
        }
    }

    @Test("both codecs encode every good vector to its payload, and refuse the others alike")
    func encoding() throws {
        for vector in vectors where vector.kind == .decodes || vector.kind == .encodeFails {
            let op = try #require(vector.op)
            let expected: Result<[UInt8], CCodec.Named> =
                if let error = vector.error { .failure(.init(name: error)) } else {
                    .success(framed(try #require(vector.payload)))
                }
            let made = try frame(op: op, fields: vector.fields)
            let swift = Result { try FrameCodec.encode(made) }
                .mapError { CCodec.Named(name: ($0 as? FrameError)?.code.rawValue ?? "?") }
            #expect(swift == expected, "Swift: \(vector.name)")
            #expect(CCodec.encode(op: op, fields: vector.fields) == expected, "C: \(vector.name)")
        }
    }

    @Test("both readers take every header as it says")
    func headers() throws {
        for vector in vectors where vector.kind == .header {
            let header = try #require(vector.header)
            var reader = FrameReader()
            if let length = vector.length {
                #expect(CCodec.readHeader(header) == .success(length))
                #expect(try reader.feed(header).isEmpty)
                #expect(reader.isInsideFrame)
            } else {
                let error = try #require(vector.error)
                #expect(CCodec.readHeader(header) == .failure(.init(name: error)))
                #expect(throws: FrameError(.length, "")) { try reader.feed(header) }
            }
        }
    }

    @Test("both codecs agree on frames that were damaged at random")
    func agreement() throws {
        var random = SplitMix(state: 20_260_101)
        let seeds = vectors.compactMap(\.payload).filter { $0.count < 2000 }
        var good = 0
        for round in 0..<30_000 {
            var payload = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0..<(random.next() % 4) { mutate(&payload, seeds, &random) }
            let swift = decode(payload)
            #expect(swift == CCodec.decode(payload), "round \(round): \(payload)")
            if case .frame(let op, let fields) = swift {
                good += 1
                let again = CCodec.encode(op: op, fields: fields.map { ($0.key, $0.value) })
                #expect(again == .success(framed(payload)))
            }
        }
        #expect(good > 1000, "too few stayed good to mean anything: \(good)")
    }

    private func mutate(_ payload: inout [UInt8], _ seeds: [[UInt8]], _ random: inout SplitMix) {
        guard !payload.isEmpty else { return }
        let at = Int(random.next() % UInt64(payload.count))
        let favourites: [UInt8] = [0, 0x3d, 0x0a, 0x2c, 0x2e, 0x41, 0x61, 0x30, 0x7f, 0xff]
        switch random.next() % 7 {
        case 0: payload[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: payload[at] = favourites[Int(random.next() % UInt64(favourites.count))]
        case 2: payload.remove(at: at)
        case 3: payload.insert(favourites[Int(random.next() % UInt64(favourites.count))], at: at)
        case 4: payload.removeLast(payload.count - at)
        case 5: payload += seeds[Int(random.next() % UInt64(seeds.count))].drop { $0 != 0 }.dropFirst()
        default: swapFields(&payload, &random)
        }
    }

    /// Keeps every field and changes their order: the first two matter, the others do not.
    private func swapFields(_ payload: inout [UInt8], _ random: inout SplitMix) {
        var fields = payload.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
        guard fields.count > 2 else { return }
        let keep = random.next() % 8 == 0 ? 0 : 2
        fields[keep...].shuffle(using: &random)
        payload = fields.flatMap { $0 + [0] }
    }
}

func framed(_ payload: [UInt8]) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (24 - 8 * $0)) } + payload
}
