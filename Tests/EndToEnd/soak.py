"""Logins of several people for a while; by turns the daemon is killed, stopped and restarted among them, and left alone and
measured. At the end: no login without its event, no code accepted twice, every hash and every decision as they should be, and
memory, descriptors and the ledger's size an event as they were at the beginning.

    soak.py SECONDS        (inside Packaging/demo/private-namespace)
"""

import os
import random
import signal
import sys
import threading
import time

import rig
from invariants import hold
from trends import Trends

# Seconds of disturbances, and as many of rest.
TURN = 30

POLICY = """version = 1
grace = "10s"
[[rule]]
name = "new-address"
signal = "ip_new"
require = "otp"
[[rule]]
name = "fast"
signal = "vel_user"
more_than = 20
within = "1m"
require = "otp"
[[rule]]
name = "failures"
signal = "fails_recent"
at_least = 3
within = "5m"
require = "hardware"
"""


def main():
    seconds = float(sys.argv[1])
    host = rig.Host(os.environ.get("STEPUP_BIN", rig.ROOT / ".build/debug"))
    host.install()
    host.start_sshd()
    host.fresh(POLICY)
    people = {user: host.enrol(user, "--hotp") for user in ("alice", "bob")}
    end = time.monotonic() + seconds
    allowed, tried, errors = [], [0], []
    lock = threading.Lock()
    trends = Trends(host)
    turn = min(TURN, seconds / 8)

    def person(user):
        token = people[user]
        while time.monotonic() < end:
            source = f"127.0.0.{random.randint(1, 30)}"
            codes = random.choice([[token.press], [lambda: token.wrong(), token.press], [lambda: token.wrong()] * 3, []])
            start = time.monotonic()
            try:
                login = host.ssh(user, codes, source=source, command="true")
            except Exception as error:  # noqa: BLE001: a soak goes on, and says at its end
                errors.append(repr(error)[:300])
                continue
            with lock:
                tried[0] += 1
                if login.ok:
                    allowed.append(user)
                    if resting.is_set():
                        trends.login(time.monotonic() - start)
            # Presses that never arrived move the token ahead of the window: the admin sets it right, as one would.
            if random.random() < 0.2:
                rig.run("stepupctl", "token", "resync", token.id, input=f"{token.press()}\n{token.press()}\n", check=False)
                rig.run("stepupctl", "user", "reset", user, "--failures", check=False)

    resting = threading.Event()
    threads = [threading.Thread(target=person, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    kills = 0
    while time.monotonic() < end:
        if int((time.monotonic() - trends.began) / turn) % 2:
            resting.set()
            trends.sample()
            time.sleep(0.5)
            continue
        resting.clear()
        time.sleep(random.uniform(1, 4))
        kind = random.choice(["kill", "restart", "stop", "hangup"])
        if kind == "kill":
            host.kill()
            host.start()
        elif kind == "restart":
            host.stop()
            host.start()
        elif kind == "stop":
            host.signal(signal.SIGSTOP)
            time.sleep(random.uniform(0.1, 3.5))
            host.signal(signal.SIGCONT)
        else:
            host.signal(signal.SIGHUP)
        kills += 1
    for thread in threads:
        thread.join()
    time.sleep(1.5)
    ends = [event for event in host.events("--code", "SU1004") if event.data["outcome"] == "allowed"]
    problems = [*errors]
    try:
        events = hold(host)
    except AssertionError as error:
        problems.append(str(error))
        events = host.events()
    size = len(events)
    accepted = [event for event in events if event.code == "SU1003" and event.data["result"] == "accepted"]
    host.stop()
    host.stop_sshd()
    if len(ends) < len(allowed):
        problems.append("more were let in than the ledger knows")
    print(f"{tried[0]} logins tried, {len(allowed)} let in, {len(ends)} allowed in the ledger, {kills} disturbances, {size} events, "
          f"{len(accepted)} codes accepted")
    if not trends.report():
        problems.append("it is not as it was at the beginning")
    for problem in problems[:5]:
        print(problem)
    good = not problems
    print("1 passed, 0 failed" if good else "0 passed, 1 failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
