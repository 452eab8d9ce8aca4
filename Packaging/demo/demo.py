"""The main job of StepUp, live: a real sshd, real keys, real codes, and the ledger that says why.

Runs inside Packaging/demo/private-namespace: nothing it does stays on the machine. --keep leaves it running for you to try.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests/EndToEnd"))
import radius_rig  # noqa: E402
import rig  # noqa: E402
from vpn import PLACES, Vpn  # noqa: E402

BOLD, DIM, GREEN, RED, YELLOW, PLAIN = (f"\033[{n}m" for n in (1, 2, 32, 31, 33, 0)) if sys.stdout.isatty() else ("",) * 6

POLICY = """version = 1

[[rule]]
name = "new-address"
signal = "ip_new"
require = "otp"
match = { services = ["sshd", "vpn"] }

[[rule]]
name = "after-failures"
signal = "fails_recent"
at_least = 3
within = "15m"
require = "otp"

[[rule]]
name = "trading-needs-hardware"
signal = "always"
require = "hardware"
match = { users = ["bob"] }
"""

# What is believed of the VPN's gateway: ocserv, on this host, says where its people are.
CONFIG = radius_rig.CONFIG + """
[[radius.nas]]
name = "gateway"
clients = ["127.0.0.1"]
address = "Calling-Station-Id"
"""

HOURS = """
[[rule]]
name = "outside-hours"
signal = "calendar"
inside = { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = "%s", zone = "Europe/Zurich" }
require = "otp"
"""


class Demo:
    def __init__(self, binaries):
        self.host = rig.Host(binaries)
        self.failures = []
        self.part = 0

    def title(self, text):
        self.part += 1
        print(f"\n{BOLD}{self.part}. {text}{PLAIN}")

    @staticmethod
    def say(text):
        print(f"   {text}")

    def admin(self, *words, **options):
        """An admin's command, and what it prints."""
        print(f"   {BOLD}# stepupctl {' '.join(f'{w!r}' if ' ' in w else w for w in words)}{PLAIN}")
        output = rig.run("stepupctl", *words, **options).stdout
        for line in output.splitlines():
            print(f"   {DIM}{line}{PLAIN}")
        return output

    def login(self, text, expected, user="alice", answers=(), asked=None, **options):
        """A login, what the person saw, and whether it came out as it should."""
        source = options.get("source", "127.0.0.1")
        extra = " -o BatchMode=yes" if "BatchMode=yes" in options.get("options", ()) else ""
        print(f"   {BOLD}$ ssh -b {source}{extra} {user}@127.0.0.1{PLAIN}    {DIM}{text}{PLAIN}")
        login = self.host.ssh(user, answers, **options)
        for prompt in login.prompts:
            print(f"   {YELLOW}{prompt.split(') ')[-1]}{PLAIN}{DIM}(a code is typed){PLAIN}")
        good = login.ok == expected and (asked is None or bool(login.prompts) == asked)
        word = f"{GREEN}logged in{PLAIN}" if login.ok else f"{RED}refused{PLAIN}"
        print(f"   {word}, {('not asked', 'asked for a code', 'asked 2 times', 'asked 3 times')[len(login.prompts)]}"
              + ("" if good else f"   {RED}<- NOT AS EXPECTED: {login}{PLAIN}"))
        if not good:
            self.failures.append(text)
        return login

    def why(self):
        attempt = self.host.latest("SU1001").attempt
        self.admin("explain", attempt)

    def phone(self, token):
        """The next code of a phone; waits for it if need be, as a person would."""
        step = int(time.time()) // 30
        if step <= getattr(token, "last", -1):
            wait = (token.last + 1) * 30 - time.time()
            print(f"   {DIM}(alice waits {wait:.0f} s for the next code on her phone){PLAIN}")
            time.sleep(max(0, wait) + 0.2)
        token.last = int(time.time()) // 30
        return token.code()

    def run(self):
        host = self.host
        print(f"{BOLD}StepUp, live.{PLAIN} A host of its own in a private namespace, a real sshd on loopback: setting it up ...")
        host.install()
        host.start_sshd()
        host.fresh(POLICY, config=CONFIG)

        self.title("The admin enrols alice: a QR code for her phone, and her first code")
        alice = self.enrol("alice")
        print(f"   {BOLD}# stepupctl enrol bob --hotp{PLAIN}    {DIM}a hardware token, counter-based{PLAIN}")
        bob = host.enrol("bob", "--hotp", "--label", "hardware key")
        self.say(f"{DIM}token {bob.id} for bob, confirmed with its first code; he has a phone, too{PLAIN}")
        phone = host.enrol("bob", "--label", "phone")

        self.title("Her first login, from her usual address: nothing is known of it yet, so she is asked once")
        self.login("with her key", True, answers=[lambda: self.phone(alice)], asked=True)

        self.title("Her usual address again: her key alone, nothing is asked")
        self.login("with her key", True, asked=False)

        self.title("A new address: asked, and let in with the right code")
        code = self.phone(alice)
        self.login("from 127.0.0.2", True, answers=[code], asked=True, source="127.0.0.2")
        self.why()

        self.title("Somebody looked over her shoulder: the same code a second time is refused, and so is a wrong one")
        self.login("the used code, then wrong ones", False, answers=[code, alice.wrong(), alice.wrong(1)], asked=True,
                   source="127.0.0.3")
        self.why()

        self.title("After that burst of failures she is asked even at her usual address")
        self.login("with her key", True, answers=[lambda: self.phone(alice)], asked=True)
        self.why()
        self.admin("user", "reset", "alice", "--failures")

        self.title("Outside office hours she is asked, too (the admin loads a policy with hours that are not now)")
        zurich = int(subprocess.run(["date", "+%H"], env={"TZ": "Europe/Zurich"}, capture_output=True, text=True).stdout)
        policy = Path("/root/with-hours.toml")
        policy.write_text(POLICY + HOURS % f"{(zurich + 2) % 24:02}:00-{(zurich + 3) % 24:02}:00")
        self.admin("policy", "check", str(policy))
        self.admin("policy", "load", str(policy))
        self.login("at the wrong time", True, answers=[lambda: self.phone(alice)], asked=True)
        self.why()
        policy.write_text(POLICY)
        self.admin("policy", "load", str(policy))

        self.title("bob trades: the policy asks him for hardware every time, and a TOTP would not do")
        self.login("first the code of his phone, then that of his hardware token", True, user="bob", answers=[phone.fresh, bob.press],
                   asked=True)
        self.why()
        self.login("the token's used code", False, user="bob", answers=[bob.code(-1), bob.wrong(), bob.wrong(1)], asked=True)

        self.title("Automation: refused at first, then by an explicit, recorded, expiring exemption")
        batch = {"user": "deploy", "options": ("-o", "BatchMode=yes")}
        self.login("a machine", False, asked=False, **batch)
        self.admin("exempt", "add", "deploy", "--service", "sshd", "--source", "127.0.0.1", "--owner", "carol",
                   "--reason", "nightly deployment", "--expires", "90d")
        self.login("a machine", True, asked=False, **batch)
        self.why()

        self.title("No way round: alice's sshd settings are changed to her key alone, which skips the question")
        Path("/etc/ssh/sshd_config.d/10-sneaky.conf").write_text("Match User alice\n    AuthenticationMethods publickey\n")
        host.start_sshd()
        self.login("key only, from a new address", False, asked=False, source="127.0.0.9")
        self.why()
        Path("/etc/ssh/sshd_config.d/10-sneaky.conf").unlink()
        host.start_sshd()

        self.vpn(alice)

        self.title("What an examiner sees: every step, its hashes, and every decision derived again")
        self.admin("audit", "show")
        self.admin("audit", "verify")
        self.admin("audit", "replay")
        self.title("Before anyone is asked: what a policy would have done to a month of (made-up) logins, for people and for a page")
        folder = Path("/root/backtest")
        folder.mkdir()
        log, page = folder / "auth.log", folder / "report.html"
        log.write_text(rig.run("stepupctl", "generate", "--people", "20", "--days", "30").stdout)
        print(f"   {BOLD}# stepupctl generate --people 20 --days 30 > auth.log{PLAIN}")
        report = self.admin("backtest", "--policy", "/usr/share/stepup/policy/back-office.toml", "--zone", "Europe/Zurich", "--html", str(page), str(log))
        if "would have caught" not in report or "<h1>" not in page.read_text():
            self.failures.append("the backtest")

        return alice, bob

    def vpn(self, alice):
        """The same person over VPN: a real ocserv asks a real FreeRADIUS, which asks the same daemon."""
        self.title("The VPN: ocserv, FreeRADIUS and openconnect, beside sshd. The same daemon, the same ledger, the same phone")
        # radcli, which ocserv speaks RADIUS with, sends no Message-Authenticator as Debian 12 has it; here it speaks over loopback.
        settings = {"service": '"vpn"', "insecure_clients": '"127.0.0.1"'}
        radius = radius_rig.Server("demo", port=1812, settings=settings, users=("alice",))
        gateway = Vpn(radius_port=radius.port)
        try:
            radius.start()
            gateway.start()
            password = radius.password("alice")
            self.tunnel(gateway, "her first time, from home", True, True, password, [lambda: self.phone(alice)], PLACES[0])
            self.tunnel(gateway, "from home again: her password alone", True, False, password, [], PLACES[0])
            self.tunnel(gateway, "from elsewhere", True, True, password, [lambda: self.phone(alice)], PLACES[1])
            self.why()
            self.tunnel(gateway, "from a third place, with wrong codes", False, True, password, [alice.wrong(), alice.wrong(1), alice.wrong(2)],
                        PLACES[2])
            self.why()
            self.admin("user", "reset", "alice", "--failures")
            self.title("Somebody guesses her password over the VPN; her next SSH login is asked, even at her usual address")
            self.login("before", True, asked=False)
            for _ in range(3):
                self.tunnel(gateway, "a guess", False, False, "guess", [], PLACES[3])
            self.login("with her key", True, answers=[lambda: self.phone(alice)], asked=True)
            self.why()
        finally:
            gateway.stop()
            radius.stop()

    def tunnel(self, gateway, text, expected, asked, password, answers, source):
        """A VPN login, and whether traffic passes."""
        print(f"   {BOLD}$ openconnect --user alice https://vpn{PLAIN}    {DIM}{text}, {source}{PLAIN}")
        with gateway.connect("alice", password, answers, source) as tunnel:
            codes = [prompt for prompt in tunnel.prompts if "code" in prompt.lower()]
            for prompt in codes:
                print(f"   {YELLOW}{prompt}{PLAIN} {DIM}(a code is typed){PLAIN}")
            passes = tunnel.up and tunnel.ping()
            good = passes == expected and bool(codes) == asked
            print(f"   {f'{GREEN}tunnel up, traffic passes' if passes else f'{RED}refused'}{PLAIN}, "
                  + ("asked for a code" if codes else "not asked") + ("" if good else f"   {RED}<- NOT AS EXPECTED: {tunnel}{PLAIN}"))
            if not good:
                self.failures.append(text)

    def enrol(self, user):
        """The admin's terminal, with the QR code as it looks there."""
        import pexpect

        print(f"   {BOLD}# stepupctl enrol {user}{PLAIN}")
        child = pexpect.spawn("stepupctl", ["enrol", user], encoding="utf-8", timeout=10, dimensions=(60, 200))
        child.expect("code that it shows now: ")
        text = child.before
        for line in text.splitlines():
            print(f"   {line.rstrip()}" if sys.stdout.isatty() else f"   {rig.re.sub(chr(27) + r'[^m]*m', '', line).rstrip()}")
        token = rig.Token(rig.re.search(r"token +([0-9a-f]{16})", text)[1], rig.re.search(r"otpauth://\S+", text)[0])
        code = self.phone(token)
        child.sendline(code)
        child.expect(pexpect.EOF)
        print(f"   code that it shows now: {code}")
        print(f"   {DIM}{child.before.splitlines()[-1].strip()}{PLAIN}")
        return token


def keep(demo, alice, bob):
    """Leaves it running until the shell ends."""
    options = "-F none -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR"
    print(f"""
{BOLD}It is running; this shell is inside.{PLAIN} Everything vanishes when you leave it (exit).
   log in:        ssh {options} -i /root/keys/alice -b 127.0.0.4 alice@127.0.0.1
   alice's code:  oathtool --totp -b {alice.secret}
   bob's code:    oathtool --hotp -b -c {bob.counter} {bob.secret}      (then -c {bob.counter + 1}, ...)
   why:           stepupctl explain --last
   everything:    stepupctl audit show -f
""")
    sys.stdout.flush()
    subprocess.run(["bash", "--norc"], env={**os.environ, "PS1": "stepup demo # "})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    demo = Demo(Path(arguments.binaries).resolve())
    try:
        alice, bob = demo.run()
        if arguments.keep:
            keep(demo, alice, bob)
    finally:
        demo.host.stop()
        demo.host.stop_sshd()
    if demo.failures:
        print(f"\n{RED}not as expected: {'; '.join(demo.failures)}{PLAIN}")
        return 1
    print(f"\n{GREEN}All as it should be.{PLAIN} Nothing was left on this machine. To try it by hand: make demo KEEP=1")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
