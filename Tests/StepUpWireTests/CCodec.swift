import CStepUpWire

/// What either codec makes of a payload, so that the two can be compared.
enum Reading: Equatable {
    case frame(op: [UInt8], fields: [Field])
    case error(String)

    struct Field: Equatable {
        let key: String
        let value: [UInt8]
    }
}

/// The modules' codec, called from Swift.
enum CCodec {
    static func decode(_ payload: [UInt8]) -> Reading {
        payload.withUnsafeBufferPointer { buffer in
            var frame = stepup_wire_frame()
            let error = stepup_wire_decode(buffer.baseAddress, buffer.count, &frame)
            guard error == STEPUP_WIRE_OK else { return .error(String(cString: stepup_wire_error_name(error))) }
            let fields = withUnsafeBytes(of: &frame.order) { order in
                withUnsafeBytes(of: &frame.values) { values in
                    let keys = order.bindMemory(to: stepup_wire_key.self).prefix(frame.count)
                    let spans = values.bindMemory(to: stepup_wire_span.self)
                    return keys.map { key in
                        Reading.Field(
                            key: String(cString: stepup_wire_key_name(key)), value: bytes(spans[Int(key.rawValue)]))
                    }
                }
            }
            return .frame(op: bytes(frame.op_name), fields: fields)
        }
    }

    /// The frame, or the error's name.
    static func encode(op: [UInt8], fields: [(key: String, value: [UInt8])]) -> Result<[UInt8], Named> {
        var buffer = [UInt8](repeating: 0xee, count: Int(STEPUP_WIRE_HEADER_LENGTH + STEPUP_WIRE_MAX_PAYLOAD))
        var length = 0
        // A C string ends at its first NUL: an op that holds one cannot be passed, and so cannot be sent.
        guard !op.contains(0) else { return .failure(Named(name: "unknown_op")) }
        let error = buffer.withUnsafeMutableBufferPointer { space in
            var writer = stepup_wire_writer()
            (op + [0]).withUnsafeBytes { name in
                stepup_wire_start(
                    &writer, space.baseAddress, space.count, name.bindMemory(to: CChar.self).baseAddress)
            }
            for (key, value) in fields {
                stepup_wire_put(&writer, stepup_wire_key_find(key, key.utf8.count), value, value.count)
            }
            return stepup_wire_finish(&writer, &length)
        }
        guard error == STEPUP_WIRE_OK else {
            return .failure(Named(name: String(cString: stepup_wire_error_name(error))))
        }
        return .success(Array(buffer.prefix(length)))
    }

    static func readHeader(_ header: [UInt8]) -> Result<Int, Named> {
        var length = 0
        let error = stepup_wire_read_header(header, &length)
        guard error == STEPUP_WIRE_OK else {
            return .failure(Named(name: String(cString: stepup_wire_error_name(error))))
        }
        return .success(length)
    }

    struct Named: Error, Equatable {
        let name: String
    }

    private static func bytes(_ span: stepup_wire_span) -> [UInt8] {
        Array(UnsafeBufferPointer(start: span.bytes, count: span.length))
    }
}
