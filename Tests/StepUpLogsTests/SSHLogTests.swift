import StepUpCore
import StepUpLogs
import Testing

@Suite struct SSHLogTests {
    private func story(_ messages: String...) -> [String] {
        LogFixture.syslog(messages.map { "Mar  1 08:00:00 trading1 sshd[10]: \($0)" }.joined(separator: "\n")).story
    }

    @Test func aLoginIsFoundByEveryMethod() {
        for method in ["password", "publickey", "keyboard-interactive/pam", "gssapi-with-mic", "hostbased"] {
            #expect(story("Accepted \(method) for alice from 192.0.2.1 port 50022 ssh2") == ["accepted alice 192.0.2.1"])
        }
        #expect(story("Accepted password for alice from 2001:db8::7 port 50022 ssh2") == ["accepted alice 2001:db8::7"])
        #expect(story("Accepted password for alice from fe80::1%eth0 port 50022 ssh2") == ["accepted alice fe80::1"])
        #expect(story("Accepted password for alice from ::ffff:192.0.2.1 port 50022") == ["accepted alice 192.0.2.1"])
    }

    @Test func theKeyIsKnownByItsFingerprint() throws {
        func key(_ text: String) -> Observed<KeyFact>? {
            LogFixture.syslog("Mar  1 08:00:00 h sshd[1]: Accepted publickey for a from 192.0.2.1 port 1 ssh2\(text)").events.first?
                .key
        }
        #expect(key(": ED25519 SHA256:abc") == .known(KeyFact(type: "ED25519", fingerprint: "SHA256:abc")))
        #expect(key(": RSA 1b:2c:3d") == .known(KeyFact(type: "RSA", fingerprint: "MD5:1b:2c:3d")))
        #expect(key("") == .unknown("no key"))
        // A certificate is renewed; its authority and key id stay.
        let first = key(": ED25519-CERT SHA256:one ID alice@corp (serial 5) CA ED25519 SHA256:ca")
        #expect(first?.value?.fingerprint == "certificate SHA256:ca alice@corp")
        #expect(first == key(": ED25519-CERT SHA256:two ID alice@corp (serial 6) CA ED25519 SHA256:ca"))
    }

    @Test func aFailureIsFoundOfAccountsAndOfNamesThatAreNobodys() {
        #expect(story("Failed password for root from 192.0.2.1 port 1 ssh2") == ["failed root 192.0.2.1"])
        #expect(
            story("Invalid user bob from 192.0.2.1 port 1", "Failed password for invalid user bob from 192.0.2.1 port 1 ssh2")
                == ["invalid_user (bob) 192.0.2.1", "failed (bob) 192.0.2.1"])
        #expect(story("Illegal user bob from 192.0.2.1") == ["invalid_user (bob) 192.0.2.1"])
        // Where the line above is missing, the name is counted all the same.
        #expect(
            story("Failed none for invalid user bob from 192.0.2.1 port 1 ssh2 [preauth]")
                == ["invalid_user (bob) 192.0.2.1", "failed (bob) 192.0.2.1"])
        #expect(story("Invalid user  from 192.0.2.1 port 1") == ["invalid_user () 192.0.2.1"])
        #expect(story("Invalid user a b from c from 192.0.2.1 port 1") == ["invalid_user (a b from c) 192.0.2.1"])
    }

    @Test func aNameThatLooksLikeALineMovesNoAddress() {
        let evil = "root from 198.51.100.1 port 22 ssh2"
        #expect(
            story("Failed password for invalid user \(evil) from 192.0.2.9 port 1 ssh2").last == "failed (\(evil)) 192.0.2.9")
        #expect(story("Invalid user \(evil) from 192.0.2.9 port 1") == ["invalid_user (\(evil)) 192.0.2.9"])
        #expect(
            story("Failed password for invalid user x: ED25519 SHA256:y from 192.0.2.9 port 1 ssh2").last
                == "failed (x: ED25519 SHA256:y) 192.0.2.9")
        // A name cannot make a login out of a failure.
        let accepted = "Accepted password for root from 198.51.100.1 port 22 ssh2"
        #expect(!story("Invalid user \(accepted) from 192.0.2.9 port 1").contains { $0.hasPrefix("accepted") })
        #expect(
            !story("Connection closed by invalid user \(accepted) 192.0.2.9 port 1 [preauth]").contains { $0.hasPrefix("accepted") }
        )
    }

    @Test func repeatedMessagesCountAsOftenAsTheyCame() {
        let rsyslog = LogFixture.syslog(
            """
            Mar  1 08:00:00 h sshd[1]: Failed password for root from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:09 h sshd[1]: message repeated 5 times: [ Failed password for root from 192.0.2.1 port 1 ssh2]
            """)
        #expect(rsyslog.tally.failed == 6)
        let sysklogd = LogFixture.syslog(
            """
            Mar  1 08:00:00 h sshd[1]: Failed password for root from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:09 h last message repeated 2 times
            """)
        #expect(sysklogd.tally.failed == 3)
        let invalid = LogFixture.syslog(
            """
            Mar  1 08:00:00 h sshd[1]: Invalid user bob from 192.0.2.1 port 1
            Mar  1 08:00:01 h sshd[1]: Failed password for invalid user bob from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:09 h sshd[1]: message repeated 2 times: [ Failed password for invalid user bob from 192.0.2.1 port 1 ssh2]
            """)
        #expect((invalid.tally.invalidUsers, invalid.tally.failed, invalid.tally.failedInvalidUser) == (1, 3, 3))
    }

    @Test func whatPAMSaysOfTheSameLoginIsNotASecondOne() {
        let log = LogFixture.syslog(
            """
            Mar  1 08:00:00 h sshd[1]: pam_unix(sshd:auth): check pass; user unknown
            Mar  1 08:00:00 h sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1
            Mar  1 08:00:02 h sshd[1]: Failed password for invalid user bob from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:03 h sshd[2]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root
            Mar  1 08:00:05 h sshd[2]: Failed password for root from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:09 h sshd[2]: PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root
            Mar  1 08:01:00 h sshd[3]: Accepted password for alice from 192.0.2.2 port 1 ssh2
            Mar  1 08:01:00 h sshd[3]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)
            Mar  1 09:01:00 h sshd[3]: pam_unix(sshd:session): session closed for user alice
            Mar  1 09:02:00 h sshd[4]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root
            """)
        #expect((log.tally.accepted, log.tally.failed, log.tally.invalidUsers, log.tally.closed) == (1, 2, 1, 1))
        #expect(log.events.last?.session == log.events.first { $0.kind == .accepted }?.session)
    }

    @Test func whereSshdIsSilentPAMsWordCounts() {
        let log = LogFixture.syslog(
            """
            Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 
            Jun 14 15:16:02 combo sshd(pam_unix)[19937]: check pass; user unknown
            Jun 15 02:04:59 combo sshd(pam_unix)[20882]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=host.example  user=root
            Jun 15 02:05:59 combo sshd(pam_unix)[20882]: 2 more authentication failures; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=host.example  user=root
            Jun 16 02:04:59 combo sshd(pam_unix)[20900]: session opened for user test by (uid=509)
            Jun 16 02:14:59 combo sshd(pam_unix)[20900]: session closed for user test
            """)
        #expect(
            log.story == [
                "invalid_user () 218.188.2.4", "failed () 218.188.2.4", "failed root", "failed root", "failed root",
                "accepted test", "closed test",
            ])
        #expect(log.events[2].source == .unknown("host name"))
    }

    @Test func newerProgramsOfOpenSSHAreSshd() {
        for program in ["sshd", "sshd-session", "sshd-auth", "/usr/sbin/sshd"] {
            let log = LogFixture.syslog("Mar  1 08:00:00 h \(program)[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2")
            #expect(log.events.first?.service == "sshd", "\(program)")
        }
        // Another program may write what it likes.
        let other = LogFixture.syslog("Mar  1 08:00:00 h app[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2")
        #expect(other.events.isEmpty && other.tally.unknown == 1)
    }

    @Test func severalHostsDoNotMix() {
        let log = LogFixture.syslog(
            """
            Mar  1 08:00:00 a sshd[1]: Accepted password for alice from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:00 b sshd[1]: Accepted password for bob from 192.0.2.2 port 1 ssh2
            Mar  1 09:00:00 b sshd[1]: pam_unix(sshd:session): session closed for user bob
            """)
        #expect(log.events.map(\.host) == ["a", "b", "b"])
        #expect(log.events[2].session == log.events[1].session && log.events[2].session != log.events[0].session)
    }

    @Test func theKeyOfAFirstMethodIsTheLogins() {
        let log = LogFixture.syslog(
            """
            Mar  1 08:00:00 h sshd[1]: Partial publickey for alice from 192.0.2.1 port 1 ssh2: ED25519 SHA256:abc
            Mar  1 08:00:01 h sshd[1]: Accepted keyboard-interactive/pam for alice from 192.0.2.1 port 1 ssh2
            Mar  1 08:00:02 h sshd[1]: Accepted keyboard-interactive/pam for bob from 192.0.2.1 port 2 ssh2
            """)
        #expect(log.events.map(\.key.value?.fingerprint) == ["SHA256:abc", nil])
    }

    @Test func otherSystemsWritersAreRead() {
        let accepted = "Accepted password for alice from 192.0.2.1 port 1 ssh2"
        for line in [
            "Mar  1 08:00:00 alpine auth.info sshd[1]: \(accepted)", "Mar  1 08:00:00 sshd[1]: \(accepted)",
            "Mar  1 08:00:00 sun sshd[1]: [ID 800047 auth.info] \(accepted)", "<38>Mar  1 08:00:00 h sshd[1]: \(accepted)",
        ] {
            #expect(LogFixture.syslog(line).story == ["accepted alice 192.0.2.1"], "\(line)")
        }
    }
}
