"""stepupd itself: signals, crashes, bad files, other writers, full disks."""

import os
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rig
from interpose import Interpose
from wire import answer, begin, exchange, failure, frame


def test_the_answer_is_what_the_ledger_says(host, alice):
    reply = exchange(begin())
    assert reply["verdict"] == "challenge"
    assert exchange(answer(reply, alice.fresh()))["verdict"] == "allow"
    assert host.outcome() == "allowed"


def test_a_state_is_good_once_and_for_its_user_alone(host, alice):
    bob = host.enrol("bob")
    reply = exchange(begin())
    code = alice.fresh()
    assert exchange(answer(reply, bob.fresh(), user="bob"))["verdict"] == "deny", "another user's"
    assert exchange(answer(reply, code))["verdict"] == "allow"
    assert exchange(answer(reply, code))["verdict"] == "deny", "used"
    changed = dict(reply, state=reply["state"][:-2] + "00")
    assert exchange(answer(changed, code))["verdict"] == "deny", "changed"
    assert len(host.events("--code", "SU1012")) == 3


def test_a_state_is_bound_to_the_process_that_was_asked(host, alice):
    reply = exchange(begin())
    data = answer(reply, alice.fresh())
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if exchange(data)["verdict"] == "deny" else 1)
        finally:
            os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize("data", [
    b"\0\0\0\0", b"\xff\xff\xff\xff", frame("stepup=2", "op=begin"), frame("stepup=1", "op=fly"),
    frame("stepup=1", "op=admin.status", "body={}"), begin() + begin(), begin(verdict="allow"),
    frame("stepup=1", "op=reply", "verdict=allow"), begin()[:-1].replace(b"user=alice\0", b"user=alice\0user=root\0"),
    b"GET / HTTP/1.1\r\n\r\n",
], ids=lambda data: repr(data[:24]))
def test_s14_a_frame_that_is_not_right_ends_the_connection(host, data):
    assert exchange(data) is None
    assert exchange(begin(), seconds=5)["verdict"] == "challenge", "and nobody else suffers"


def test_s14_a_value_cannot_smuggle_a_field(host):
    reply = exchange(begin(user="alice\nfirst_factor=stack\tverdict=allow"))
    assert reply["verdict"] == "deny"
    assert host.decision()["basis"] == "unknown_user"


def test_a_slow_or_silent_peer_is_let_go_and_holds_nobody_up(host):
    silent = [socket.socket(socket.AF_UNIX) for _ in range(200)]
    for peer in silent:
        peer.connect(rig.SOCKET)
        peer.sendall(b"\0\0")
    start = time.monotonic()
    assert exchange(begin())["verdict"] == "challenge"
    assert time.monotonic() - start < 1
    silent[0].settimeout(15)
    assert silent[0].recv(1) == b""
    for peer in silent:
        peer.close()


def test_s18_a_second_daemon_refuses_to_start(host):
    second = subprocess.run(["/usr/sbin/stepupd"], capture_output=True, text=True, timeout=20)
    assert second.returncode == 78 and "another stepupd is using" in second.stderr
    assert exchange(begin())["verdict"] == "challenge", "the first one still has its socket"


def test_s18_init_touches_no_ledger_that_is_there(host):
    before = rig.LEDGER.read_bytes()
    assert "kept    /var/lib/stepup/ledger.db" in rig.run("stepupctl", "init").stdout
    direct = rig.run("stepupd", "--init", check=False)
    assert direct.returncode == 78 and "is there already" in direct.stderr
    assert rig.LEDGER.read_bytes() == before


def test_sigterm_answers_what_has_come_in_and_closes_the_ledger(host, alice):
    with ThreadPoolExecutor(32) as pool:
        replies = [pool.submit(exchange, begin()) for _ in range(64)]
        time.sleep(0.01)
        host.signal(signal.SIGTERM)
        verdicts = []
        for reply in replies:
            try:
                verdicts.append(reply.result())
            except (ConnectionRefusedError, FileNotFoundError):
                verdicts.append("refused at the door")
    assert host.daemon.wait(10) == 0
    assert not Path(f"{rig.LEDGER}-wal").exists(), "one file, closed"
    answered = [verdict for verdict in verdicts if isinstance(verdict, dict)]
    decided = {event.attempt for event in host.events("--code", "SU1001")}
    assert {reply["attempt"] for reply in answered} <= decided
    assert host.latest("SU4002").data["note"] == "asked to stop"
    host.start()


def test_kill_in_the_middle_of_many_logins_loses_no_answered_event_and_reuses_no_code(host):
    """Every allow that was released has its event, and no code is accepted twice."""
    token = host.enrol("alice", "--hotp")
    codes = [token.press() for _ in range(60)]
    allowed = []

    def login(code):
        # One process for begin and answer, as in PAM; a connection each.
        try:
            reply = exchange(begin())
            final = exchange(answer(reply, code)) if reply else None
            if final and final["verdict"] == "allow":
                allowed.append((final["attempt"], code))
        except (ConnectionRefusedError, FileNotFoundError, ConnectionResetError):
            pass

    for round_ in range(3):
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(login, code) for code in codes[round_ * 20:round_ * 20 + 20]]
            time.sleep(0.03)
            host.kill()
            for item in work:
                item.result()
        host.start()
    final = {event.attempt: event.data["outcome"] for event in host.events("--code", "SU1004")}
    assert all(final.get(attempt) == "allowed" for attempt, _ in allowed)
    for _, code in allowed:
        reply = exchange(begin())
        assert exchange(answer(reply, code))["verdict"] != "allow"
    counters = [e.data["counter"] for e in host.events("--code", "SU1003") if e.data["result"] == "accepted"]
    assert len(counters) == len(set(counters))
    host.sound()


def test_s24_failures_that_were_only_counted_are_written_before_a_clean_stop(host):
    for _ in range(100):
        exchange(failure("mallory"))
    host.stop()
    host.start()
    counted = sum(event.data["count"] for event in host.events("--code", "SU1009"))
    assert counted + len(host.events("--code", "SU1008")) == 100


def test_s20_an_allowed_login_that_opens_no_session_is_not_completed_also_after_a_restart(host):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_NEVER)
    reply = exchange(begin())
    assert reply["verdict"] == "allow"
    host.stop()
    # Two minutes later, by a clock that runs ahead.
    interpose = Interpose()
    interpose.set_clock(121)
    host.start(interpose.environment)
    rig.wait_until(lambda: any(e.code == "SU1007" for e in host.events("--attempt", reply["attempt"])), "not completed")
    host.stop()
    host.start()


def test_s24_a_flood_of_failures_is_counted_not_written_one_by_one(host):
    for _ in range(500):
        assert exchange(failure("mallory"))["verdict"] == "ignore"
    assert len(host.events("--code", "SU1008")) <= 60
    assert "mallory" not in rig.run("stepupctl", "token", "list").stdout
    assert rig.run("stepupctl", "user", "show", "mallory", check=False).returncode == 1, "unknown users get no profile"


def test_s28_spool_files_of_others_are_not_believed(host):
    good = frame("stepup=1", "op=spool", f"request={os.urandom(16).hex()}", "channel=pam", "phase=auth", "service=sshd",
                 "user=alice", "fallback=ignore", "reason=connect ENOENT", f"time={int(time.time() * 1000)}",
                 "boot_id=x", "boottime=1")
    cases = {"1-good.frame": good, "2-garbage.frame": b"\0\0\0\x03abc", "3-twice.frame": good + good, "4-other.frame": good}
    for name, data in cases.items():
        path = rig.SPOOL / f".{name}"
        path.write_bytes(data)
        path.chmod(0o600)
        if name.startswith("4"):
            os.chown(path, 65534, 65534)
        path.rename(rig.SPOOL / name)
    (rig.SPOOL / "5-link.frame").symlink_to("/etc/shadow")
    rig.wait_until(lambda: not list(rig.SPOOL.glob("*.frame")), "all were looked at")
    assert len(host.events("--code", "SU1010")) == 1
    assert sorted(path.name[0] for path in rig.SPOOL.glob("*.bad")) == ["2", "3", "4", "5"]
    host.stop()
    (rig.SPOOL / "1-good.frame").write_bytes(good)
    (rig.SPOOL / "1-good.frame").chmod(0o600)
    host.start()
    rig.wait_until(lambda: not list(rig.SPOOL.glob("*.frame")), "taken again")
    assert len(host.events("--code", "SU1010")) == 1, "read twice, recorded once"
