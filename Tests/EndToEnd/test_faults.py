"""stepupd killed under load, and a ledger that cannot be written."""

import errno
import os
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest
import rig
from campaign import campaign
from interpose import Interpose
from invariants import hold
from wire import answer, begin, exchange

MODULE = "pam_stepup.so"
KILLS = 200 if os.environ.get("STEPUP_CAMPAIGN") == "full" else 8
# verify and replay read the whole ledger after every kill, so a long campaign takes new ones.
KILLS_A_LEDGER = 20


@pytest.fixture
def services(host):
    """A service that denies while the daemon is away, and one that goes on and says so."""
    stack = f"auth requisite {MODULE} timeout=1 unavailable={{}}", "auth required pam_permit.so"
    return [host.service(f"when-away-{what}", stack[0].format(what), stack[1]) for what in ("deny", "ignore")]


def test_killed_at_any_time_no_login_is_without_its_event_and_no_code_is_good_twice(host, crowd):
    tried = allowed = through = 0
    for first in range(0, KILLS, KILLS_A_LEDGER):
        host.fresh(rig.ASK_ALWAYS + '[[rule]]\nname = "fast"\nsignal = "vel_user"\nmore_than = 20\nwithin = "1m"\nrequire = "hardware"\nmode = "shadow"\n')
        people = {user: host.enrol(user, "--hotp") for user in crowd}
        seen = campaign(host, people, min(KILLS_A_LEDGER, KILLS - first), ssh={"bob": host.enrol("bob", "--hotp")})
        assert not seen.errors, seen.errors
        tried, allowed, through = tried + seen.tried, allowed + len(seen.attempts), through + len(seen.sources)
    print(f"{KILLS} kills, {tried} logins tried, {allowed} allowed by frames, {through} let in by sshd")
    assert allowed > KILLS and through > 0


def test_s22_replay_ends_and_is_clean_also_while_logins_go_on(host):
    interpose, ended = Interpose(), threading.Event()
    interpose.pause_between_reads(0.02)

    def people():
        while not ended.is_set():
            exchange(begin())
            time.sleep(0.004)

    thread = threading.Thread(target=people)
    thread.start()
    try:
        for command in ("verify", "replay"):
            rig.run("stepupctl", "audit", command, timeout=30, env={**os.environ, **interpose.environment})
    except subprocess.TimeoutExpired as error:
        assert False, f"it does not end: {error}"
    finally:
        ended.set()
        thread.join()


def fallbacks(host, services):
    """Logins while nothing can be recorded: refused, or let through with what stands in the spool; and the log says why."""
    deny, ignore = services
    assert not host.pam(deny, operations=["authenticate"]).ok
    assert host.pam(ignore, operations=["authenticate"]).ok
    assert len(list(rig.SPOOL.glob("*.frame"))) == 2


def recovered(host, alice, deny):
    """By itself: logins are answered and what the modules left is recorded."""
    rig.wait_until(lambda: len(host.events("--code", "SU1010")) == 2, "the fallbacks become events", 10)
    assert {event.data["fallback"] for event in host.events("--code", "SU1010")} == {"deny", "ignore"}
    assert not list(rig.SPOOL.glob("*.frame"))
    assert host.pam(deny, answers=[alice.fresh], operations=["authenticate"]).ok
    assert "the ledger can be read again" in host.daemon_log()


def test_s02_while_another_process_holds_the_ledger_logins_fall_back_recorded_and_it_recovers(host, alice, services):
    before = len(host.daemon_log())
    other = sqlite3.connect(rig.LEDGER, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    assert exchange(begin(), seconds=10) is None
    fallbacks(host, services)
    time.sleep(max(0, 5 - (time.monotonic() - start)))
    other.execute("ROLLBACK")
    other.close()
    recovered(host, alice, services[0])
    assert "database is locked (5); another process holds the database: find it with fuser" in host.daemon_log()[before:]
    hold(host)


@pytest.mark.parametrize(
    ("error", "said"), [
        (errno.EROFS, "mount the disk of the ledger for writing"),
        (errno.EIO, "disk I/O error (778, Input/output error); the disk of the ledger does not do what it is told: see dmesg"),
        (errno.EDQUOT, "Disk quota exceeded); make room on the disk of the ledger"),
    ], ids=["read-only", "input-output", "quota"])
def test_s02_while_the_ledgers_disk_refuses_writes_logins_fall_back_recorded_and_it_recovers(
        host, alice, services, interposed, error, said):
    before = len(host.daemon_log())
    interposed.fail_writes(error)
    assert exchange(begin()) is None
    fallbacks(host, services)
    log = host.daemon_log()[before:]
    assert said in log and "nothing of this batch is answered" in log
    assert ("is given up bit by bit" in log) == (error == errno.EDQUOT)
    interposed.fail_writes(0)
    recovered(host, alice, services[0])
    hold(host)


def test_what_was_persisted_but_reported_as_failed_is_answered_to_nobody_and_good_for_nobody(host, interposed):
    """The other half of a fault: everything reached the disk, and the disk says that it did not."""
    token = host.enrol("alice", "--hotp")
    allowed = []
    for way in ("goes on", "is killed"):
        for _ in range(5):
            reply = exchange(begin())
            code = token.press()
            interposed.fail_syncs(errno.EIO)
            assert exchange(answer(reply, code)) is None
            if way == "is killed":
                host.kill()
            interposed.fail_syncs(0)
            if way == "is killed":
                host.start(interposed.environment)
            # Used or not used, as the ledger has it, and never twice.
            verdicts = []
            for _ in range(2):
                verdicts.append(exchange(answer(exchange(begin()), code)))
            allowed += [verdict["attempt"] for verdict in verdicts if verdict["verdict"] == "allow"]
            assert sum(verdict["verdict"] == "allow" for verdict in verdicts) <= 1
    hold(host, allowed)


def test_on_a_read_only_disk_it_does_not_start_and_says_why(host, alice):
    host.stop()
    folder = rig.LEDGER.parent
    rig.run("mount", "--bind", folder, folder)
    try:
        rig.run("mount", "-o", "remount,bind,ro", folder)
        started = subprocess.run(["/usr/sbin/stepupd"], capture_output=True, text=True, timeout=20)
        assert started.returncode == 78 and str(folder) in started.stderr and "ead-only file system" in started.stderr, started.stderr
        assert not Path(rig.SOCKET).exists() or rig.run("stepupctl", "status", check=False).returncode != 0
    finally:
        rig.run("umount", folder)
    host.start()
    assert host.ssh("alice", [alice.fresh]).ok
