import StepUpCore
import StepUpLedger

extension Engine {
    /// Opens one token of each key that tokens rest under, to notice a lost or another key before somebody needs it.
    /// Leaves in `unusableKeys` what is wrong, one sentence a key.
    mutating func checkKeys(in step: Step) throws {
        unusableKeys = try step.transaction.tokensOfEachKey().compactMap { token in
            do {
                _ = try keys.open(token)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }
}
