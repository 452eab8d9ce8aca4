"""User names such as no account has, as a peer could send them past the module."""

import pytest
import rig
from invariants import hold
from wire import begin, exchange, failure, frame, head

NAMES = {
    "empty": b"", "256 bytes": b"x" * 256, "257 bytes": b"x" * 257, "4 KiB": b"y" * 4096, "as long as a value may be": b"z" * 8192,
    "control characters": bytes(range(1, 32)) + b"\x7f", "escape sequence": b"\x1b]0;owned\x07alice\x1b[2K", "C1 controls": b"alice\x9b31m",
    "invalid UTF-8": b"\xff\xfe\x80alice", "cut UTF-8": "alicé".encode()[:-1], "overlong": b"\xc0\xaf\xc0\xae",
    "surrogate": b"\xed\xa0\x80", "bidi": "\u202eecila".encode(), "a line feed": b"alice\nbob", "blank around": b" alice ",
    "another case": b"ALICE", "an equals sign": b"user=alice", "a number": b"0", "composed": "alice\u0301".encode(),
}


BROKEN = {
    "NUL behind": begin(b"alice\0"), "NUL before": begin(b"\0alice"), "NUL and a key": begin(b"alice\0verdict=allow"),
    "NUL and a name": begin(b"alice\0user=root"), "too long": begin(b"q" * 8193),
    "no value": frame(*head("begin", "alice")[:-1], "user", "phase=auth", "first_factor=ssh"),
    "no name": frame(*head("begin", "alice")[:-1], "phase=auth", "first_factor=ssh"),
}


def test_s11_a_name_that_is_nobodys_is_denied_recorded_and_told_to_nobody(host, alice):
    for what, name in NAMES.items():
        reply = exchange(begin(name))
        assert reply["verdict"] == "deny" and "prompt" not in reply, what
        decided = host.events("--attempt", reply["attempt"])[0].data
        assert decided["decision"]["basis"] == "unknown_user", what
        assert decided["attempt"]["subject"]["unresolved_length"] == len(name), what
        assert exchange(failure(name))["code"] == "recorded"
        assert host.latest("SU1008").data["subject"]["unresolved_length"] == len(name), what
        assert exchange(begin())["verdict"] == "challenge", "nobody else suffers"
    files = [path.read_bytes() for path in rig.LEDGER.parent.glob("ledger.db*")] + [host.daemon_log().encode("utf-8", "surrogateescape")]
    assert not [what for what, name in NAMES.items() if len(name) > 8 and any(name in file for file in files)]
    hold(host)


def test_s14_a_name_that_is_no_value_ends_the_connection(host, alice):
    before = len(host.events())
    for what, data in BROKEN.items():
        assert exchange(data) is None, what
    assert len(host.events()) == before, "what was not understood is no attempt"
    assert exchange(begin())["verdict"] == "challenge"


@pytest.mark.parametrize("name", [b"x" * 256, b"\xff\xfe\x80alice", b"alice\x9b31m", bytes(range(1, 32))],
                         ids=["256 bytes", "invalid UTF-8", "C1 controls", "control characters"])
def test_strange_names_come_through_pam_as_they_are_and_are_denied(host, alice, name):
    service = host.service("names", "auth required pam_stepup.so timeout=1", "account required pam_stepup.so timeout=1")
    key = " ".join((rig.KEYS / "alice.pub").read_text().split()[:2])
    result = rig.subprocess.run(
        ["pamtester", "-I", "rhost=127.0.0.1", "-E", f"SSH_AUTH_INFO_0=publickey {key}", service, name, "authenticate"],
        stdin=rig.subprocess.DEVNULL, capture_output=True, timeout=20)
    assert result.returncode != 0
    assert host.decision()["basis"] == "unknown_user"
    assert host.latest("SU1001").data["attempt"]["subject"]["unresolved_length"] == len(name)
    assert not host.log.find(name[:64].decode("utf-8", "backslashreplace"))
    hold(host)
