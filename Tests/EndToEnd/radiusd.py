"""The real FreeRADIUS of Debian with our module, as the user freerad, inside a private namespace."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import rig

RADDB = Path("/etc/freeradius/3.0")
BEFORE = Path("/etc/freeradius/before-the-tests")
LOG = Path("/var/log/freeradius/stepup-test.log")
SPOOL = Path("/var/spool/stepup/radius")
MODULE = Path(os.environ.get("STEPUP_RLM", rig.ROOT / "CShims/build/rlm_stepup.so"))
AS_FREERAD = ["setpriv", "--reuid", "freerad", "--regid", "freerad", "--init-groups"]

USERS = """alice Cleartext-Password := "pw"
carol Cleartext-Password := "pw"
	Reply-Message := "welcome"
plain Cleartext-Password := "pw"
"""

CLIENTS = """client loopback {
	ipaddr = 127.0.0.0/8
	secret = testing123
}
"""

# Ports of their own, the same threads: people who have nothing to do with StepUp, and rejects that no module made.
PLAIN = """server plain {
	listen {
		type = auth
		ipaddr = *
		port = 11900
	}
	authorize {
		files
		pap
	}
	authenticate {
		Auth-Type PAP {
			pap
		}
	}
}
"""


# What Docs/Radius.md says to write into Debian's own sites: each line stands there once.
DEBIAN = {
    "default": [
        ("\n\tpap\n", "\n\tstepup\n\tpap\n"),
        ("\tAuth-Type PAP {\n\t\tpap\n\t}\n", "\tAuth-Type PAP {\n\t\tstepup_pap\n\t}\n\tstepup\n"),
        ("\n\tattr_filter.accounting_response\n", "\n\tattr_filter.accounting_response\n\tstepup\n"),
        ("\n\tPost-Auth-Type REJECT {\n", "\n\tstepup\n\tPost-Auth-Type REJECT {\n"),
        ("\n\t\tremove_reply_message_if_eap\n\t}\n", "\n\t\tremove_reply_message_if_eap\n\t\tstepup\n\t}\n"),
        ("\n\tPost-Auth-Type Challenge {\n", "\n\tPost-Auth-Type Challenge {\n\t\tstepup\n"),
    ],
    "inner-tunnel": [
        ("\n\tpap\n", "\n\tstepup\n\tpap\n"),
        ("\tAuth-Type PAP {\n\t\tpap\n\t}\n", "\tAuth-Type PAP {\n\t\tstepup_pap\n\t}\n"),
        ("\n\tPost-Auth-Type REJECT {\n", "\n\tPost-Auth-Type REJECT {\n\t\tstepup\n"),
    ],
}


def replace_once(text, old, new):
    assert text.count(old) == 1, f"{text.count(old)} times: {old!r}"
    return text.replace(old, new)


# How the server is run: as it is, or under what finds mistakes with memory (make -C CShims radius-memory).
TOOL = os.environ.get("STEPUP_RADIUSD")
SERVER = ["/usr/sbin/freeradius", "-f", "-l", str(LOG), "-d", str(RADDB)]
FOUND = Path("/var/log/freeradius/found")
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite,possible", "--errors-for-leak-kinds=none",
            "--keep-debuginfo=yes", f"--log-file={FOUND}.%p"]


class Radiusd:
    def __init__(self):
        self.process = None
        self.command, self.environment, self.seconds = SERVER, {}, 20
        if TOOL == "valgrind":
            self.command, self.seconds = [*VALGRIND, *SERVER, "-m"], 120
        elif TOOL == "asan":
            self.environment = {"LD_PRELOAD": os.environ["STEPUP_PRELOAD"],
                                "ASAN_OPTIONS": f"detect_leaks=0:verify_asan_link_order=0:exitcode=99:log_path={FOUND}"}

    # Setting up

    def install(self):
        """Puts the module and its configuration where an admin would. `remove` brings back what was there."""
        rig.run("cp", "-a", RADDB, BEFORE)
        # In place of an old one, not into it: another server may have it open.
        rig.run("install", "-m", "644", MODULE, "/usr/lib/freeradius/rlm_stepup.so")
        packaging = rig.ROOT / "Packaging/freeradius"
        for name in ["mods-available/stepup", "sites-available/stepup", "policy.d/stepup", "dictionary.stepup"]:
            shutil.copy(packaging / name, RADDB / name)
            os.chmod(RADDB / name, 0o644)
        self.edit("dictionary", lambda text: text + "\n$INCLUDE dictionary.stepup\n")
        self.edit("radiusd.conf", lambda text: text.replace("reject_delay = 1", "reject_delay = 0"))
        self.edit("mods-config/files/authorize", lambda text: USERS + text)
        (RADDB / "clients.conf").write_text(CLIENTS)
        self.link("mods", "stepup")
        for site, edits in DEBIAN.items():
            for old, new in edits:
                self.edit(f"sites-available/{site}", lambda text: replace_once(text, old, new))
        self.link("sites", "stepup")
        (RADDB / "sites-enabled/plain").write_text(PLAIN)
        for folder in [Path("/run/freeradius"), SPOOL]:
            folder.mkdir(parents=True, exist_ok=True, mode=0o755)
            shutil.chown(folder, "freerad", "freerad")

    @staticmethod
    def remove():
        shutil.rmtree(RADDB)
        rig.run("mv", BEFORE, RADDB)

    @staticmethod
    def edit(name, change):
        path = RADDB / name
        path.write_text(change(path.read_text()))

    @staticmethod
    def link(kind, name):
        path = RADDB / f"{kind}-enabled" / name
        if not path.is_symlink():
            path.symlink_to(f"../{kind}-available/{name}")

    def module(self, *settings):
        """mods-available/stepup with these instances: text in braces, or settings of the one called stepup."""
        text = "\n".join(settings)
        (RADDB / "mods-available/stepup").write_text(text if "{" in text else f"stepup {{\n{text}\n}}\n")

    # Running

    def check(self):
        """`freeradius -XC`: its status and what it printed."""
        result = subprocess.run([*AS_FREERAD, *self.with_environment(), SERVER[0], "-XC", "-d", str(RADDB)], capture_output=True,
                                text=True)
        return result.returncode, result.stdout + result.stderr

    def with_environment(self):
        return ["env", *(f"{name}={value}" for name, value in self.environment.items())]

    def start(self):
        LOG.touch()
        shutil.chown(LOG, "freerad", "freerad")
        before = len(LOG.read_text())
        self.process = subprocess.Popen([*AS_FREERAD, *self.with_environment(), *self.command], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + self.seconds
        while "Ready to process requests" not in LOG.read_text()[before:]:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("freeradius did not start: " + LOG.read_text()[before:][-3000:] + self.check()[1][-3000:])
            time.sleep(0.05)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            status = self.process.wait(self.seconds)
            self.process = None
            found = "".join(path.read_text() for path in FOUND.parent.glob("found.*"))
            # Leaks of requests that were under way, and what valgrind thinks of PCRE's compiled code, are the server's own.
            assert status == 0 and "stepup_" not in found, f"freeradius ended with {status}\n{found[-6000:]}{self.log()[-2000:]}"

    def restart(self, *settings):
        self.stop()
        if settings:
            self.module(*settings)
        self.start()

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def log(self):
        return LOG.read_text()
