"""What the database refuses, and what verify and replay find behind its back."""

import sqlite3

import pytest
import rig
from wire import begin, exchange


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


@pytest.mark.parametrize("change,is_found", [
    ("UPDATE rest SET value = '{' WHERE kind = 'profile'", True),
    ("UPDATE rest SET value = '{}' WHERE kind = 'profile'", True),
    ("UPDATE rest SET value = json_set(value, '$.size', 0) WHERE kind = 'summary'", True),
    ("UPDATE rest SET value = json_set(value, '$.size', 99999) WHERE kind = 'summary'", True),
    ("UPDATE rest SET kind = 'strange' WHERE kind = 'source'", True),
    ("DELETE FROM rest", False),
])
def test_what_rests_beside_the_log_is_compared_by_replay_and_never_holds_anybody_up(host, alice, change, is_found):
    host.known("alice", alice)
    host.stop()
    database = sqlite3.connect(rig.LEDGER, isolation_level=None)
    database.execute(change)
    database.close()
    replayed = rig.run("stepupctl", "audit", "replay", check=False)
    assert replayed.returncode == (2 if is_found else 0), replayed
    assert ("what rests beside the log" in replayed.stdout) == is_found
    host.start()
    assert "older copy" in host.daemon_log() or "99999" not in change
    login = host.ssh("alice")
    assert login.ok and not login.prompts, "her address is known by the log"
    assert "alice" in rig.run("stepupctl", "token", "list").stdout
    # Thrown away it is made anew from the log.
    host.stop()
    database = sqlite3.connect(rig.LEDGER, isolation_level=None)
    database.execute("DELETE FROM rest")
    database.close()
    host.start()
    host.sound()


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
