import NIOConcurrencyHelpers
import StepUpCore
import StepUpCrypto
import StepUpLedger

/// The daemon's keys, each for one purpose, all derived by label from the keys of the key file (S17).
///
/// The first key of the file is the current one; the others only open what was sealed under them.
public struct Keyring: Sendable {
    /// Names the current key in each token's row.
    public let currentID: String
    private let tokenKeys: [String: Secret]
    /// The other keys of the file, sorted.
    public var olderIDs: [String] { tokenKeys.keys.filter { $0 != currentID }.sorted() }
    private let stateMaster: Secret
    /// Of the latest days, as they were derived.
    private let stateKeys = NIOLockedValueBox([Int64: Secret]())
    private let names: HMAC
    private let answers: HMAC
    private let retries: HMAC

    /// - Parameter host: state keys are of one host: a state sealed on another opens nothing here.
    public init(_ keys: [KeyFile.Key], host: String) throws {
        guard let current = keys.first else { throw KeyError("the key file holds no key") }
        currentID = current.id
        var tokenKeys: [String: Secret] = [:]
        for key in keys {
            tokenKeys[key.id] = try HKDF.derive(from: key.secret, label: "stepup/v1/token", size: AESGCM.keySize)
        }
        self.tokenKeys = tokenKeys
        stateMaster = try HKDF.derive(from: current.secret, label: "stepup/v1/state/\(host)", size: 32)
        func hash(_ label: String) throws -> HMAC {
            try HMAC(.sha256, key: HKDF.derive(from: current.secret, label: label, size: 32))
        }
        names = try hash("stepup/v1/name")
        answers = try hash("stepup/v1/answer")
        retries = try hash("stepup/v1/retry")
    }

    // MARK: Token secrets

    /// Seals a token's secret under the current key; it opens for this token and account alone.
    public func seal(_ secret: Secret, token: TokenID, account: String, _ entropy: any Entropy) throws -> [UInt8] {
        guard let key = tokenKeys[currentID] else { throw KeyError("the current key is gone") }
        return try AESGCM.seal(
            secret, key: key, nonce: try entropy.bytes(AESGCM.nonceSize), associated: Self.tokenContext(token, account))
    }

    public func open(_ sealed: [UInt8], keyID: String, token: TokenID, account: String) throws -> Secret {
        guard let key = tokenKeys[keyID] else {
            throw KeyError("token \(token) is sealed under key \(keyID), which the key file does not hold; put it back")
        }
        do { return try AESGCM.open(sealed, key: key, associated: Self.tokenContext(token, account)) } catch {
            throw KeyError(
                "token \(token) of \(account) does not open under key \(keyID): is it another key of the same id? Put the key file back"
            )
        }
    }

    /// The secret of a token as it rests.
    func open(_ token: StoredToken) throws -> Secret {
        try open(token.sealed, keyID: token.keyID, token: token.id, account: token.account)
    }

    private static func tokenContext(_ token: TokenID, _ account: String) -> [UInt8] {
        Array("stepup token \(token) of \(account)".utf8)
    }

    // MARK: Challenge states

    /// Seals which challenge it is, the round of an attempt, for the module to carry: 56 bytes, none of them NUL, for there are RADIUS
    /// clients that take a State for a C string (ocserv 1.1.6). The key changes every day.
    public func sealState(
        _ attempt: AttemptID, round: Int64, binding: String, day: Int64, _ entropy: any Entropy
    ) throws -> [UInt8] {
        let content = Secret(Array(attempt.description.utf8) + [UInt8(clamping: round)])
        let key = try stateKey(day)
        // Four of five have no NUL; 200 that all have one do not happen.
        for _ in 0..<200 {
            let sealed = try AESGCM.seal(
                content, key: key, nonce: try entropy.bytes(AESGCM.nonceSize), associated: Array(binding.utf8))
            if !sealed.contains(0) { return [Self.tag(day)] + sealed }
        }
        throw KeyError("the random source gives the same bytes again and again")
    }

    /// Names a day's key; never NUL.
    private static func tag(_ day: Int64) -> UInt8 { UInt8(truncatingIfNeeded: day % 255 + 1) }

    /// What a state names: the round of an attempt.
    public typealias Prompt = (attempt: AttemptID, round: Int64)

    /// The challenge that the state names, if it was sealed for this binding today, or yesterday.
    public func openState(_ state: [UInt8], binding: String, day: Int64) -> Prompt? {
        guard let tag = state.first else { return nil }
        for candidate in [day, day - 1, day + 1] where Self.tag(candidate) == tag {
            guard let key = try? stateKey(candidate),
                let content = try? AESGCM.open(Array(state.dropFirst()), key: key, associated: Array(binding.utf8))
            else { return nil }
            return content.withBytes { bytes in
                guard let round = bytes.last, let attempt = AttemptID(String(decoding: bytes.dropLast(), as: UTF8.self)) else {
                    return nil
                }
                return (attempt, Int64(round))
            }
        }
        return nil
    }

    private func stateKey(_ day: Int64) throws -> Secret {
        try stateKeys.withLockedValue { keys in
            if let key = keys[day] { return key }
            let key = try HKDF.derive(from: stateMaster, label: "day \(day)", size: AESGCM.keySize)
            // Yesterday's, today's, tomorrow's; a clock that runs wild keeps no more.
            if keys.count >= 3 { keys.removeAll() }
            keys[day] = key
            return key
        }
    }

    // MARK: Keyed hashes

    /// What stands for a name that resolves to nobody (S11): 16 bytes in hex.
    public func nameHash(_ name: [UInt8]) throws -> String {
        Hex.encode(try names.tag(name).prefix(16))
    }

    /// What stands for a request, so that its retry is known (S15).
    /// - Parameter secret: what the person typed; nil: nothing.
    public func retryTag(_ request: String, _ secret: Secret?) throws -> UInt128 {
        let typed: [UInt8] = secret.map { $0.withBytes { [1] + Array($0) } } ?? [0]
        let tag = try retries.tag(Array(request.utf8) + [0] + typed)
        return tag.prefix(16).bigEndian(as: UInt128.self)
    }

    /// What stands for a wrong answer within its attempt (S23): 16 bytes in hex.
    public func answerTag(_ answer: Secret, attempt: AttemptID) throws -> String {
        let message = Array(attempt.description.utf8) + answer.withBytes { Array($0) }
        return Hex.encode(try answers.tag(message).prefix(16))
    }
}
