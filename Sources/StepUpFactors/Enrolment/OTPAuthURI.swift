import StepUpCore
import StepUpCrypto

/// The `otpauth://` URI that authenticator apps scan (Key Uri Format of Google Authenticator's wiki).
public enum OTPAuthURI {
    /// - Parameters:
    ///   - issuer: whose account it is; shown by the app.
    ///   - counter: HOTP: the first counter.
    public static func make(
        kind: TokenKind, issuer: String, account: String, secret: Secret, parameters: OTPParameters, counter: Int64 = 0
    ) -> Secret {
        let label = escape(issuer) + ":" + escape(account)
        let ending = kind == .totp ? "&period=\(parameters.period)" : "&counter=\(counter)"
        let text =
            "otpauth://\(kind.rawValue)/\(label)?secret=\(secret.withBytes { Base32.encode($0) })&issuer=\(escape(issuer))"
            + "&algorithm=\(parameters.algorithm.rawValue.uppercased())&digits=\(parameters.digits)\(ending)"
        return Secret(utf8: text)
    }

    /// RFC 3986, 2.1: all but the unreserved characters.
    private static func escape(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isUnreserved =
                (byte >= 48 && byte <= 57) || (byte | 0x20 >= 97 && byte | 0x20 <= 122) || [0x2d, 0x2e, 0x5f, 0x7e].contains(byte)
            if isUnreserved {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return out
    }
}
