/// Looking into a line without copying it.
extension ArraySlice<UInt8> {
    func begins(_ word: [UInt8]) -> Bool {
        guard count >= word.count else { return false }
        var index = startIndex
        for byte in word {
            if self[index] != byte { return false }
            index += 1
        }
        return true
    }

    func ends(_ word: [UInt8]) -> Bool { count >= word.count && self[(endIndex - word.count)...].begins(word) }

    /// What stands behind a word with which it begins.
    func after(_ word: [UInt8]) -> ArraySlice<UInt8>? { begins(word) ? self[(startIndex + word.count)...] : nil }

    /// What stands before a word with which it ends.
    func before(_ word: [UInt8]) -> ArraySlice<UInt8>? { ends(word) ? self[..<(endIndex - word.count)] : nil }

    func first(_ word: [UInt8]) -> Int? {
        guard let initial = word.first, count >= word.count else { return nil }
        var index = startIndex
        let last = endIndex - word.count
        while index <= last {
            if self[index] == initial, self[index...].begins(word) { return index }
            index += 1
        }
        return nil
    }

    func first(_ word: String) -> Int? { first(Array(word.utf8)) }

    func last(_ word: String) -> Int? { last(Array(word.utf8)) }

    func last(_ word: [UInt8]) -> Int? {
        guard let initial = word.first, count >= word.count else { return nil }
        var index = endIndex - word.count
        while index >= startIndex {
            if self[index] == initial, self[index...].begins(word) { return index }
            index -= 1
        }
        return nil
    }

    /// Up to the next blank, which is taken too.
    mutating func word() -> ArraySlice<UInt8> {
        var index = startIndex
        while index < endIndex, self[index] != 0x20 { index += 1 }
        let word = self[startIndex..<index]
        self = self[Swift.min(index + 1, endIndex)...]
        return word
    }

    mutating func skipBlanks() {
        while let byte = first, byte == 0x20 || byte == 0x09 { removeFirst() }
    }

    /// A decimal number of at most 18 digits; nil if anything else stands there.
    var number: Int? {
        guard !isEmpty, count <= 18 else { return nil }
        var value = 0
        for byte in self {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte) - 0x30
        }
        return value
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}

/// The bytes of a word, to be looked for in lines; make it once.
func bytes(_ word: StaticString) -> [UInt8] { word.withUTF8Buffer { Array($0) } }
