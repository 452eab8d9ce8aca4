"""The real FreeRADIUS beside rig.Host, inside a private namespace: Debian's configuration, StepUp's files where an admin would put them, as its own user.

    server = radius_rig.Server(settings={"append": "yes"})
    server.start()
    reply = server.nas(source="127.0.0.5").login("alice", server.password("alice"))

Each server has a copy of /etc/freeradius/3.0 and ports of its own, so that two can run. The daemon wants `radius_rig.CONFIG`.
STEPUP_RADIUSD=asan or =valgrind runs each under what finds mistakes with memory (`make radius-fuzz`, `make -C CShims radius-memory`).
"""

import ipaddress
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import radius
import rig

CONFIG = '[module]\nradius_user = "freerad"\n'
# The VPN server of Docs/Vpn.md, on this host: what is believed of it.
GATEWAY = """
[[radius.nas]]
name = "vpn1"
clients = ["127.0.0.1"]
address = "Calling-Station-Id"
"""
DEBIAN = Path("/etc/freeradius/3.0")
SHIPPED = rig.ROOT / "Packaging/freeradius"
MODULE = Path(os.environ.get("STEPUP_RLM", rig.ROOT / "CShims/build/rlm_stepup.so"))
SECRET = "testing123"
AS_FREERAD = ["setpriv", "--reuid", "freerad", "--regid", "freerad", "--init-groups", "--no-new-privs"]


class Server:
    """One FreeRADIUS. `stepup`: with our module; else files and PAP alone. `site`: "stepup", the shipped one, or "default", Debian's with our
    lines in it, which does EAP, too. `settings` go into the module's block, `instances` are further
    ones: {"name": {setting: value}}. `users` are names, or names with passwords; `replies` gives some of them reply attributes.
    `clients` are networks by name; every address of them is a NAS."""

    def __init__(self, name="radius", port=1812, stepup=True, site="stepup", settings=None, instances=None,
                 users=("alice", "bob", "deploy"), replies=None, clients=None):
        self.folder, self.port, self.stepup, self.site = Path("/etc/freeradius") / name, port, stepup, site
        self.settings, self.instances = settings or {}, instances or {}
        self.users = users if isinstance(users, dict) else {user: f"password of {user}" for user in users}
        self.replies = replies or {}
        self.clients = clients or {"loopback": "127.0.0.0/8"}
        self.logs, self.runtime = Path(f"/var/log/freeradius/{name}"), Path(f"/run/freeradius-{name}")
        self.process = self.read = None
        self.under, self.options, self.environment, self.patience = [], [], {}, 20
        match os.environ.get("STEPUP_RADIUSD"):
            case "asan":
                # With STEPUP_RLM a module that was built for it. Its end takes long after a million requests.
                self.patience = 120
                self.environment = {"LD_PRELOAD": os.environ["STEPUP_PRELOAD"],
                                    "ASAN_OPTIONS": f"detect_leaks=0:verify_asan_link_order=0:exitcode=99:log_path={self.logs}/found"}
            case "valgrind":
                self.under = ["valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite,possible", "--errors-for-leak-kinds=none",
                              "--keep-debuginfo=yes", f"--log-file={self.logs}/found.%p"]
                self.options, self.patience = ["-m"], 120
        self.write()

    def password(self, user):
        return self.users[user]

    def nas(self, source="127.0.0.1", **options):
        """A NAS at this address; the same one at a second server has `port=` of that."""
        return radius.Nas(source, **{"port": self.port, "secret": SECRET.encode(), **options})

    # Setting up

    def write(self):
        """Debian's files, with what these tests need, and StepUp's as Docs/Radius.md says."""
        shutil.rmtree(self.folder, ignore_errors=True)
        rig.run("cp", "-a", DEBIAN, self.folder)
        shutil.rmtree(self.logs, ignore_errors=True)
        for folder in (self.logs, self.runtime):
            rig.run("install", "-d", "-o", "freerad", "-g", "freerad", "-m", "755", folder)
        self.edit("radiusd.conf", rf"(?m)^raddbdir = .*$", f"raddbdir = {self.folder}")
        self.edit("radiusd.conf", rf"(?m)^logdir = .*$", f"logdir = {self.logs}")
        self.edit("radiusd.conf", rf"(?m)^run_dir = .*$", f"run_dir = {self.runtime}")
        # A refusal comes at once: the delay is against guessing, and would be in every figure.
        self.edit("radiusd.conf", r"(?m)^\treject_delay = .*$", "\treject_delay = 0")
        self.put("clients.conf", "".join(f"client {name} {{\n\tipaddr = {network}\n\tsecret = {SECRET}\n}}\n"
                                         for name, network in self.clients.items()))
        self.put("mods-config/files/authorize", "".join(
            f'{user} Cleartext-Password := "{password}"\n\t{self.replies.get(user, "")}\n' for user, password in self.users.items()))
        if self.stepup:
            self.write_stepup()
        for number, site in enumerate(sorted((self.folder / "sites-enabled").iterdir())):
            site.write_text(self.listening(site.read_text(), self.port + 10 * (site.name == "inner-tunnel")))

    def write_stepup(self):
        # A running server keeps the file that it has mapped.
        rig.run("install", "--backup=off", "-m", "644", MODULE, "/usr/lib/freeradius/rlm_stepup.so")
        for folder in ("mods-available", "sites-available", "policy.d"):
            if (SHIPPED / folder / "stepup").exists():
                self.put(f"{folder}/stepup", (SHIPPED / folder / "stepup").read_text())
        self.put("dictionary.stepup", (SHIPPED / "dictionary.stepup").read_text())
        self.put("dictionary", (self.folder / "dictionary").read_text() + "$INCLUDE dictionary.stepup\n")
        self.enable("mods", "stepup")
        if self.site == "stepup":
            self.disable("sites", "default")
            self.enable("sites", "stepup")
        else:
            self.step_up("default")
        self.step_up("inner-tunnel")
        module = self.folder / "mods-available/stepup"
        text = module.read_text()
        for key, value in self.settings.items():
            text = option(text, key, value)
        for name, settings in self.instances.items():
            text += f"\nstepup {name} {{\n" + "".join(f"\t{key} = {value}\n" for key, value in settings.items()) + "}\n"
        module.write_text(text)

    def step_up(self, site):
        """Debian's site with StepUp in it, each line where Docs/Radius.md says. The inner one asks nobody a second time, and has no accounting."""
        name = f"sites-available/{site}"
        self.edit(name, r"(?m)^\tpap$", "\tstepup\n\tpap")
        self.edit(name, r"(?m)(?<=^\tAuth-Type PAP \{)\s+pap$", "\n\t\tstepup_pap")
        if site == "inner-tunnel":
            self.edit(name, r"(?m)(?<=^\tPost-Auth-Type REJECT \{)$", "\n\t\tstepup")
        else:
            self.edit(name, r"(?m)(?<=^\t\tstepup_pap\n\t\})$", "\n\tstepup")
            self.edit(name, r"(?m)(?<=^\tattr_filter.accounting_response)$", "\n\tstepup")
            self.edit(name, r"(?m)^(?=\tPost-Auth-Type REJECT \{$)", "\tstepup\n")
            self.edit(name, r"(?m)(?<=^\t\tremove_reply_message_if_eap)$", "\n\t\tstepup")
            self.edit(name, r"(?m)(?<=^\tPost-Auth-Type Challenge \{)$", "\n\t\tstepup")

    @staticmethod
    def listening(text, port):
        """A site's text with its `listen` sections at ports of ours, those of IPv6 left out."""
        def section(match):
            body = match[0]
            if re.search(r"(?m)^\s*ipv6addr\s*=", body):
                return ""
            kind = re.search(r"(?m)^\s*type\s*=\s*\"?(\w+)", body)[1]
            body = re.sub(r"(?m)^(\s*)port\s*=.*$", rf"\g<1>port = {port + (kind == 'acct')}", body)
            return re.sub(r"(?m)^(\s*)ipaddr\s*=.*$", r"\g<1>ipaddr = *", body)
        return re.sub(r"(?ms)^([ \t]*)listen \{.*?^\1\}", section, text)

    def put(self, name, text):
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        shutil.chown(path, "freerad", "freerad")
        path.chmod(0o640)

    @staticmethod
    def write_later(path, text):
        """A HUP compares whole seconds: the file must look changed even within the one in which it was read."""
        later = max(path.stat().st_mtime + 1, time.time())
        path.write_text(text)
        os.utime(path, (later, later))

    def edit(self, name, pattern, text):
        """Replaces what must stand there, once or more."""
        path = (self.folder / name).resolve()
        changed, count = re.subn(pattern, lambda _: text, path.read_text())
        assert count, f"{path}: no {pattern}"
        self.write_later(path, changed)

    def enable(self, kind, name):
        link = self.folder / f"{kind}-enabled/{name}"
        link.unlink(missing_ok=True)
        link.symlink_to(f"../{kind}-available/{name}")

    def disable(self, kind, name):
        (self.folder / f"{kind}-enabled/{name}").unlink()

    # Running

    def check(self):
        """What `freeradius -XC` prints; fails where it does."""
        return rig.run(*AS_FREERAD, "/usr/sbin/freeradius", "-XC", "-d", self.folder, env={**os.environ, **self.environment}).stdout

    def start(self, *debug):
        """Starts it (`-xx`: with more in its log) and waits until it answers."""
        self.stop()
        self.process = subprocess.Popen(
            [*AS_FREERAD, *self.under, "/usr/sbin/freeradius", "-f", *self.options, *debug, "-l", self.logs / "radius.log", "-d", self.folder],
            env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open("/var/log/freeradius.out", "a"))
        rig.wait_until(lambda: self.process.poll() is not None or self.up(), "FreeRADIUS answers", self.patience)
        self.read = time.monotonic()
        assert self.process.poll() is None, f"FreeRADIUS ended: {self.log()[-3000:]}"
        return self

    def up(self):
        """Whether it answers, asked by Status-Server."""
        network = ipaddress.ip_network(next(iter(self.clients.values())))
        nas = self.nas(str(network[1 if network.num_addresses > 1 else 0]))
        try:
            return nas.up()
        finally:
            nas.close()

    def eap(self, method, inner, user, password, identity="anonymous", source="127.0.0.1", timeout=10, **attributes):
        """A login by EAP as a supplicant does it: ("TTLS", "auth=PAP"), ("TTLS", "autheap=GTC"), ("PEAP", "auth=GTC"), or ("GTC", "") with the
        user as identity; what `eapol_test` ended with and printed.
        Attributes are by number, as eapol_test has them: {"31": "s:192.0.2.1"}."""
        profile = Path("/root/eap.conf")
        profile.write_text(f'network={{\n key_mgmt=IEEE8021X\n eap={method}\n identity="{user}"\n anonymous_identity="{identity}"\n'
                           f' password="{password}"\n phase2="{inner}"\n}}\n')
        more = [word for number, value in attributes.items() for word in ("-N", f"{number}:{value}")]
        return rig.run("eapol_test", "-c", profile, "-a", "127.0.0.1", "-A", source, "-p", self.port, "-s", SECRET, "-r0", "-t", timeout,
                       *(["-n"] if method == "GTC" else []), *more, check=False)

    def hup(self):
        """Reads again what changed, as on `systemctl reload`. For five seconds after it began or took one, FreeRADIUS takes no HUP, or only
        half of one: this waits. What it did is in the log."""
        time.sleep(max(0, self.read + 5.5 - time.monotonic()))
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        rig.wait_until(lambda: "HUP - " in self.log()[before:], "the log tells of a HUP")
        self.read = time.monotonic()
        assert self.up()

    def stop(self):
        """Ends it as an admin would; it must end well, and not have ended before."""
        process, self.process = self.process, None
        if process:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            status, found = process.wait(self.patience), self.found()
            # Leaks of requests that were under way, and what valgrind thinks of PCRE's compiled code, are the server's own.
            ours = found[max(0, found.find("stepup_") - 2000):][:6000]
            assert status == 0 and "stepup_" not in found, f"FreeRADIUS ended with {status}\n{ours}{self.log()[-2000:]}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def signal(self, number):
        self.process.send_signal(number)

    def log(self):
        path = self.logs / "radius.log"
        return path.read_text(errors="backslashreplace") if path.exists() else ""

    def found(self):
        """What ASan or valgrind found."""
        return "".join(path.read_text() for path in self.logs.glob("found.*"))

    def resident(self):
        """Its memory, in KiB."""
        return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def processor(self):
        """The CPU time that it used, in seconds."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def option(text, key, value):
    """The text of a module's block with this setting: where it stands, where it stands commented out, or at the block's beginning."""
    line = f"\t{key} = {value}"
    for pattern in (rf"(?m)^[ \t]*{key}[ \t]*=.*$", rf"(?m)^[ \t]*#[ \t]*{key}[ \t]*=.*$", r"(?m)(?<=^stepup \{)$"):
        changed, count = re.subn(pattern, lambda match: line if match[0] else "\n" + line, text, count=1)
        if count:
            return changed
    raise AssertionError(f"no block `stepup {{` for {key}")
