import ArgumentParser
import Glibc
import StepUpConfig
import StepUpCore
import StepUpLedger

/// What most commands take.
struct Common: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's configuration.", valueName: "file"))
    var config = DaemonConfig.defaultPath

    /// The configuration; where the default file is missing, the defaults.
    func readConfig() throws -> DaemonConfig {
        if config == DaemonConfig.defaultPath, access(config, F_OK) != 0 { return DaemonConfig() }
        do { return try DaemonConfig(try TextFile.read(config), file: config) } catch let error as ConfigError {
            throw Failure("\(error)")
        }
    }

    func control() throws -> ControlClient { ControlClient(path: try readConfig().paths.controlSocket) }

    func ledger(_ path: String? = nil) throws -> LedgerReader {
        do { return try LedgerReader(path: try path ?? readConfig().paths.ledger) } catch let error as LedgerError {
            throw Failure(error.reason)
        }
    }
}

/// For commands that read a ledger: which.
struct LedgerOption: ParsableArguments {
    @Option(help: ArgumentHelp("Another ledger than this host's, such as a backup.", valueName: "file")) var ledger: String?
}

/// `1 rule`, `2 rules`.
func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

struct JSONFlag: ParsableArguments {
    @Flag(help: "Print JSON, one object, for programs.")
    var json = false
}

/// Why a command was not done. Printed to standard error as `stepupctl: reason`.
struct Failure: Error, CustomStringConvertible {
    var reason: String
    var code: Int32

    init(_ reason: String, code: Int32 = 1) { (self.reason, self.code) = (reason, code) }
    var description: String { reason }
}

extension AttemptID {
    /// One that was given on the command line.
    static func given(_ text: String) throws -> AttemptID {
        guard let id = AttemptID(text) else {
            throw Failure("'\(EvidenceText.printable(text))' is no attempt: 26 letters and digits", code: 64)
        }
        return id
    }
}

/// A command of ours: whatever its body throws becomes one line on standard error and an exit code.
protocol Command: ParsableCommand {
    func perform() throws
}

extension Command {
    func run() throws {
        do {
            try perform()
            try Terminal.finish()
        } catch let failure as Failure {
            Terminal.complain(failure.reason)
            throw ExitCode(failure.code)
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
    }
}
