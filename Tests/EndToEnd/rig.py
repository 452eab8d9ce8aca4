"""A host with the real sshd, sudo, PAM and stepupd, inside a private namespace (Packaging/demo/private-namespace).

Everything is at the place where an admin would have it; nothing survives the namespace.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path("/etc/stepup/stepup.toml")
POLICY = Path("/etc/stepup/policy.toml")
LEDGER = Path("/var/lib/stepup/ledger.db")
SPOOL = Path("/var/spool/stepup/pam")
SOCKET = "/run/stepup/stepup.sock"
CONTROL = "/run/stepup/control.sock"
KEYS = Path("/root/keys")

ASK_ALWAYS = """version = 1
[[rule]]
name = "always"
signal = "always"
require = "otp"
"""
ASK_NEVER = "version = 1\n"
NEW_ADDRESS = """version = 1
grace = "0s"
[[rule]]
name = "new-address"
signal = "ip_new"
require = "otp"
"""

# The sixth login of a person within ten minutes is asked.
FAST = """version = 1
[[rule]]
name = "fast"
signal = "vel_user"
more_than = 5
within = "10m"
require = "otp"
"""


def run(*command, check=True, **options):
    """Runs a command; its output as text. A failure raises with what it printed."""
    result = subprocess.run([str(word) for word in command], text=True, capture_output=True, **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{command} ended with {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def wait_until(condition, what, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class Login:
    """How a login went."""

    status: int
    output: str
    prompts: list = field(default_factory=list)

    @property
    def ok(self):
        return self.status == 0


class SystemLog:
    """What goes to /dev/log: the module's own lines."""

    def __init__(self):
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if os.path.exists("/dev/log"):
            os.unlink("/dev/log")
        self.socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        while True:
            self.lines.append(self.socket.recv(65536).decode("utf-8", "backslashreplace"))

    def find(self, text):
        return [line for line in self.lines if text in line]


class Token:
    """A person's device, as another implementation (oathtool) computes it."""

    def __init__(self, token, uri):
        self.id = token
        self.uri = uri
        query = dict(part.split("=") for part in uri.split("?")[1].split("&"))
        self.secret, self.digits = query["secret"], query["digits"]
        self.kind = uri.split("/")[2]
        self.algorithm, self.period = query["algorithm"], int(query.get("period", 30))
        self.counter = int(query.get("counter", 0))
        self.ahead = 0
        # The clock of the device.
        self.now = time.time

    def code(self, steps=0):
        """The code now, or so many steps or presses later."""
        if self.kind == "hotp":
            return run("oathtool", "--hotp", "-b", "-d", self.digits, "-c", self.counter + steps, self.secret).stdout.strip()
        moment = int(self.now()) + steps * self.period
        return run("oathtool", f"--totp={self.algorithm}", "-b", "-d", self.digits, "-s", f"{self.period}s", "-N", f"@{moment}",
                   self.secret).stdout.strip()

    def press(self):
        """The next code of a HOTP token."""
        code = self.code()
        self.counter += 1
        return code

    def fresh(self):
        """A TOTP code that was not used yet: of the next step, and of the one after that, and then it waits."""
        if self.kind == "hotp":
            return self.press()
        step = int(self.now()) // self.period
        wanted = max(step, getattr(self, "last", -1) + 1)
        while wanted > int(self.now()) // self.period + 1:
            time.sleep(0.2)
        self.last = wanted
        return self.code(wanted - int(self.now()) // self.period)

    def wrong(self, number=0):
        """A code that is not this token's now."""
        near = {self.code(steps) for steps in range(-2 if self.kind == "totp" else 0, 13)}
        guess = 111111 + number
        while str(guess) in near:
            guess += 1000
        return str(guess)


class Host:
    """The machine. One for all tests; `fresh` gives it a new ledger."""

    def __init__(self, binaries):
        self.binaries = Path(binaries)
        self.daemon = None
        self.sshd = None
        self.log = SystemLog()
        self.notify = None

    # Setting up

    def install(self):
        """Puts everything where an admin would have it, with users and keys."""
        run("make", "-s", "-C", ROOT, "install", f"BIN={self.binaries}")
        shutil.copy(ROOT / "Packaging/ssh/50-stepup.conf", "/etc/ssh/sshd_config.d/50-stepup.conf")
        shutil.copy(ROOT / "Packaging/pam/sshd", "/etc/pam.d/sshd")
        shutil.copy(ROOT / "Packaging/pam/sudo", "/etc/pam.d/sudo")
        run("ssh-keygen", "-A")
        KEYS.mkdir(mode=0o700)
        run("groupadd", "stepup-automation")
        for user in ["alice", "bob", "deploy"]:
            self.add_user(user)
        run("usermod", "-aG", "stepup-automation", "deploy")
        Path("/etc/sudoers.d/tests").write_text("alice ALL=(root) ALL\nDefaults timestamp_timeout=0\nDefaults !lecture\n")

    def add_user(self, user):
        run("useradd", "-m", "-s", "/bin/bash", user)
        run("chpasswd", input=f"{user}:password of {user}\n")
        self.add_key(user, user)

    def add_key(self, user, name):
        """A key of this name, that lets `user` in."""
        key = KEYS / name
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        home = Path("/root" if user == "root" else f"/home/{user}")
        folder = home / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        with open(folder / "authorized_keys", "a") as file:
            file.write(Path(f"{key}.pub").read_text())
        shutil.chown(folder, user, user)
        shutil.chown(folder / "authorized_keys", user, user)
        return key

    def start_sshd(self, *options):
        self.stop_sshd()
        run("/usr/sbin/sshd", "-t")
        self.sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-E", "/var/log/sshd.log", "-o", "MaxStartups=200", *options])
        wait_until(lambda: self._connects(), "sshd listens")

    def stop_sshd(self):
        if self.sshd:
            self.sshd.terminate()
            self.sshd.wait()
            self.sshd = None

    @staticmethod
    def _connects():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", 22)) == 0

    def fresh(self, policy=NEW_ADDRESS, config=""):
        """A new ledger, keys and policy, and stepupd running."""
        self.stop()
        for folder in [LEDGER.parent, SPOOL.parent, CONFIG.parent]:
            shutil.rmtree(folder, ignore_errors=True)
        CONFIG.parent.mkdir(parents=True)
        CONFIG.write_text('host = "trading1"\n' + config)
        POLICY.write_text(policy)
        run("stepupctl", "init")
        self.start()

    # The daemon

    def start(self, environment=None, check=True):
        """Starts stepupd and waits until it says that it is ready, as systemd would."""
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"\0stepup-test-{time.monotonic_ns()}"
        ready.bind(name)
        self.errors = open("/var/log/stepupd.log", "a+")
        self.daemon = subprocess.Popen(
            ["/usr/sbin/stepupd"], stderr=self.errors, stdout=self.errors,
            env={"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": "@" + name[1:], **(environment or {})})
        if not check:
            return self.daemon
        ready.settimeout(0.05)
        end = time.monotonic() + 20
        while time.monotonic() < end and self.daemon.poll() is None:
            try:
                assert b"READY=1" in ready.recv(4096)
                ready.close()
                return self.daemon
            except TimeoutError:
                pass
        raise AssertionError("stepupd is not ready: " + self.daemon_log()[-2000:])

    def daemon_log(self):
        return Path("/var/log/stepupd.log").read_text()

    def signal(self, number):
        self.daemon.send_signal(number)

    def stop(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.terminate()
            assert self.daemon.wait(15) == 0, self.daemon_log()[-2000:]
        self.daemon = None

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None

    def resident(self):
        """The daemon's memory, in KiB."""
        return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.daemon.pid}/status").read_text())[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))

    # What people do

    def enrol(self, user, *options, confirm=True):
        output = run("stepupctl", "enrol", user, "--no-confirm", *options).stdout
        token = Token(re.search(r"token +([0-9a-f]{16})", output)[1], re.search(r"otpauth://\S+", output)[0])
        if confirm:
            run("stepupctl", "enrol", "--confirm", token.id, input=token.fresh() + "\n")
        return token

    def ssh_command(self, user="alice", key=None, source="127.0.0.1", options=(), command="echo in"):
        return ["ssh", "-F", "none", "-b", source, "-i", str(KEYS / (key or user)), "-o", "IdentitiesOnly=yes",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                # After PAM_MAXTRIES sshd names no method, and the client would go on to a password that nobody checks.
                "-o", "PreferredAuthentications=publickey,keyboard-interactive",
                *options, f"{user}@127.0.0.1", *([command] if command else [])]

    def ssh(self, user="alice", answers=(), timeout=20, **options):
        """Logs in and answers each prompt with the next answer; a callable is called then."""
        command = self.ssh_command(user, **options)
        child = pexpect.spawn(command[0], command[1:], timeout=timeout, encoding="utf-8", codec_errors="backslashreplace")
        return self.converse(child, answers)

    @staticmethod
    def converse(child, answers=(), prompt=r"[^\r\n]*(?:ode|assword[^\r\n]*): $"):
        answers, prompts, output = list(answers), [], ""
        while True:
            if child.expect([prompt, pexpect.EOF]) == 1:
                output += child.before
                break
            output += child.before
            prompts.append(child.after)
            if not answers:
                # Nobody answers: the person goes.
                child.close(force=True)
                return Login(255, output, prompts)
            answer = answers.pop(0)
            child.sendline(answer() if callable(answer) else answer)
        child.close()
        return Login(child.exitstatus if child.exitstatus is not None else 255, output.strip(), prompts)

    def known(self, user="alice", token=None):
        """Logs in once with a code, so that key and address are known."""
        login = self.ssh(user, [token.fresh])
        assert login.ok, login
        return login

    def service(self, name, *lines):
        """A PAM service of this test's own."""
        Path(f"/etc/pam.d/{name}").write_text("\n".join(lines) + "\n")
        return name

    def pam(self, service, user="alice", answers=(), operations=("authenticate", "acct_mgmt"), rhost="127.0.0.1",
            key="alice", environment=None, timeout=20):
        """A whole PAM conversation by pamtester, with what sshd would put into its environment."""
        words = ["-I", f"rhost={rhost}", "-I", "tty=ssh"] if rhost else []
        if key:
            text = " ".join(Path(f"{KEYS / key}.pub").read_text().split()[:2])
            words += ["-E", f"SSH_AUTH_INFO_0=publickey {text}", "-E", f"SSH_CONNECTION={rhost} 50000 127.0.0.1 22"]
        for name, value in (environment or {}).items():
            words += ["-E", f"{name}={value}"]
        child = pexpect.spawn("pamtester", [*words, service, user, *operations], timeout=timeout, encoding="utf-8",
                              codec_errors="backslashreplace")
        return self.converse(child, answers)

    # What the ledger says

    def events(self, *filters):
        lines = run("stepupctl", "audit", "show", "--json", *filters).stdout.splitlines()
        return [Event(json.loads(line)) for line in lines]

    def latest(self, code, *filters):
        found = self.events("--code", code, *filters)
        return found[-1] if found else None

    def attempt(self):
        """The events of the latest attempt."""
        return self.events("--attempt", self.latest("SU1001").attempt)

    def outcome(self):
        """How the latest attempt ended: the outcome, or None if it has not."""
        ends = [event for event in self.attempt() if event.code == "SU1004"]
        return ends[-1].data["outcome"] if ends else None

    def decision(self):
        return self.latest("SU1001").data["decision"]

    def rule(self, name):
        return next(rule for rule in self.decision()["rules"] if rule["name"] == name)

    def sound(self):
        """The ledger verifies, and every decision comes out again."""
        run("stepupctl", "audit", "verify")
        run("stepupctl", "audit", "replay")


class Event:
    """One event of the ledger."""

    def __init__(self, body):
        self.body = body
        inside = body["unmapped"]["stepup"]
        self.code, self.data = inside["code"], inside["data"]
        self.attempt, self.account = inside.get("attempt"), inside.get("account")

    def __repr__(self):
        return f"{self.code} {self.account} {json.dumps(self.data)}"
