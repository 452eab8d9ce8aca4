"""Figures, side by side in one run: what a login costs beside what it cannot be faster than, and beside Debian's
libpam-google-authenticator.

    bench.py BINARIES        (inside Packaging/demo/private-namespace; `make bench`)

The measures take turns for ROUNDS rounds, so that whatever else the machine does hits all of them. A figure is the median of the rounds'
medians; beside it the lowest and highest of these.
"""

import base64
import hashlib
import hmac
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))
import rig  # noqa: E402

HERE = Path(__file__).resolve().parent
ROUNDS = 7
LOGINS = 100
CODES = 30
PEOPLE = [f"bench{number:03}" for number in range(ROUNDS * CODES)]
# A frame and an event as a login has them.
FRAME_BYTES, EVENT_BYTES = 400, 1400
IN_FLIGHT = {1: 1000, 64: 6000}
# Events and users of the ledgers that show what grows.
SIZES = [(1_000, 100), (1_000_000, 10_000), (1_000_000, 100_000)]

POLICY = rig.NEW_ADDRESS + """
[[rule]]
name = "bench"
signal = "always"
require = "otp"
match = { users = ["bench*"] }
"""


def secret_of(user):
    return hashlib.sha1(user.encode()).digest()


def code_of(user, steps=0):
    """RFC 6238: SHA-1, 6 digits, 30 s."""
    mac = hmac.digest(secret_of(user), struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Bench:
    def __init__(self, host, folder):
        self.host, self.folder = host, Path(folder)
        self.samples = {}
        self.ledger = self.folder / "ledger"

    def compile(self, name, *libraries):
        rig.run("cc", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", HERE / f"{name}.c", *libraries, "-o", self.folder / name)

    def prepare(self):
        for name, libraries in {"pam_login": ["-lpam"], "round_trip": [], "raw_commit": ["-lsqlite3"], "load": []}.items():
            self.compile(name, *libraries)
        stacks = self.folder / "pam.d"
        stacks.mkdir()
        for service, line in {
            "permit": "pam_permit.so",
            "stepup": "pam_stepup.so first_factor=ssh",
            # The secret of each user, codes good once, one window each way: what its own set-up program writes.
            "google": f"pam_google_authenticator.so user=root secret={self.folder}/google/${{USER}}",
        }.items():
            (stacks / service).write_text(f"auth required {line}\naccount required pam_permit.so\n")
        self.stacks = stacks
        with open("/etc/passwd", "a") as passwd:
            for number, user in enumerate(PEOPLE):
                passwd.write(f"{user}:x:{20000 + number}:100::/nonexistent:/bin/false\n")
        (self.folder / "google").mkdir()
        for user in PEOPLE:
            seed = base64.b32encode(secret_of(user)).decode()
            file = self.folder / "google" / user
            file.write_text(f'{seed}\n" RATE_LIMIT 3 30\n" WINDOW_SIZE 3\n" DISALLOW_REUSE\n" TOTP_AUTH\n')
            file.chmod(0o400)
            token = rig.run("stepupctl", "enrol", user, "--no-confirm", "--secret-file", "-", input=seed + "\n").stdout
            identity = rig.re.search(r"token +([0-9a-f]{16})", token)[1]
            # The step before this one, so that this one's code is left for the login.
            rig.run("stepupctl", "enrol", "--confirm", identity, input=code_of(user, -1) + "\n")
        alice = self.host.enrol("alice")
        self.host.known("alice", alice)
        self.host.stop_sshd()
        self.key = " ".join((rig.KEYS / "alice.pub").read_text().split()[:2])

    @staticmethod
    def output(*command, **options):
        result = subprocess.run([str(word) for word in command], capture_output=True, check=False, **options)
        if result.returncode != 0:
            raise SystemExit(f"bench: {command[0]}: {result.stderr.decode().strip()}")
        return [float(word) for word in result.stdout.split()]

    def measure(self, name, *command, **options):
        """Runs a program that prints a sample a line, and keeps the median of this round."""
        self.samples.setdefault(name, []).append(statistics.median(self.output(*command, **options)))

    def pam(self, name, service, logins):
        self.measure(name, self.folder / "pam_login", service, self.stacks, env={"BENCH_KEY": self.key},
                     input="".join(f"{user} {code}\n" for user, code in logins).encode())

    def load(self, in_flight):
        """Logins not asked, each a connection of its own, straight at the daemon's socket."""
        fields = ["stepup=1", "op=begin", "channel=pam", "phase=auth", "request=" + "0" * 32, "service=stepup", "user=alice",
                  "first_factor=ssh", "rhost=127.0.0.1", "tty=ssh", "uid=0", "ssh_connection=127.0.0.1 50000 127.0.0.1 22",
                  f"ssh_auth_info=publickey {self.key}"]
        payload = b"".join(field.encode() + b"\0" for field in fields)
        rate, _, _ = self.output(self.folder / "load", rig.SOCKET, in_flight, IN_FLIGHT[in_flight],
                                 input=struct.pack(">I", len(payload)) + payload)
        self.samples.setdefault(f"load{in_flight}", []).append(rate)

    def round(self, number):
        self.measure("socket", self.folder / "round_trip", 500, FRAME_BYTES)
        self.measure("commit", self.folder / "raw_commit", self.folder / f"raw{number}.db", 200, EVENT_BYTES)
        self.pam("permit", "permit", [("alice", "-")] * LOGINS)
        self.pam("quiet", "stepup", [("alice", "-")] * LOGINS)
        for in_flight in IN_FLIGHT:
            self.load(in_flight)
        people = PEOPLE[number * CODES:(number + 1) * CODES]
        # A code must not run out between its making and its use.
        time.sleep(max(0, 5 - (30 - time.time() % 30)))
        self.pam("totp", "stepup", [(user, code_of(user)) for user in people])
        self.pam("google", "google", [(user, code_of(user)) for user in people])

    def parts(self, figures):
        """What the login's figures are made of, and what grows."""
        binaries = self.host.binaries
        raw, ledger = [], []
        for number in range(5):
            commits = self.output(self.folder / "raw_commit", self.folder / f"rows{number}.db", 200, EVENT_BYTES, 64)
            raw.append(64 * len(commits) / sum(commits) * 1e6)
            ledger.append(self.output(binaries / "stepup-bench", "ledger", self.folder / f"ledger{number}.db", 64)[0])
        raw, ledger = statistics.median(raw), statistics.median(ledger)
        crowd = 2 * figures["load64"][0]
        print(f"{'SQLite: rows, 64 a commit':48}{raw:>6.0f} /s")
        print(f"{'events through the ledger, 64 a commit':48}{ledger:>6.0f} /s{'':27}{ledger / raw:.2f} x SQLite")
        print(f"{'events across the socket, 64 in flight':48}{crowd:>6.0f} /s{'':27}{crowd / raw:.2f} x SQLite")
        decide, fold = self.output(binaries / "stepup-bench", "decide")
        print(f"{'decide, 50 networks, 20 devices, 10,000 logins':48}{decide:>6.1f} us\n{'one event folded':48}{fold:>6.1f} us")
        # These print their own rows, with the bars that they have to clear.
        policy = HERE.parents[1] / "Packaging/policy/back-office.toml"
        for part in [["lookups"], ["sweep", policy], ["logs", policy]]:
            print(rig.run(binaries / "stepup-bench", *part).stdout, end="")
        self.long_log(policy)
        self.host.stop()
        rig.POLICY.write_text(rig.ASK_NEVER)
        for events, users in SIZES:
            self.grown(events, users)

    def long_log(self, policy):
        """A log of 1 GiB: how fast it goes, and in how much memory."""
        day = rig.run("stepupctl", "generate", "--people", "300", "--days", "20").stdout
        log, copies = self.folder / "long.log", -(-2**30 // len(day.encode()))
        with open(log, "w") as file:
            for _ in range(copies):
                file.write(day)
        start = time.monotonic()
        child = subprocess.Popen(["stepupctl", "backtest", "--policy", policy, "--format", "json", log], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        assert status == 0
        rate = copies * day.count("\n") / (time.monotonic() - start)
        log.unlink()
        print(f"{'a log of 1 GiB, read and decided: lines':48}{rate:>6.0f} /s{'':10}{usage.ru_maxrss / 1024:.0f} MiB (bar: under 200 MiB)")

    def grown(self, events, users):
        """A ledger of that size put in place of the host's: start, memory, a login, verify."""
        for file in self.ledger.iterdir():
            if not file.name.endswith(".reserve"):
                file.unlink()
        path = self.ledger / "ledger.db"
        self.output(self.host.binaries / "stepup-bench", "make", path, events, users)
        start = time.monotonic()
        self.host.start()
        ready = time.monotonic() - start
        rate = statistics.median(self.once() for _ in range(5))
        memory = int(rig.re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.host.daemon.pid}/status").read_text())[1]) / 1024
        self.host.stop()
        start = time.monotonic()
        rig.run("stepupctl", "audit", "verify")
        verified = events / (time.monotonic() - start)
        print(f"{f'{events:,} events, {users:,} users':48}ready in {ready * 1000:.0f} ms, {memory:.0f} MiB, {rate:.0f} logins/s one in "
              f"flight, verify {verified:,.0f} events/s")

    def once(self):
        self.load(1)
        return self.samples["load1"].pop()

    def table(self):
        figures = {name: (statistics.median(v), min(v), max(v)) for name, v in self.samples.items()}
        peer = figures["google"][0]
        titles = {
            "socket": "a Unix socket: connect, there and back",
            "commit": "SQLite: one durable commit",
            "permit": "pam_authenticate: pam_permit",
            "quiet": "pam_authenticate: StepUp, not asked",
            "totp": "pam_authenticate: StepUp, TOTP",
            "google": "pam_authenticate: google-authenticator, TOTP",
        }
        print(f"\n{'':48}{'median':>9}{'lowest':>9}{'highest':>9}   of google-authenticator")
        for name, title in titles.items():
            median, low, high = figures[name]
            share = f"{median / peer:.2f} x" if title.startswith("pam") else ""
            print(f"{title:48}{median:>6.0f} us{low:>6.0f} us{high:>6.0f} us   {share}")
        for in_flight in IN_FLIGHT:
            median, low, high = figures[f"load{in_flight}"]
            print(f"{f'logins not asked, {in_flight} in flight':48}{median:>6.0f} /s{low:>6.0f} /s{high:>6.0f} /s   "
                  f"{median / figures['load1'][0]:.2f} x one in flight")
        self.parts(figures)
        print(f"\n{ROUNDS} rounds in turn; each login is decided, recorded and durable before its answer. A login not asked goes through "
              "one exchange and\none commit, a TOTP login through two of each.")


def main():
    host = rig.Host(Path(sys.argv[1]).resolve())
    host.install()
    host.start_sshd()
    # On the machine's own disk: the namespace's folders lie in memory, where nothing has to wait to be durable.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        host.fresh(POLICY, config=f'[paths]\nledger = "{folder}/ledger/ledger.db"\n')
        bench = Bench(host, folder)
        bench.prepare()
        for number in range(ROUNDS):
            bench.round(number)
        host.sound()
        bench.table()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
