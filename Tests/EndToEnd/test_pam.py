"""The module in stacks of its own: arguments, fallbacks, phases, sudo."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pexpect
import pytest
import rig

MODULE = "pam_stepup.so"


@pytest.fixture
def plain(host):
    """A service with only us in it, as sshd would call it."""
    return host.service("plain", f"auth required {MODULE} timeout=1", f"account required {MODULE} timeout=1",
                        f"session required {MODULE} timeout=1")


@pytest.fixture
def lenient(host):
    """The same, with unavailable=ignore and what stands for success behind it, as shipped."""
    return host.service("lenient", f"auth requisite {MODULE} timeout=1 unavailable=ignore", "auth required pam_permit.so",
                        f"account required {MODULE} timeout=1 unavailable=ignore", "account required pam_permit.so")


def test_the_right_code_passes_auth_account_and_session(host, alice, plain):
    login = host.pam(plain, "alice", [alice.fresh], ["authenticate", "acct_mgmt", "open_session", "close_session"])
    assert login.ok, login
    assert [e.code for e in host.attempt()] == ["SU1001", "SU1002", "SU1003", "SU1004", "SU1005", "SU1006"]


def test_an_unknown_argument_fails_every_call_with_a_log_line(host, alice):
    for argument in ["sockets=/x", "timeout=0", "timeout=3 timeout=4", "unavailable=maybe", "first_factor=none", "debug=1", "account=on"]:
        service = host.service("broken", f"auth required {MODULE} {argument}", f"account required {MODULE} {argument}",
                               f"session required {MODULE} {argument}")
        for operation in ["authenticate", "acct_mgmt", "open_session", "close_session"]:
            assert not host.pam(service, "alice", [alice.code], [operation]).ok, argument
        rig.wait_until(lambda: host.log.find("argument unknown, malformed or given twice"), argument)


def test_s01_ssh_needs_a_publickey_line_of_sshd(host, alice, plain):
    for environment in [{}, {"SSH_AUTH_INFO_0": "password"}, {"SSH_AUTH_INFO_0": "xpublickey ssh-ed25519 AAAA"}]:
        login = host.pam(plain, "alice", [alice.code], ["authenticate"], key=None, environment=environment)
        assert not login.ok and not login.prompts, environment
        assert host.decision()["basis"] == "first_factor"


def test_s01_the_process_environment_proves_nothing(host, alice, plain):
    text = " ".join(Path("/root/keys/alice.pub").read_text().split()[:2])
    child = pexpect.spawn("pamtester", ["-I", "rhost=127.0.0.1", plain, "alice", "authenticate"], encoding="utf-8",
                          env={**os.environ, "SSH_AUTH_INFO_0": f"publickey {text}"})
    login = host.converse(child, [alice.code])
    assert not login.ok and not login.prompts


def test_s01_failed_reports_and_always_refuses(host):
    service = host.service("failing", f"auth required {MODULE} first_factor=failed")
    assert not host.pam(service, "alice", operations=["authenticate"]).ok
    report = host.latest("SU1008")
    assert report.account == "alice" and report.data["source"] == {"known": "127.0.0.1"}


def test_s01_a_listed_method_counts_as_first_factor(host, alice):
    service = host.service("listed", f"auth required {MODULE} ssh_methods=password,publickey")
    assert host.pam(service, "alice", [alice.fresh], ["authenticate"], key=None, environment={"SSH_AUTH_INFO_0": "password"}).ok


def test_s02_a_stopped_daemon_denies_within_the_timeout_and_is_recorded_later(host, alice, plain):
    host.signal(signal.SIGSTOP)
    start = time.monotonic()
    login = host.pam(plain, "alice", operations=["authenticate"])
    took = time.monotonic() - start
    assert not login.ok and not login.prompts and took < 2.5
    assert len(list(rig.SPOOL.glob("*.frame"))) == 1
    assert host.log.find("stepupd gave no answer")
    host.signal(signal.SIGCONT)
    fallback = rig.wait_until(lambda: host.latest("SU1010"), "the fallback becomes an event")
    assert fallback.data["fallback"] == "deny" and fallback.data["verified"] is False
    assert "timeout" in fallback.data["reason"]
    rig.wait_until(lambda: not list(rig.SPOOL.glob("*.frame")), "the spool is empty")


def test_s02_a_verdict_that_came_too_late_is_overridden_by_the_fallback(host, alice, lenient):
    host.known("alice", alice)
    host.signal(signal.SIGSTOP)
    assert host.pam(lenient, "alice").ok
    host.signal(signal.SIGCONT)
    rig.wait_until(lambda: host.latest("SU1011"), "overridden")
    overridden = host.latest("SU1011")
    decided = next(e for e in host.events("--attempt", overridden.attempt) if e.code == "SU1001")
    assert decided.data["attempt"]["request"] == overridden.data["request"]


def test_s02_ignore_lets_the_first_factor_stand_only_with_its_record(host, alice, lenient):
    host.stop()
    assert host.pam(lenient, "alice").ok
    assert not host.pam(lenient, "alice", key=None).ok, "S01: without a key the fallback denies, too"
    record = rig.SPOOL
    moved = Path("/var/spool/stepup/away")
    record.rename(moved)
    assert not host.pam(lenient, "alice").ok, "no record, no login"
    moved.rename(record)
    host.start()
    rig.wait_until(lambda: len(host.events("--code", "SU1010")) >= 2, "fallbacks are recorded")
    assert {e.data["fallback"] for e in host.events("--code", "SU1010")} == {"ignore", "deny"}


def test_s02_ignore_alone_in_its_stack_lets_nobody_in(host):
    service = host.service("alone", f"auth required {MODULE} unavailable=ignore timeout=1")
    host.stop()
    assert not host.pam(service, "alice", operations=["authenticate"]).ok
    host.start()


def test_s02_ignore_does_not_apply_once_a_challenge_is_out(host, alice, lenient):
    for what in (signal.SIGSTOP, signal.SIGKILL):
        login = host.pam(lenient, "alice", [lambda: (host.signal(what), alice.code())[1]])
        assert not login.ok, what
        assert not list(rig.SPOOL.glob("*.frame")), "and there is no fallback to record"
        host.signal(signal.SIGCONT)
    host.daemon.wait()
    host.start()


def test_s02_ignore_does_not_apply_where_a_reply_came_however_bad(host, alice, lenient):
    import socket
    import threading
    deny = b"stepup=1\0op=reply\0verdict=deny\0"
    whole = len(deny).to_bytes(4, "big") + deny
    host.stop()
    for reply in (whole + b"x", whole[:-5], b"\0\0\0\3a=b", b"\xff\xff\xff\xff"):
        Path(rig.SOCKET).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(rig.SOCKET)
            listener.listen()

            def answer():
                peer, _ = listener.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(reply)

            thread = threading.Thread(target=answer)
            thread.start()
            assert not host.pam(lenient, "alice", operations=["authenticate"]).ok, reply
            thread.join()
    host.start()


def test_s02_a_full_spool_denies(host, lenient):
    host.stop()
    for number in range(4096):
        (rig.SPOOL / f"{number}.frame").touch()
    assert not host.pam(lenient, "alice").ok
    for file in rig.SPOOL.glob("*.frame"):
        file.unlink()
    host.start()


def test_s03_account_trusts_only_its_own_handle(host, alice, plain):
    """A parallel login of the same user from the same place, just allowed, opens nothing for another handle."""
    assert host.pam(plain, "alice", [alice.fresh]).ok
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS)
    login = host.pam(plain, "alice", operations=["acct_mgmt"])
    assert not login.ok and host.decision()["basis"] == "step_up_skipped"


def test_s03_record_refuses_nobody_and_records(host):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS)
    service = host.service("recording", f"account required {MODULE} account=record", "account required pam_permit.so")
    assert host.pam(service, "alice", operations=["acct_mgmt"]).ok
    assert host.decision()["basis"] == "recorded" and host.outcome() == "ignored"


def test_s08_a_caller_that_is_not_root_is_refused_and_recorded(host, plain):
    import socket
    os.chmod(rig.SOCKET, 0o666)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(5)
                peer.connect(rig.SOCKET)
                peer.sendall(b"\x00\x00\x00\x05hello")
                status = 0 if peer.recv(10) == b"" else 1
        except (BrokenPipeError, ConnectionResetError):
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    refused = rig.wait_until(lambda: host.latest("SU1012"), "the refusal is an event")
    assert refused.data["uid"] == 65534


def test_s08_the_sockets_are_closed_to_others(host):
    for path in (rig.SOCKET, rig.CONTROL):
        assert oct(os.stat(path).st_mode & 0o777) == "0o660"


@pytest.mark.parametrize("name", ["", "x" * 4096, "a\x1b[31m\nb", "caf\\xe9", "alice\tx", "-rf", "../../etc/passwd", "alice:x"])
def test_strange_names_are_refused_clearly_and_harm_nothing(host, alice, plain, name):
    login = host.pam(plain, name, [alice.code], ["authenticate"])
    assert not login.ok and not login.prompts
    assert host.pam(plain, "alice", [alice.fresh]).ok


def test_s11_a_name_that_is_a_password_is_stored_as_a_hash(host, plain):
    password = "correct horse battery staple"
    assert not host.pam(plain, password, operations=["authenticate"]).ok
    decided = host.latest("SU1001")
    assert decided.data["attempt"]["subject"]["unresolved_length"] == len(password)
    for path in rig.LEDGER.parent.iterdir():
        assert password.encode() not in path.read_bytes()
    assert password not in host.daemon_log() and not host.log.find(password)


def test_s12_the_command_is_evidence_and_decides_nothing(host, plain):
    host.pam(plain, "alice", operations=["authenticate"])
    evidence = host.latest("SU1001").data["attempt"]["evidence"]
    assert evidence["command"].startswith("/usr/bin/pamtester")


def test_s13_an_address_that_many_share_is_unknown(host, alice, plain):
    rig.run("stepupctl", "policy", "load", "-", input=rig.NEW_ADDRESS.replace(
        'version = 1', 'version = 1\nshared_sources = ["127.0.0.0/24"]'))
    assert host.pam(plain, "alice", [alice.fresh]).ok
    assert host.rule("new-address")["result"] == "fired_unknown"
    assert host.pam(plain, "alice", [alice.fresh]).prompts, "it never becomes a known one"


def test_a_conversation_error_is_no_wrong_code(host, alice):
    """`cron` and the like have no conversation; what cannot be asked is cancelled, and counts against nobody."""
    service = host.service("plain2", f"auth required {MODULE}")
    text = " ".join(Path("/root/keys/alice.pub").read_text().split()[:2])
    result = subprocess.run(
        ["setsid", "pamtester", "-I", "rhost=127.0.0.1", "-E", f"SSH_AUTH_INFO_0=publickey {text}", service, "alice", "authenticate"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert result.returncode != 0
    codes = [event.code for event in host.attempt()]
    assert "SU1004" in codes
    assert host.outcome() in ("cancelled", "denied")


def test_the_module_leaks_nothing_and_touches_nothing_it_should_not(host, alice, lenient):
    """Every road through it under valgrind: asked and answered, refused, cancelled, the daemon away."""
    text = " ".join(Path("/root/keys/alice.pub").read_text().split()[:2])

    def conversation(user, answers, operations):
        child = pexpect.spawn("valgrind", [
            "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,possible", "--error-exitcode=99", "--keep-debuginfo=yes",
            "--log-file=/root/valgrind.log", "pamtester", "-I", "rhost=127.0.0.1", "-E", f"SSH_AUTH_INFO_0=publickey {text}",
            lenient, user, *operations], encoding="utf-8", timeout=60)
        login = host.converse(child, answers)
        found = Path("/root/valgrind.log").read_text()
        assert login.status != 99 and "pam_stepup" not in found, found
        return login

    everything = ["authenticate", "acct_mgmt", "open_session", "close_session"]
    assert conversation("alice", [alice.wrong(), alice.fresh], ["authenticate", "acct_mgmt"]).ok
    conversation("alice", [], everything)
    conversation("no-such-user", [], everything)
    conversation("bob", ["1", "2", "3"], ["authenticate"])
    host.stop()
    conversation("alice", [], ["authenticate", "acct_mgmt"])
    host.start()


# sudo


def sudo(host, answers, command=("true",), user="alice"):
    child = pexpect.spawn("runuser", ["-u", user, "--", "sudo", *command], encoding="utf-8", timeout=20)
    return host.converse(child, answers)


def test_sudo_asks_for_a_code_after_the_password(host, alice):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS)
    login = sudo(host, ["password of alice", alice.fresh], ["id", "-u"])
    assert login.ok and login.output.split()[-1] == "0", login
    decided = host.attempt()[0].data["attempt"]
    assert decided["service"] == "sudo" and decided["source"] == "not_applicable"
    assert decided["first_factor"] == {"proved": ["stack"]}


def test_sudo_with_a_wrong_password_asks_for_no_code(host, alice):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS)
    login = sudo(host, ["wrong", "wrong", "wrong"])
    assert not login.ok and all("assword" in prompt for prompt in login.prompts)
    assert host.latest("SU1002") is None


def test_s25_a_signal_without_meaning_for_sudo_does_not_fire(host, alice):
    rig.run("stepupctl", "policy", "load", "-", input=rig.NEW_ADDRESS)
    login = sudo(host, ["password of alice"], ["id", "-u"])
    assert login.ok and login.output.split()[-1] == "0"
    assert host.rule("new-address")["result"] == "not_applicable"


# S07


def test_s07_nothing_of_ours_enters_a_common_file(host):
    for path in Path("/etc/pam.d").glob("common-*"):
        assert "stepup" not in path.read_text()
    for path in (rig.ROOT / "Packaging/pam").iterdir():
        assert not path.name.startswith("common-")


def test_s04_the_shipped_stack_works_whole_with_unavailable_ignore(host, alice):
    stack = Path("/etc/pam.d/sshd")
    original = stack.read_text()
    try:
        stack.write_text(original.replace("unavailable=deny", "unavailable=ignore timeout=1").replace(
            "account=enforce", "account=enforce unavailable=ignore timeout=1"))
        assert not host.ssh("alice", [alice.wrong(), alice.wrong(1), alice.wrong(2)]).ok, "pam_permit is no way round"
        assert host.ssh("alice", [alice.fresh]).ok
        host.stop()
        login = host.ssh("alice")
        assert login.ok and not login.prompts
        host.start()
        fallback = rig.wait_until(lambda: host.latest("SU1010"), "recorded")
        assert fallback.data["fallback"] == "ignore"
        report = fallback.data["report"]
        assert report["subject"]["account"] == "alice" and report["source"] == {"known": "127.0.0.1"}
    finally:
        stack.write_text(original)
