/// The version of the programs, as `--version` prints it and the ledger records it.
public enum StepUpVersion {
    public static let current = "0.1.0"
}
