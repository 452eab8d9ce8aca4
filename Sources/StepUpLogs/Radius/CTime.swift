import StepUpCore

/// The time as ctime(3) writes it and FreeRADIUS puts it before its lines: `Mon Dec 10 06:55:46 2018`.
enum CTime {
    static let length = 24

    /// The time at the beginning of a line; nil: there is none.
    static func read(_ line: ArraySlice<UInt8>, by clock: inout LocalClock) -> Timestamp? {
        let start = line.startIndex
        guard hasForm(line), let month = month(line, start + 4), let day = number(line, start + 8, 2),
            let hour = number(line, start + 11, 2), let minute = number(line, start + 14, 2),
            let second = number(line, start + 17, 2), let year = number(line, start + 20, 4)
        else { return nil }
        return clock.instant(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// Spaces and colons stand where they should.
    static func hasForm(_ line: ArraySlice<UInt8>) -> Bool {
        let start = line.startIndex
        guard line.count >= length else { return false }
        return line[start + 3] == 0x20 && line[start + 7] == 0x20 && line[start + 10] == 0x20 && line[start + 13] == 0x3a
            && line[start + 16] == 0x3a && line[start + 19] == 0x20 && 0x30...0x39 ~= line[start + 23]
    }

    /// The first may be a space.
    private static func number(_ line: ArraySlice<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            let byte = line[index]
            if byte == 0x20, index == start { continue }
            guard 0x30...0x39 ~= byte else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    private static func month(_ line: ArraySlice<UInt8>, _ start: Int) -> Int? {
        let name = UInt32(line[start]) << 16 | UInt32(line[start + 1]) << 8 | UInt32(line[start + 2])
        switch name {
        case 0x4a_616e: return 1
        case 0x46_6562: return 2
        case 0x4d_6172: return 3
        case 0x41_7072: return 4
        case 0x4d_6179: return 5
        case 0x4a_756e: return 6
        case 0x4a_756c: return 7
        case 0x41_7567: return 8
        case 0x53_6570: return 9
        case 0x4f_6374: return 10
        case 0x4e_6f76: return 11
        case 0x44_6563: return 12
        default: return nil
        }
    }
}
