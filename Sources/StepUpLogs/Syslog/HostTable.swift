/// Hosts whose lines stand in one log, each with a number; beyond `capacity` they share the last one.
struct HostTable: Sendable {
    static let capacity = 4096

    private var names: [[UInt8]] = []
    private var texts: [String] = []
    private var numbers: [[UInt8]: Int] = [:]
    /// Whether its sshd tells itself who is let in and who fails.
    private var isSpeaking: [Bool] = []
    private var last = 0

    mutating func index(of name: ArraySlice<UInt8>) -> Int {
        if last < names.count, names[last][...] == name { return last }
        if let known = numbers[Array(name)] {
            last = known
        } else if names.count < Self.capacity {
            last = names.count
            numbers[Array(name)] = last
            names.append(Array(name))
            texts.append(name.text)
            isSpeaking.append(false)
        } else {
            last = Self.capacity - 1
        }
        return last
    }

    func name(_ index: Int) -> String { texts[index] }

    mutating func speak(_ index: Int) { isSpeaking[index] = true }

    func speaks(_ index: Int) -> Bool { isSpeaking[index] }
}
