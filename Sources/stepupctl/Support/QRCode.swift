import CQrencode
import StepUpCore

/// A QR code for a terminal, by libqrencode: two rows of modules a line, in half blocks.
enum QRCode {
    /// Lines to print; nil if the text does not fit.
    /// - Parameter coloured: with its own black and white; else for a dark background.
    static func lines(_ text: Secret, coloured: Bool) -> [String]? {
        let bytes = text.withBytes { Array($0) } + [0]
        let code = bytes.withUnsafeBytes { buffer in
            QRcode_encodeString8bit(buffer.assumingMemoryBound(to: CChar.self).baseAddress, 0, QR_ECLEVEL_L)
        }
        guard let code else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        let quiet = 2
        func isLight(_ x: Int, _ y: Int) -> Bool {
            guard x >= 0, y >= 0, x < width, y < width else { return true }
            return code.pointee.data[y * width + x] & 1 == 0
        }
        return stride(from: -quiet, to: width + quiet, by: 2).map { y in
            let modules = (-quiet..<width + quiet).map { x in
                switch (isLight(x, y), y + 1 < width + quiet && isLight(x, y + 1)) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }.joined()
            return coloured ? "\u{1b}[37;1;40m\(modules)\u{1b}[0m" : modules
        }
    }
}
