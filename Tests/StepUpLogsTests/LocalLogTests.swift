import StepUpCore
import StepUpLogs
import Testing

@Suite struct LocalLogTests {
    private func log(_ lines: String...) -> LogFixture {
        LogFixture.syslog(lines.map { "Mar  1 08:00:00 h \($0)" }.joined(separator: "\n"))
    }

    @Test func sudoIsALoginOfWhoTypedWithItsCommand() {
        let found = log(
            "sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id -u",
            "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)",
            "sudo: pam_unix(sudo:session): session closed for user root")
        #expect(
            found.story == ["accepted alice"] && found.events[0].service == "sudo"
                && found.events[0].command == "sudo /usr/bin/id -u")
        #expect(found.events[0].source == .notApplicable)
        // Without a terminal; and root needs no password.
        #expect(
            log(
                "sudo:    alice : PWD=/ ; USER=root ; COMMAND=/usr/bin/id",
                "sudo:     root : PWD=/ ; USER=alice ; COMMAND=/usr/bin/id"
            ).story == ["accepted alice"])
    }

    @Test func sudosFailuresAreCountedByItsOwnWord() {
        let found = log(
            "sudo: pam_unix(sudo:auth): authentication failure; logname=alice uid=1000 euid=0 tty=/dev/pts/0 ruser=alice rhost=  user=alice",
            "sudo:    alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
            "sudo:      bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh")
        #expect(found.story == ["failed alice", "failed alice", "failed alice"])
    }

    @Test func suIsALoginOfWhoIsBecomeUnlessRootDoesIt() {
        #expect(
            log(
                "su[9]: (to root) alice on pts/0",
                "su[9]: pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)"
            ).story == ["accepted root"])
        #expect(log("su[9]: FAILED SU (to root) alice on pts/0").story == ["failed root"])
        #expect(log("su[9]: Successful su for root by alice", "su[9]: + /dev/pts/0 alice:root").story == ["accepted root"])
        #expect(log("su[9]: FAILED su for root by alice", "su[9]: - /dev/pts/0 alice:root").story == ["failed root"])
        #expect(log("su(pam_unix)[9]: session opened for user cyrus by (uid=0)").story == [])
        #expect(log("su: pam_unix(su-l:session): session opened for user news by root(uid=0)").story == [])
    }

    @Test func theConsoleIsALoginAndCronIsNone() {
        #expect(
            log(
                "login[9]: pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)",
                "login[9]: ROOT LOGIN  on '/dev/tty1'"
            ).story
                == ["accepted root"])
        #expect(
            log(
                "login[9]: pam_unix(login:auth): authentication failure; logname=LOGIN uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=alice",
                "login[9]: FAILED LOGIN (1) on '/dev/tty1' FOR 'alice', Authentication failure"
            ).story == ["failed alice"])
        #expect(
            log(
                "CRON[9]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
                "systemd: pam_unix(systemd-user:session): session opened for user alice(uid=1000) by (uid=0)"
            ).story == [])
    }

    @Test func everyLineComesToOneEnd() {
        let found = log(
            "kernel: something 1", "kernel: something 2", "sshd[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2",
            "sshd[1]: Received disconnect from 192.0.2.1 port 1:11: bye",
            "sshd[1]: a line that no sshd writes", "no program at all")
        #expect(found.tally.unknown == 4 && found.tally.understood == 1 && found.tally.accepted == 1)
        #expect(found.shapes.first.map { ($0.text, $0.count) } ?? ("", 0) == ("kernel: something #", 2))
        #expect(found.shapes.first?.example == "something 1")
    }

    @Test func shapesAreBounded() {
        var reading = LogReading()
        for number in 0..<5000 {
            let letters = String(number).map { "abcdefghij"[String.Index(utf16Offset: $0.wholeNumberValue ?? 0, in: "abcdefghij")] }
            reading.unknown([][...], Array("shape \(String(letters))".utf8)[...])
        }
        #expect(reading.shapes.count == Shapes.capacity && reading.shapes.others == 4000 && reading.tally.unknown == 5000)
    }

    @Test func aLineCutAnywhereIsReadWithoutHarm() {
        let lines = [
            "Mar  1 08:00:00 h sshd[1]: Accepted publickey for alice from 192.0.2.1 port 1 ssh2: ED25519-CERT SHA256:x ID a (serial 5) CA RSA SHA256:y",
            "2026-03-01T08:00:00.123+01:00 h sshd[1]: Failed password for invalid user bob from 192.0.2.1 port 1 ssh2",
            "Mar  1 08:00:00 h sshd(pam_unix)[1]: authentication failure; logname= uid=0 euid=0 tty=x ruser= rhost=192.0.2.1  user=root",
            "Mar  1 08:00:00 h sudo:  alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
            "Mar  1 08:00:00 h sshd[1]: message repeated 5 times: [ Failed password for root from 192.0.2.1 port 1 ssh2]",
            "<86>1 2026-03-01T08:00:00Z h sshd 1 - [x@1 a=\"b\"] Accepted password for alice from 192.0.2.1 port 1 ssh2",
            "Mar  1 08:00:00 h su[1]: (to root) alice on pts/0",
            "Mar  1 08:00:00 h login[1]: FAILED LOGIN (1) on '/dev/tty1' FOR 'alice', x",
        ]
        for line in lines {
            for length in 0...line.utf8.count {
                for byte: UInt8 in [0x20, 0xff, 0x5d, 0x3a] {
                    var bytes = Array(line.utf8.prefix(length))
                    bytes.append(byte)
                    let log = LogFixture(
                        SyslogParser(LogContext(zone: .utc, end: Timestamp(seconds: 1_800_000_000), year: 2026)), bytes)
                    #expect(log.events.count <= 8)
                }
            }
        }
    }
}
