"""stepupd itself: signals, crashes, bad files, other writers, full disks."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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


def test_a_ledger_that_cannot_be_written_lets_nobody_in_and_recovers(host, alice):
    """No record, no login: another process holds the database's write lock."""
    host.known("alice", alice)
    other = sqlite3.connect(rig.LEDGER, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    reply = exchange(begin(), seconds=20)
    assert reply is None
    login = host.ssh("alice")
    assert not login.ok
    other.execute("ROLLBACK")
    other.close()
    assert rig.wait_until(lambda: exchange(begin(), seconds=20), "it answers again")["verdict"] == "allow"


@contextmanager
def small_disk(host, size):
    """The ledger on a disk of this size, the daemon stopped; yields the folder and what fills the disk."""
    host.stop()
    small = rig.LEDGER.parent
    kept = Path("/root/kept")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(small, kept)
    rig.run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", small)

    def fill():
        with open(small / "filler", "ab", buffering=0) as filler:
            for size in [1 << 20, 4096]:
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass

    try:
        for file in kept.iterdir():
            if not file.name.endswith(".reserve"):
                shutil.copy(file, small / file.name)
        yield small, fill
    finally:
        host.stop()
        rig.run("umount", small)
        host.start()


def test_s24_on_a_full_disk_the_reserve_records_logins_until_there_is_room_again(host):
    host.fresh(config="[limits]\nreserve_mib = 4\n")
    alice = host.enrol("alice")
    with small_disk(host, "24m") as (small, fill):
        host.start()
        reserve = small / "ledger.db.reserve"
        assert reserve.stat().st_blocks * 512 >= 4 << 20
        fill()
        # Every login is answered, although somebody takes what is given up: the one that finds no room is tried again with some more.
        replies = []
        while reserve.exists() and len(replies) < 500:
            replies.append(exchange(begin(), seconds=20))
            if len(replies) % 25 == 0:
                fill()
                assert '"low_on_space":true' in rig.run("stepupctl", "status", "--json").stdout
            if len(replies) == 30:
                assert exchange(answer(replies[-1], alice.fresh()))["verdict"] == "allow"
                rig.run("stepupctl", "token", "disable", alice.id)
                rig.run("stepupctl", "token", "enable", alice.id)
                assert exchange(failure("mallory"))["code"] == "recorded" and not host.events("--code", "SU1008")
        assert not reserve.exists() and all(replies) and len(replies) > 50
        assert "the disk is full" in host.daemon_log()
        assert "make room" in rig.run("stepupctl", "status").stdout
        # A start on a nearly full disk works too, and does not take the rest for a new reserve.
        host.kill()
        fill()
        os.truncate(small / "filler", (small / "filler").stat().st_size - (1 << 20))
        host.start()
        assert not reserve.exists() and exchange(begin(), seconds=20)
        os.unlink(small / "filler")
        rig.wait_until(reserve.exists, "the reserve is made anew")
        assert '"low_on_space":false' in rig.run("stepupctl", "status", "--json").stdout
        decided = {event.attempt for event in host.events("--code", "SU1001")}
        assert {reply["attempt"] for reply in replies} <= decided
        host.sound()
    host.fresh()


def test_no_space_lets_nobody_in_and_loses_nothing(host, alice):
    with small_disk(host, "1m") as (small, fill):
        host.start()
        assert "the disk has not 32 MiB" in host.daemon_log()
        fill()
        verdicts = [exchange(begin(), seconds=20) for _ in range(60)]
        assert verdicts[-1] is None, "full: no answer"
        os.unlink(small / "filler")
        assert rig.wait_until(lambda: exchange(begin(), seconds=20), "space again")["verdict"] == "challenge"
        decided = {event.attempt for event in host.events("--code", "SU1001")}
        assert {reply["attempt"] for reply in verdicts if reply} <= decided
        host.sound()


def test_s26_the_database_itself_refuses_changes(host, alice):
    host.stop()
    database = sqlite3.connect(rig.LEDGER, isolation_level=None)
    database.execute("PRAGMA recursive_triggers = ON")
    for statement in [
        "UPDATE leaf SET hash = zeroblob(32) WHERE idx = 1", "DELETE FROM leaf WHERE idx = 1",
        "UPDATE body SET bytes = x'00' WHERE idx = 1", "DELETE FROM body WHERE idx = 1",
        "INSERT OR REPLACE INTO body SELECT idx, time, code, attempt, account, x'00' FROM body WHERE idx = 1",
        "INSERT OR REPLACE INTO leaf VALUES (1, zeroblob(32))", "INSERT INTO leaf VALUES (999, zeroblob(32))",
        "UPDATE policy SET text = ''", "DELETE FROM policy",
    ]:
        with pytest.raises(sqlite3.DatabaseError):
            database.execute(statement)
    # A purge row opens the trigger, and nothing else: bytes that went without StepUp's own purge are a difference.
    database.execute("INSERT INTO purge VALUES (1, 1, 2)")
    database.execute("DELETE FROM body WHERE idx = 1")
    database.close()
    verified = rig.run("stepupctl", "audit", "verify", "--json", check=False)
    assert verified.returncode == 2 and '"missing":1' in verified.stdout and "the bytes of leaf 1 are gone" in verified.stdout
    replayed = rig.run("stepupctl", "audit", "replay", check=False)
    assert replayed.returncode == 2 and "1 events of the log are gone" in replayed.stdout
    # Not the state that the next test may find: a policy's event is gone.
    host.fresh()


@pytest.mark.parametrize("change,says", [
    ("UPDATE body SET bytes = CAST(replace(CAST(bytes AS TEXT), 'alice', 'mally') AS BLOB) WHERE idx = 3", "do not have its hash"),
    ("UPDATE leaf SET hash = zeroblob(32) WHERE idx = 3", "root"),
    ("DELETE FROM body WHERE idx = 3", "the bytes of leaf 3 are gone"),
    ("UPDATE token SET counter = NULL", "used codes would be good again"),
    ("DELETE FROM token", "gone without an event"),
    ("INSERT INTO token SELECT '00112233445566aa', account, kind, parameters, key_id, sealed, NULL, 0 FROM token", "in no event"),
    ("DELETE FROM policy", "missing in the archive"),
    ("SELECT 1", "the trigger body_no_delete of the database is missing"),
    ("UPDATE body SET account = 'bob' WHERE idx = 3", "columns"),
    ("DELETE FROM body WHERE idx = 4; DELETE FROM leaf WHERE idx = 4", "leaf 4 is missing"),
    ("UPDATE policy SET text = text || ' '", "archived policy"),
    ("UPDATE tree SET root = zeroblob(32)", "root"),
])
def test_verify_finds_what_was_changed_behind_the_triggers(host, alice, change, says):
    import re
    host.stop()
    database = sqlite3.connect(rig.LEDGER, isolation_level=None)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    database.executescript(change)
    database.close()
    verified = rig.run("stepupctl", "audit", "verify", check=False)
    assert verified.returncode == 2 and re.search(says, verified.stdout), verified.stdout
    host.fresh()


def test_replay_finds_a_decision_that_was_changed(host):
    """Even one whose hashes were all recomputed."""
    import hashlib
    exchange(begin())
    host.stop()
    database = sqlite3.connect(rig.LEDGER, isolation_level=None)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    index, data = database.execute("SELECT idx, bytes FROM body WHERE code = 1001").fetchone()
    data = data.replace(b'"result":"fired"', b'"result":"quiet"')
    database.execute("UPDATE body SET bytes = ? WHERE idx = ?", (data, index))
    database.execute("UPDATE leaf SET hash = ? WHERE idx = ?", (hashlib.sha256(b"\0" + data).digest(), index))
    database.close()
    replayed = rig.run("stepupctl", "audit", "replay", check=False)
    assert replayed.returncode == 2 and "comes out otherwise" in replayed.stdout
    host.fresh()


def test_a_bad_policy_changes_nothing(host):
    before = rig.POLICY.read_text()
    for text, says in [("version = 1\n[[rule]]\nname = 'x'\n", ":2:"), ("half a fi", ":1:"), ("", "version")]:
        result = rig.run("stepupctl", "policy", "load", "-", input=text, check=False)
        assert result.returncode == 1 and says in result.stderr, result.stderr
    assert rig.POLICY.read_text() == before
    assert exchange(begin())["verdict"] == "challenge"
    assert len(host.events("--code", "SU3002")) == 3


def test_sighup_reads_the_policy_and_a_broken_one_leaves_the_last_in_force(host):
    rig.POLICY.write_text(rig.ASK_NEVER)
    host.signal(signal.SIGHUP)
    rig.wait_until(lambda: exchange(begin())["verdict"] == "allow", "the new policy is in force")
    rig.POLICY.write_text("version = 1\n[[rule]")
    host.signal(signal.SIGHUP)
    rig.wait_until(lambda: host.latest("SU3002"), "recorded")
    assert exchange(begin())["verdict"] == "allow"
    host.stop()
    host.start()
    assert exchange(begin())["verdict"] == "allow", "after a restart, too"
    assert "last good policy" in host.daemon_log()


def test_a_reload_as_soon_as_it_is_ready_does_not_end_it(host):
    for _ in range(10):
        host.stop()
        host.start()
        host.signal(signal.SIGHUP)
    assert exchange(begin())["verdict"] == "challenge"


@pytest.mark.parametrize("config,says", [
    ("[path]\nledger = '/x'\n", "stepup.toml:2:2: the configuration has no key 'path'; did you mean 'paths'?"),
    ("[paths]\nledger = 'relative'\n", "absolute path"), ("[challenge]\ntries = 99\n", "1 to 5"),
    ("[challenge]\nexpires = 5\n", "length of time"), ("[paths\n", "not TOML"), ("[module]\nradius_user = 'no-such-user'\n", "no-such-user"),
])
def test_a_bad_configuration_says_where_and_what(host, config, says):
    host.stop()
    good = rig.CONFIG.read_text()
    rig.CONFIG.write_text('host = "trading1"\n' + config)
    result = subprocess.run(["/usr/sbin/stepupd"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 78 and says in result.stderr, result.stderr
    rig.CONFIG.write_text(good)
    host.start()


def test_a_log_that_was_emptied_does_not_go_on_as_a_new_one(host):
    host.stop()
    rig.LEDGER.write_bytes(b"")
    for file in rig.LEDGER.parent.glob("ledger.db-*"):
        file.unlink()
    host.start(check=False)
    assert host.daemon.wait(10) == 78 and "holds no event at all" in host.daemon_log()
    host.daemon = None
    host.fresh()


def test_files_that_others_may_write_to_are_refused(host):
    for path in (rig.POLICY, rig.CONFIG):
        path.chmod(0o666)
        checked = rig.run("stepupd", "--check", check=False)
        assert checked.returncode == 78 and "chmod go-w" in checked.stderr
        path.chmod(0o644)


def test_names_that_are_nobodys_are_found_by_check(host):
    for config, says in (('[control]\ngroup = "nosuch"\n', "groupadd nosuch"), ('[module]\nradius_user = "nosuch"\n', "no user 'nosuch'")):
        rig.CONFIG.write_text(config)
        checked = rig.run("stepupd", "--check", check=False)
        assert checked.returncode == 78 and says in checked.stderr and str(rig.CONFIG) in checked.stderr


def test_another_key_of_the_same_id_is_noticed_at_the_start(host, alice):
    host.stop()
    keys = Path("/etc/stepup/keys")
    kept = keys.read_text()
    keys.write_text(rig.re.sub(r"[0-9a-f]{64}", "11" * 32, kept))
    host.start()
    status = rig.run("stepupctl", "status").stdout
    assert "does not open under key" in status and "Put the key file back" in status
    host.stop()
    keys.write_text(kept)
    host.start()
    assert "warning" not in rig.run("stepupctl", "status").stdout
    assert host.ssh("alice", [alice.fresh]).ok


def test_s28_the_spool_is_made_where_it_is_missing(host):
    host.stop()
    shutil.rmtree(rig.SPOOL.parent)
    host.start()
    assert oct(rig.SPOOL.stat().st_mode & 0o777) == "0o700" and oct(rig.SPOOL.parent.stat().st_mode & 0o777) == "0o711"


def test_keys_that_others_can_read_are_refused(host):
    host.stop()
    os.chmod("/etc/stepup/keys", 0o644)
    result = subprocess.run(["/usr/sbin/stepupd"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 78 and "chmod 600" in result.stderr
    os.chmod("/etc/stepup/keys", 0o600)
    host.start()


def test_s17_keys_rotate(host, alice):
    keys = Path("/etc/stepup/keys")
    host.stop()
    old = keys.read_text()
    keys.write_text("new " + os.urandom(32).hex() + "\n" + old)
    host.start()
    rig.wait_until(lambda: sqlite3.connect(rig.LEDGER).execute("SELECT DISTINCT key_id FROM token").fetchall() == [("new",)],
                   "tokens are sealed anew")
    host.stop()
    keys.write_text(keys.read_text().splitlines()[0] + "\n")
    host.start()
    reply = exchange(begin())
    assert exchange(answer(reply, alice.fresh()))["verdict"] == "allow", "the old key is not needed any more"


def test_socket_activation_hands_over_the_sockets(host, alice):
    host.stop()
    module, control = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    for listener, path in ((module, rig.SOCKET), (control, rig.CONTROL)):
        if os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen(128)
    script = ("import os,sys\nm,c=int(sys.argv[1]),int(sys.argv[2])\nos.dup2(m,103);os.dup2(c,104);os.dup2(103,3);os.dup2(104,4)\n"
              "os.environ.update(LISTEN_PID=str(os.getpid()),LISTEN_FDS='2',LISTEN_FDNAMES='module:control')\n"
              "os.execv('/usr/sbin/stepupd',['/usr/sbin/stepupd'])")
    # A login that comes before the daemon waits in the socket and is answered.
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(exchange, begin(), rig.SOCKET, 20)
        daemon = subprocess.Popen(["/usr/bin/python3", "-c", script, str(module.fileno()), str(control.fileno())],
                                  pass_fds=[module.fileno(), control.fileno()])
        assert early.result()["verdict"] == "challenge"
    assert rig.run("stepupctl", "status").stdout.startswith("stepupd")
    daemon.terminate()
    assert daemon.wait(15) == 0
    assert os.path.exists(rig.SOCKET), "the sockets stay, they are the service manager's"
    module.close()
    control.close()
    host.start()


def test_a_restart_records_which_policy_is_in_force(host):
    first = rig.POLICY.read_text()
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_NEVER)
    host.stop()
    rig.POLICY.write_text(first)
    host.start()
    hashes = [event.data["policy"] for event in host.events("--code", "SU3001")]
    assert len(hashes) == 3 and hashes[0] == hashes[2] != hashes[1]
    host.stop()
    rig.POLICY.write_text("version = 1\n[[rule")
    host.start()
    assert hashes[0] in rig.run("stepupctl", "status", "--json").stdout, "the last good one, not the last that was new"


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
