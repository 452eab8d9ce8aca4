import ArgumentParser
import Foundation
import StepUpConfig
import StepUpCore
import StepUpCrypto
import StepUpSources

struct Init: Command {
    static let configuration = CommandConfiguration(
        abstract: "Make keys, folders, a first policy and the ledger of this host.",
        discussion: """
            What is there already stays as it is; a ledger that is there is never touched. Copy the key file to a safe place: without
            it no token can be used.

            EXAMPLES
              sudo stepupctl init
              sudo stepupctl init --policy trading.toml
            """)

    @OptionGroup var common: Common
    @Option(help: ArgumentHelp("The first policy; else one that only watches new addresses.", valueName: "file"))
    var policy: String?

    func perform() throws {
        guard geteuid() == 0 else { throw Failure("init makes files of root; use sudo") }
        umask(0o077)
        let config = try common.readConfig()
        let isKept = access(config.paths.ledger, F_OK) == 0
        guard !isKept || access(config.paths.keys ?? Self.keyPath, F_OK) == 0 else {
            throw Failure(
                "\(config.paths.ledger) is there, and its keys (\(config.paths.keys ?? Self.keyPath)) are not: put your copy of them back. "
                    + "New keys would open no token")
        }
        guard !isKept || policy != nil || access(config.paths.policy, F_OK) == 0 else {
            throw Failure(
                "\(config.paths.ledger) is there, and its policy \(config.paths.policy) is not: put it back (stepupctl policy show --toml prints "
                    + "the one in force), or say which with --policy. A new one would ask nobody")
        }
        try folder(parent(config.paths.ledger), 0o700)
        try folder(config.paths.spool, 0o711)
        try folder("\(config.paths.spool)/pam", 0o700)
        try keys(config.paths.keys ?? Self.keyPath)
        let isNewPolicy = try firstPolicy(config.paths.policy, ZoneFiles(directory: config.paths.zoneinfo))
        if isKept { return print("kept    \(config.paths.ledger)") }
        do { try runDaemon(["--config", common.config, "--init"]) } catch {
            // So that the next try may bring another one.
            if isNewPolicy { unlink(config.paths.policy) }
            throw error
        }
        print("made    \(config.paths.ledger)")
        print("next: systemctl enable --now stepupd; stepupctl enrol USER; see Docs/Operations.md for sshd")
    }

    private static let keyPath = "/etc/stepup/keys"

    private func parent(_ path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    private func folder(_ path: String, _ mode: mode_t) throws {
        do {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
                guard isFolder.boolValue else { throw Failure("\(path) is there and is no folder") }
                return
            }
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch let failure as Failure { throw failure } catch { throw Failure("\(path): \(error.localizedDescription)") }
        guard chmod(path, mode) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        print("made    \(path)")
    }

    private func keys(_ path: String) throws {
        try folder(parent(path), 0o755)
        if access(path, F_OK) == 0 { return print("kept    \(path)") }
        let day = Timestamp(seconds: Int64(time(nil))).forPeople.prefix(10)
        let key = Hex.encode(try SystemEntropy().bytes(32))
        // Two keys must never have one id, not even those of one day.
        let random = Hex.encode(try SystemEntropy().bytes(3))
        try TextFile.create(
            path, "# StepUp keys: the first line is current. Docs/Operations.md says how to rotate.\nk\(day)-\(random) \(key)\n",
            mode: 0o600)
        print("made    \(path)  (copy it to a safe place)")
    }

    /// - Returns: whether it was made now.
    private func firstPolicy(_ path: String, _ zones: ZoneFiles) throws -> Bool {
        try folder(parent(path), 0o755)
        if access(path, F_OK) == 0 {
            guard policy == nil else {
                throw Failure("\(path) is there already; put another in force with: stepupctl policy load FILE")
            }
            print("kept    \(path)")
            return false
        }
        let text = try policy.map { try TextFile.read($0) } ?? Self.watching
        try common.policy(text: text, file: policy ?? path, zones).runTests()
        try TextFile.create(path, text, mode: 0o640)
        print("made    \(path)")
        return true
    }

    private static let watching = """
        # Watches and asks nobody: see what it would do with `stepupctl audit show`, then set mode = "enforce".
        version = 1
        mode = "shadow"

        [[rule]]
        name = "new-address"
        signal = "ip_new"
        require = "otp"

        """

    /// The ledger has one writer: the daemon makes it, too (S18).
    private func runDaemon(_ arguments: [String]) throws {
        let own = Bundle.main.executableURL?.deletingLastPathComponent().path ?? "/usr/bin"
        let candidates = ["\(own)/stepupd", "/usr/sbin/stepupd", "/usr/local/sbin/stepupd"]
        guard let program = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw Failure("stepupd is not beside stepupctl and not in /usr/sbin; is it installed?")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        do { try process.run() } catch { throw Failure("\(program): \(error.localizedDescription)") }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(1) }
    }
}
