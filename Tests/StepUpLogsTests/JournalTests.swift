import StepUpCore
import StepUpLogs
import Testing

@Suite struct JournalTests {
    private func log(_ text: String) -> LogFixture { LogFixture(JournalParser(), text) }

    @Test func aLineOfTheJournalIsALineOfItsProgram() {
        let found = log(
            #"{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1772352000123456","_HOSTNAME":"trading1","SYSLOG_IDENTIFIER":"sshd","_PID":"77","PRIORITY":"6","MESSAGE":"Accepted publickey for alice from 192.0.2.1 port 1 ssh2: ED25519 SHA256:abc"}"#
        )
        #expect(found.story == ["accepted alice 192.0.2.1"])
        #expect(found.events.first?.time.rfc3339 == "2026-03-01T08:00:00.123Z" && found.events.first?.host == "trading1")
    }

    @Test func bytesEscapesAndFieldsOfAnyShapeAreRead() {
        let bytes = Array("Invalid user \u{7}x from 192.0.2.1 port 1".utf8).map { "\($0)" }.joined(separator: ",")
        let found = log(
            #"{"A":null,"B":[1,{"x":"}"}],"C":{"d":["]"]},"N":-1.5e3,"MESSAGE":[\#(bytes)],"SYSLOG_IDENTIFIER":"sshd","__REALTIME_TIMESTAMP":"1772352000000000"}"#
        )
        #expect(found.story == ["invalid_user (\u{7}x) 192.0.2.1"])
        let escaped = log(
            #"{"MESSAGE":"Invalid user \"\u00e9\ud83d\ude00\\ from 192.0.2.1 port 1","SYSLOG_IDENTIFIER":"sshd","__REALTIME_TIMESTAMP":"1772352000000000"}"#
        )
        #expect(escaped.story == ["invalid_user (\"é😀\\) 192.0.2.1"])
    }

    @Test func whatIsBrokenIsCounted() {
        let whole =
            #"{"__REALTIME_TIMESTAMP":"1772352000000000","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Accepted password for alice from 192.0.2.1 port 1 ssh2"}"#
        for length in 1..<whole.utf8.count {
            let found = log(String(decoding: Array(whole.utf8.prefix(length)), as: UTF8.self))
            #expect(found.events.isEmpty && found.tally.unknown + found.tally.badTimes == 1, "\(length)")
        }
        #expect(
            log(#"{"MESSAGE":"Accepted password for alice from 192.0.2.1 port 1 ssh2","SYSLOG_IDENTIFIER":"sshd"}"#).tally.badTimes
                == 1)
    }
}
