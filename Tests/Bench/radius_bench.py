"""Figures of logins over RADIUS: the real FreeRADIUS with StepUp beside the same server without it, in one run.

    radius_bench.py BINARIES        (inside Packaging/demo/private-namespace; `make bench`)

Three servers stand side by side: `plain` (PAP, files), the same with rlm_stepup and stepupd, and the same with rlm_stepup and a stub
that allows everything. The measures take turns for ROUNDS rounds, so that whatever else the machine does hits all of them; a figure is
the median of the rounds, beside it the lowest and highest. Sender, server and daemon share the machine's processors.
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
import radius_rig  # noqa: E402
import rig  # noqa: E402
import wire  # noqa: E402

HERE = Path(__file__).resolve().parent
ROUNDS = 5
IN_FLIGHT = 64
LOGINS = 20_000
# Their address is known, and nothing is asked; each is asked, and has an app or a token with a button.
QUIET = [f"quiet{number:02}" for number in range(64)]
ASKED = [f"asked{number:04}" for number in range(3000)]
PRESSING = [f"press{number:03}" for number in range(500)]
PRESSES = 6
# Pending challenges before those logins.
PENDING = [1_000, 1_000_000]
STUB = "/run/stub.sock"

CONFIG = radius_rig.CONFIG + """
[challenge]
expires = "15m"
[[radius.nas]]
name = "vpn"
clients = ["127.0.0.0/8"]
address = "Calling-Station-Id"
[paths]
"""
POLICY = rig.NEW_ADDRESS + """
[[rule]]
name = "guessing"
signal = "fails_recent"
at_least = 3
within = "15m"
require = "otp"
[[rule]]
name = "bench"
signal = "always"
require = "otp"
match = { users = ["asked*", "press*"] }
"""


def secret_of(user):
    return hashlib.sha1(user.encode()).digest()


def code_of(user, counter):
    """RFC 4226; for TOTP (RFC 6238) the counter is the time's step."""
    mac = hmac.digest(secret_of(user), struct.pack(">Q", counter), "sha1")
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def password_of(user):
    return f"pass-{user}"


def station_of(user):
    """The address that a person comes from."""
    one, two = hashlib.sha1(user.encode()).digest()[:2]
    return f"10.{len(user)}.{one}.{two}"


def processor(pid):
    """The CPU time that a process used, in microseconds."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * 1e6 / os.sysconf("SC_CLK_TCK")


class Server(radius_rig.Server):
    """The site that StepUp ships. `stepup=False`: the very same without StepUp's lines."""

    def __init__(self, *arguments, bare=False, **options):
        self.bare = bare
        super().__init__(*arguments, **options)

    def write(self):
        super().write()
        # Debian's 16384 requests that are kept for five seconds are 3,277 a second at most, with StepUp or without.
        self.edit("radiusd.conf", r"(?m)^cleanup_delay = .*$", "cleanup_delay = 1")
        self.edit("radiusd.conf", r"(?m)^max_requests = .*$", "max_requests = 262144")
        if self.bare:
            for site in ("stepup", "inner-tunnel"):
                self.edit(f"sites-available/{site}", r"(?m)^[ \t]*stepup[ \t]*\n", "")
                self.edit(f"sites-available/{site}", r"\bstepup_pap\b", "pap")
            self.disable("mods", "stepup")
            (self.folder / "policy.d/stepup").unlink()


class Enrolment:
    """Tokens straight over the control socket."""

    def __init__(self):
        self.peer = wire.connect(rig.CONTROL)

    def ask(self, command, body):
        self.peer.sendall(wire.frame("stepup=1", f"op=admin.{command}", f"body={rig.json.dumps(body)}"))
        reply = wire.receive(self.peer)
        assert reply and reply["status"] == "ok", reply
        return rig.json.loads(reply["body"])

    def enrol(self, user, kind, counter):
        """A token that was confirmed with the code of this counter."""
        token = self.ask("enrol", {
            "user": user, "kind": kind, "label": "bench", "secret": base64.b32encode(secret_of(user)).decode(), "counter": 0,
            "parameters": {"algorithm": "sha1", "digits": 6, "period": 30}})["token"]
        self.ask("confirm", {"token": token, "code": code_of(user, counter)})


class Bench:
    def __init__(self, host, folder):
        self.host, self.folder = host, Path(folder)
        self.samples, self.notes = {}, {}
        self.step, self.presses, self.unexpected = 0, 0, 0

    # Setting up

    def compile(self, name, *options):
        rig.run("cc", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", HERE / f"{name}.c", *options, "-o", self.folder / name)

    def prepare(self):
        for name, options in {"radius_load": ["-lcrypto"], "load": [], "stub": [], "syncs": ["-fPIC", "-shared"]}.items():
            self.compile(name, *options)
        # It counts what the daemon waits for the disk; a call more for each.
        self.syncs = self.folder / "syncs.counters"
        self.syncs.write_bytes(bytes(16))
        self.host.stop()
        self.host.start({"LD_PRELOAD": str(self.folder / "syncs"), "BENCH_SYNCS": str(self.syncs)})
        people = QUIET + ASKED + PRESSING
        with open("/etc/passwd", "a") as passwd:
            for number, user in enumerate(people):
                passwd.write(f"{user}:x:{20000 + number}:100::/nonexistent:/bin/false\n")
        users = {user: password_of(user) for user in people}
        self.servers = {
            "plain": Server("plain", 2812, users=users, bare=True),
            "stepup": Server("stepup", 2912, users=users, settings={"service": '"vpn"'}),
            "stub": Server("stub", 3012, users=users, settings={"service": '"vpn"', "socket": STUB}),
        }
        self.stub = subprocess.Popen([self.folder / "stub", STUB])
        for server in self.servers.values():
            server.start()
        enrolment = Enrolment()
        for user in QUIET + PRESSING:
            enrolment.enrol(user, "hotp", 0)
        for user in ASKED:
            enrolment.enrol(user, "totp", int(time.time()) // 30)
        self.step = int(time.time()) // 30
        self.settle()
        for server in self.servers:
            self.run(server, "plain" if server == "plain" else "pap", [(user, "-") for user in QUIET], 5000)

    def settle(self):
        """The quiet ones' addresses become known: a login with a code whose session begins."""
        nas = self.servers["stepup"].nas()
        for number, user in enumerate(QUIET):
            session = {"NAS_Port": number, "Acct_Session_Id": f"first-{number}", "Calling_Station_Id": station_of(user)}
            prompt = nas.login(user, password_of(user), **session)
            reply = nas.answer(prompt, code_of(user, 1), user=user, **session)
            nas.account("Start", user=user, session=session.pop("Acct_Session_Id"), Class=reply["Class"], **session)
        nas.close()

    # Measuring

    def run(self, server, mode, logins, count=None):
        """Logs in; rate, median, p99 and worst. What does not go as it should is told at once, and is the bench's status."""
        lines = "".join(f"{user} {password_of(user)} {station_of(user)} {code}\n" for user, code in logins)
        result = rig.run(self.folder / "radius_load", self.servers[server].port, radius_rig.SECRET, IN_FLIGHT, count or len(logins), mode, input=lines)
        *figures, unexpected = map(float, result.stdout.split())
        if unexpected:
            self.unexpected += int(unexpected)
            print(f"{server}, {mode}: {unexpected:.0f} of {count or len(logins)} logins went wrong: {result.stderr}{self.servers[server].log()[-300:]}")
        return figures

    def measure(self, name, server, mode, logins, count=None):
        """One round; also what a login used of the processors, and what the daemon waited for the disk."""
        pids = {"radiusd": self.servers[server].process.pid, "stepupd": self.host.daemon.pid}
        before = {process: processor(pid) for process, pid in pids.items()}
        syncs, start = self.synced(), time.monotonic()
        rate, median, p99, worst = self.run(server, mode, logins, count)
        elapsed = (time.monotonic() - start) * 1e6
        calls, waited = (after - earlier for after, earlier in zip(self.synced(), syncs, strict=True))
        count = count or len(logins)
        sample = {"rate": rate, "median": median, "p99": p99, "worst": worst, "logins a sync": count / max(calls, 1),
                  "sync": waited / max(calls, 1), "syncing": 100 * waited / elapsed}
        sample |= {process: (processor(pid) - before[process]) / count for process, pid in pids.items()}
        self.samples.setdefault(name, []).append(sample)

    def synced(self):
        """How often the daemon has waited for the disk, and how long, in microseconds."""
        calls, nanoseconds = struct.unpack("=QQ", self.syncs.read_bytes())
        return calls, nanoseconds / 1000

    def round(self):
        quiet = [(user, "-") for user in QUIET]
        self.measure("plain", "plain", "plain", quiet, LOGINS)
        self.measure("quiet", "stepup", "pap", quiet, LOGINS)
        self.measure("stub", "stub", "pap", quiet, LOGINS)
        # Each step's code is good once.
        time.sleep(max(0, (self.step + 1) * 30 - time.time()))
        self.step = int(time.time()) // 30
        self.measure("asked", "stepup", "challenge", [(user, code_of(user, self.step)) for user in ASKED])

    def press(self, name):
        """A round of challenge logins with tokens that have a button: as many codes as are wanted."""
        logins = []
        for _ in range(PRESSES):
            self.presses += 1
            logins += [(user, code_of(user, self.presses)) for user in PRESSING]
        self.measure(name, "stepup", "challenge", logins)

    def pend(self, count):
        """So many logins that are asked and never answered, straight at the daemon's socket, as the server's user."""
        frames = b""
        for number, user in enumerate(PRESSING):
            station = f"10.255.{number // 256}.{number % 256}".encode().hex()
            frames += wire.frame("stepup=1", "op=begin", "channel=radius", "phase=auth", "first_factor=radius", "request=" + "0" * 32,
                                 "service=vpn", f"user={user}", "client=127.0.0.1",
                                 f"attributes=NAS-Port:{number:08x},Calling-Station-Id:{station},Acct-Session-Id:{'0' * 32}")
        command = ["setpriv", "--reuid", "freerad", "--regid", "freerad", "--init-groups", self.folder / "load", rig.SOCKET, IN_FLIGHT, count]
        result = subprocess.run([str(word) for word in command], input=frames, capture_output=True, check=False)
        assert result.returncode == 0, result.stderr.decode() + self.host.daemon_log()[-2000:]
        return float(result.stdout.split()[0])

    def pending(self):
        """The next logins, with few pending and with many."""
        self.press("warm")
        begun = 0
        for pending in PENDING:
            rate = self.pend(pending - begun)
            begun = pending
            for _ in range(ROUNDS):
                self.press(f"pending {pending}")
            self.notes[pending] = f"stepupd: {self.host.resident() / 1024:.0f} MiB; begun at {rate:.0f} /s"

    # Printing

    def median(self, name, figure):
        return statistics.median(sample[figure] for sample in self.samples[name])

    def row(self, title, name, figure, unit, note=""):
        values = [sample[figure] for sample in self.samples[name]]
        print(f"{title:56}{statistics.median(values):>7.0f} {unit}{min(values):>7.0f} {unit}{max(values):>7.0f} {unit}   {note}")

    def disk(self, name):
        self.row("  disk: one sync", name, "sync", "us",
                 f"{self.median(name, 'logins a sync'):.1f} logins a sync; syncing {self.median(name, 'syncing'):.0f} % of the time")

    def table(self):
        plain = self.median("plain", "rate")
        print(f"\n{f'RADIUS, {IN_FLIGHT} in flight':56}{'median':>10}{'lowest':>10}{'highest':>10}")
        self.row("PAP, files", "plain", "rate", "/s")
        self.row("PAP, files, StepUp, nothing asked", "quiet", "rate", "/s", f"{self.median('quiet', 'rate') / plain:.2f} x without StepUp")
        self.row("  its 99th percentile", "quiet", "p99", "us")
        self.row("PAP, files, rlm_stepup, a stub for stepupd", "stub", "rate", "/s")
        module = self.median("stub", "radiusd") - self.median("plain", "radiusd")
        for name, title in {"plain": "PAP, files", "stub": "with rlm_stepup and a stub", "quiet": "with StepUp, nothing asked"}.items():
            self.row(f"  processor, radiusd: {title}", name, "radiusd", "us", f"the module's: {module:.0f} us" if name == "stub" else "")
        self.row("  processor, stepupd: nothing asked", "quiet", "stepupd", "us")
        self.disk("quiet")
        self.row("two rounds, TOTP", "asked", "rate", "/s")
        self.row("  its 99th percentile, both rounds", "asked", "p99", "us")
        self.row("  processor, radiusd", "asked", "radiusd", "us")
        self.row("  processor, stepupd", "asked", "stepupd", "us")
        self.disk("asked")

    def pending_table(self):
        few, many = (self.median(f"pending {pending}", "rate") for pending in PENDING)
        for pending in PENDING:
            self.row(f"two rounds, HOTP, {pending:,} others pending", f"pending {pending}", "rate", "/s", self.notes[pending])
            self.row("  its median", f"pending {pending}", "median", "us")
            self.row("  its 99th percentile", f"pending {pending}", "p99", "us")
        print(f"{'':56}{many / few:.2f} x the rate with {PENDING[0]:,}")
        print(f"\n{ROUNDS} rounds in turn. Each login is decided, recorded and durable before its answer; the figures of the processor are of one "
              "login, in\nall its rounds, by the kernel's count. Sender, radiusd and stepupd share the machine's "
              f"{os.cpu_count()} processors.")


def main():
    host = rig.Host(Path(sys.argv[1]).resolve())
    host.install()
    # On the machine's own disk: the namespace's folders lie in memory, where nothing has to wait to be durable.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o711)
        host.fresh(POLICY, config=CONFIG + f'ledger = "{folder}/ledger/ledger.db"\n')
        bench = Bench(host, folder)
        bench.prepare()
        for _ in range(ROUNDS):
            bench.round()
        bench.table()
        host.sound()
        bench.pending()
        bench.pending_table()
        for server in bench.servers.values():
            server.stop()
        bench.stub.terminate()
        host.stop()
        return 1 if bench.unexpected else 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
