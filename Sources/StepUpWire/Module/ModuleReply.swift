import StepUpCore

/// What the daemon answers a module.
public struct ModuleReply: Sendable {
    public enum Verdict: String, Sendable { case allow, deny, ignore, challenge }

    /// What a challenge carries besides its verdict.
    public struct Prompt: Sendable {
        public var text: String
        public var echo: Bool
        /// Opaque; goes to the module as hex.
        public var state: [UInt8]

        public init(text: String, echo: Bool, state: [UInt8]) { (self.text, self.echo, self.state) = (text, echo, state) }
    }

    public var verdict: Verdict
    public var attempt: AttemptID?
    /// Why, one word.
    public var code: String
    /// A line for the log; printable ASCII.
    public var message: String?
    public var prompt: Prompt?
    /// RADIUS: what the reply to the NAS is to carry.
    public var attributes: RadiusAttributes?
    /// RADIUS, before the first factor: which bytes of the field are the password.
    public var password: Range<Int>?

    public init(
        _ verdict: Verdict, attempt: AttemptID? = nil, code: String, message: String? = nil, prompt: Prompt? = nil
    ) {
        (self.verdict, self.attempt, self.code, self.message, self.prompt) = (verdict, attempt, code, message, prompt)
    }

    public var frame: Frame {
        var frame = Frame(.reply)
        frame.append(.verdict, verdict.rawValue)
        if let attempt { frame.append(.attempt, attempt.description) }
        frame.append(.code, code)
        if let message { frame.append(.message, message) }
        if let prompt {
            frame.append(.prompt, prompt.text)
            frame.append(.echo, prompt.echo ? "on" : "off")
            frame.append(.state, Hex.encode(prompt.state))
        }
        if let attributes { frame.append(.attributes, attributes.wire) }
        if let password { frame.append(.split, "\(password.lowerBound),\(password.count)") }
        return frame
    }
}
