"""stepupd at its start and reload: configuration, keys, policy, sockets; and what it says of bad ones."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rig
from wire import answer, begin, exchange


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
