"""A VPN, live: the real ocserv on this host, and openconnect in a network namespace beside it, as a person's machine elsewhere.

    vpn = Vpn(radius_port=1812)
    vpn.start()
    with vpn.connect("alice", "password", answers=["123456"], source="10.99.0.3") as tunnel:
        tunnel.up, tunnel.prompts, tunnel.ping()

Runs inside private-namespace, with the RADIUS server of Tests/EndToEnd/radius_rig.py or with PAM's service `ocserv`.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pexpect

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests/EndToEnd"))
import rig  # noqa: E402

SERVER = "10.99.0.1"
# Where the person may be.
PLACES = ("10.99.0.2", "10.99.0.3", "10.99.0.4", "10.99.0.5")
INSIDE = "192.168.77.1"
NETWORK = "cli"
CONFIG = Path("/etc/ocserv/ocserv.conf")
RADCLI = Path("/etc/radcli/radiusclient.conf")
# What openconnect puts before the cursor; what the server said stands on the line before it.
PROMPT = r"(?m)^(Username|Password\d*|Response): ?$"
SCRIPT = Path("/root/vpnc-script")
LOG = Path("/var/log/ocserv.log")

OCSERV = """{auth}
tcp-port = 443
run-as-user = ocserv
run-as-group = ocserv
socket-file = /run/ocserv-socket
chroot-dir = /var/lib/ocserv
isolate-workers = true
server-cert = /etc/ocserv/cert.pem
server-key = /etc/ocserv/key.pem
max-clients = 16
max-same-clients = 4
device = vpns
ipv4-network = 192.168.77.0/24
route = 192.168.77.0/255.255.255.0
dns = {inside}
auth-timeout = 120
cookie-timeout = 60
max-ban-score = 0
predictable-ips = true
use-occtl = true
pid-file = /run/ocserv.pid
"""

# What Docs/Vpn.md says, word for word, of both.
AUTH_RADIUS = f'auth = "radius[config={RADCLI},groupconfig=false]"\nacct = "radius[config={RADCLI}]"\nstats-report-time = 60'
AUTH_PAM = 'auth = "pam"\nacct = "pam"'
PAM = """auth    [success=1 default=ignore]  pam_unix.so nodelay
auth    [default=die]               pam_stepup.so first_factor=failed
auth    required                    pam_stepup.so first_factor=stack
account required                    pam_unix.so
session required                    pam_permit.so
"""
RADIUS = """nas-identifier vpn1
authserver 127.0.0.1:{port}
acctserver 127.0.0.1:{accounting}
servers /etc/radcli/servers
dictionary /etc/radcli/dictionary
default_realm
radius_timeout 4
radius_retries 2
bindaddr *
"""


def make_network():
    """The person's network, unless it is there already."""
    if Path(f"/run/netns/{NETWORK}").exists():
        return
    inside = ["ip", "-n", NETWORK]
    rig.run("ip", "netns", "add", NETWORK)
    rig.run("ip", "link", "add", "server", "type", "veth", "peer", "name", "client", "netns", NETWORK)
    rig.run("ip", "addr", "add", f"{SERVER}/24", "dev", "server")
    rig.run("ip", "link", "set", "server", "up")
    for place in PLACES:
        rig.run(*inside, "addr", "add", f"{place}/24", "dev", "client")
    for device in ("client", "lo"):
        rig.run(*inside, "link", "set", device, "up")


def ping(address):
    """Whether an address answers the person."""
    return subprocess.run(["ip", "netns", "exec", NETWORK, "ping", "-q", "-c", "2", "-i", "0.2", "-W", "2", address],
                          capture_output=True).returncode == 0


class Tunnel:
    """How it went, and the tunnel if there is one."""

    def __init__(self, child, up, prompts, output):
        self.child, self.up, self.prompts, self.output = child, up, prompts, output

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def text(self):
        """What the server said to the person, beside the prompts, without what openconnect says of the connection."""
        quiet = r"(POST|GET|Got|Connected to|SSL|XML|Server|CSTP|Configured as|Please enter your username)"
        lines = [line.strip() for line in self.output.splitlines()]
        return "\n".join(line for line in lines if line and not re.match(quiet, line))

    def __repr__(self):
        return f"Tunnel(up={self.up}, prompts={self.prompts}, text={self.text!r})"

    def ping(self):
        """Whether traffic passes."""
        return ping(INSIDE)

    def close(self):
        """The person leaves the VPN, and the server has heard it."""
        if self.child and self.child.isalive():
            self.child.sendintr()
            try:
                self.child.expect(pexpect.EOF, timeout=10)
            except pexpect.TIMEOUT:
                pass
            self.child.close(force=True)
        self.child = None


class Vpn:
    """One ocserv. `auth` is "radius" or "pam"; `radius_port` is that of authentication, accounting is at the next one."""

    def __init__(self, auth="radius", radius_port=1812, secret="testing123", more=""):
        self.auth, self.port, self.secret, self.more = auth, radius_port, secret, more
        self.process = None

    def start(self):
        """Makes the person's network, writes the configuration, starts ocserv and waits until it listens."""
        self.stop()
        make_network()
        self.write()
        LOG.touch()
        self.process = subprocess.Popen(["/usr/sbin/ocserv", "-f", "-d", "3", "-c", CONFIG], stdin=subprocess.DEVNULL,
                                        stdout=open(LOG, "a"), stderr=subprocess.STDOUT)
        rig.wait_until(lambda: self.process.poll() is not None or self.listens(), "ocserv listens")
        assert self.process.poll() is None, f"ocserv ended: {self.log()[-2000:]}"
        return self

    def write(self):
        for name in ("cert.pem", "key.pem"):
            (CONFIG.parent / name).unlink(missing_ok=True)
        rig.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=vpn.test",
                "-keyout", "/etc/ocserv/key.pem", "-out", "/etc/ocserv/cert.pem")
        digest = rig.run("bash", "-c", "openssl x509 -in /etc/ocserv/cert.pem -pubkey -noout | openssl pkey -pubin -outform der | "
                         "openssl dgst -sha256 -binary | base64").stdout.strip()
        self.pin = f"pin-sha256:{digest}"
        CONFIG.write_text(OCSERV.format(auth=AUTH_RADIUS if self.auth == "radius" else AUTH_PAM, inside=INSIDE) + self.more)
        RADCLI.write_text(RADIUS.format(port=self.port, accounting=self.port + 1))
        Path("/etc/radcli/servers").write_text(f"127.0.0.1 {self.secret}\n")
        SCRIPT.write_text("#!/bin/sh\n[ \"$reason\" = connect ] || exit 0\n"
                          'ip link set "$TUNDEV" up mtu "${INTERNAL_IP4_MTU:-1400}"\nip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"\n'
                          'ip route add 192.168.77.0/24 dev "$TUNDEV"\n')
        SCRIPT.chmod(0o755)

    @staticmethod
    def listens():
        return subprocess.run(["ip", "netns", "exec", NETWORK, "bash", "-c", f"exec 3<>/dev/tcp/{SERVER}/443"],
                              capture_output=True).returncode == 0

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    @staticmethod
    def log():
        return LOG.read_text(errors="backslashreplace")

    def command(self, user, source=PLACES[0]):
        """openconnect as this person types it, at this place."""
        rig.run("ip", "-n", NETWORK, "route", "replace", f"{SERVER}/32", "dev", "client", "src", source)
        return ["ip", "netns", "exec", NETWORK, "openconnect", "--protocol=anyconnect", "--no-dtls", "--servercert", self.pin,
                "--script", str(SCRIPT), "--user", user, f"https://{SERVER}"]

    def connect(self, user, password, answers=(), source=PLACES[0], timeout=20):
        """Connects. The password goes to the first prompt, an answer (or what it returns, if it is callable) to each later one; where none
        is left, the person goes. A prompt is what the server said, not the word that openconnect puts after it."""
        command = self.command(user, source)
        child = pexpect.spawn(command[0], command[1:], timeout=timeout, encoding="utf-8", codec_errors="backslashreplace", echo=False)
        answers, prompts, output = [password, *answers], [], ""
        while True:
            found = child.expect([PROMPT, r"Configured as [^\r\n]*", pexpect.EOF, pexpect.TIMEOUT])
            output += child.before
            if found == 1:
                routes = ["ip", "-n", NETWORK, "route", "show", "192.168.77.0/24"]
                rig.wait_until(lambda: rig.run(*routes).stdout, "the tunnel has a route")
                return Tunnel(child, True, prompts, output + child.after)
            if found > 1:
                child.close(force=True)
                return Tunnel(None, False, prompts, output)
            prompts.append([line.strip() for line in ["", *child.before.splitlines()] if line.strip()][-1])
            if not answers:
                child.close(force=True)
                return Tunnel(None, False, prompts, output)
            answer = answers.pop(0)
            child.sendline(answer() if callable(answer) else answer)
