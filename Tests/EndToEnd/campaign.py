"""Logins of many, with the daemon killed at random times."""

import random
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import rig
from invariants import hold
from wire import answer, begin, exchange

GONE = (ConnectionError, FileNotFoundError, TimeoutError)


@dataclass
class Seen:
    """What the clients saw."""

    tried: int = 0
    attempts: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Login:
    """One person with raw frames: a code is sent until the daemon says what becomes of it, and after an allow once more."""

    def __init__(self, user, token, seen):
        self.user, self.token, self.seen = user, token, seen
        self.code = token.press()

    def once(self):
        try:
            reply = exchange(begin(self.user))
            final = exchange(answer(reply, self.code, self.user)) if reply else None
        except GONE:
            return None
        return final

    def run(self):
        final = self.once()
        self.seen.tried += 1
        if final is None:
            time.sleep(0.005)
            return
        if final["verdict"] == "allow":
            with self.seen.lock:
                self.seen.attempts.append(final["attempt"])
            again = self.once()
            if again and again["verdict"] == "allow":
                self.seen.errors.append(f"{self.user}: {self.code} was good twice")
        self.code = self.token.press()


def through_sshd(host, user, token, number, seen):
    """A login through sshd, from an address of its own, by which the ledger knows it again."""
    source = f"127.1.{number // 250}.{number % 250 + 1}"
    login = host.ssh(user, [token.press], source=source, command="true")
    seen.tried += 1
    if login.ok:
        seen.sources.append(source)
    elif number % 4 == 0:
        # Presses that never arrived lead out of the window.
        rig.run("stepupctl", "token", "resync", token.id, input=f"{token.press()}\n{token.press()}\n", check=False)


class Load:
    """Logins, one after the other for each person, all people at once; they rest while `quiet` lasts."""

    def __init__(self, host, people, ssh=None):
        self.seen, self.ended, self.running = Seen(), threading.Event(), threading.Event()
        self.running.set()
        self.locks, self.threads = [], []
        for user, token in people.items():
            login = Login(user, token, self.seen)
            self._add(lambda number, login=login: login.run())
        for user, token in (ssh or {}).items():
            self._add(lambda number, user=user, token=token: through_sshd(host, user, token, number, self.seen))

    def _add(self, step):
        lock = threading.Lock()

        def work():
            number = 0
            while not self.ended.is_set():
                self.running.wait()
                number += 1
                try:
                    with lock:
                        step(number)
                except Exception as error:  # noqa: BLE001: said at the end
                    self.seen.errors.append(repr(error)[:300])

        self.locks.append(lock)
        self.threads.append(threading.Thread(target=work))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.running.set()
        for thread in self.threads:
            thread.join()

    @contextmanager
    def quiet(self):
        self.running.clear()
        with ExitStack() as stack:
            for lock in self.locks:
                stack.enter_context(lock)
            yield
        self.running.set()


def campaign(host, people, kills, ssh=None):
    """Kills the daemon so often while `people` (user to HOTP token) log in by raw frames, and `ssh` (the same) through sshd.
    After every start the ledger must be sound.

    - Returns: what the clients saw."""
    with Load(host, people, ssh) as load:
        for _ in range(kills):
            time.sleep(random.uniform(0.02, 0.4))
            host.kill()
            if random.random() < 0.25:
                # Also on its way up.
                host.start(check=False)
                time.sleep(random.uniform(0, 0.08))
                host.kill()
            host.start()
            with load.quiet():
                host.sound()
    hold(host, load.seen.attempts, load.seen.sources)
    return load.seen
