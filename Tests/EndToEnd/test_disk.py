"""stepupd when its disk is full or its ledger cannot be written."""

import os
import shutil
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import rig
from wire import answer, begin, exchange, failure


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
