"""The real strongSwan at both ends, IKEv2 with EAP-GTC by eap-radius, as Docs/Vpn.md says: password and code in one field."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import radius_rig
import rig
from guide import block

sys.path.insert(0, str(rig.ROOT / "Packaging/demo"))
import vpn as vpn_rig  # noqa: E402

INSIDE = "192.168.79.1"
PASSWORD = "password of alice"
CONFIG = radius_rig.CONFIG + radius_rig.GATEWAY + 'challenge = false\nappend = "suffix"\n'
PLUGINS = ("random nonce openssl pem pkcs1 pkcs8 x509 constraints pubkey hmac sha1 sha2 aes gcm kdf vici kernel-libipsec kernel-netlink "
           "socket-default updown eap-identity")
SERVER = """connections { people { version = 2
  local_addrs = %s
  pools = inside
  local { auth = pubkey
    certs = cert.pem
    id = vpn.test }
  remote { auth = eap-radius
    eap_id = %%any }
  children { net { local_ts = 192.168.79.0/24 } } } }
pools { inside { addrs = 192.168.80.0/24 } }
""" % vpn_rig.SERVER
CLIENT = """connections { home { version = 2
  local_addrs = {source}
  remote_addrs = {server}
  vips = 0.0.0.0
  local {{ auth = eap-gtc
    eap_id = {user}
    id = {user} }}
  remote {{ auth = pubkey
    id = vpn.test }}
  children {{ home {{ remote_ts = 192.168.79.0/24 }} }} }} }}
secrets {{ eap1 {{ id = {user}
  secret = "{typed}" }} }}
""".replace("connections { home { version", "connections {{ home {{ version")


class Charon:
    """One end."""

    def __init__(self, name, extra, prefix=(), plugins=""):
        self.folder = Path(f"/root/{name}")
        for folder in ("x509", "x509ca", "private"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        self.uri = f"unix://{self.folder}/vici"
        self.environment = {**os.environ, "STRONGSWAN_CONF": str(self.folder / "strongswan.conf"), "SWANCTL_DIR": str(self.folder)}
        (self.folder / "strongswan.conf").write_text(
            f"charon {{\n load = {PLUGINS} {extra}\n piddir = {self.folder}\n plugins {{\n vici {{ socket = {self.uri} }}\n"
            f"socket-default {{ use_ipv6 = no }}\n{plugins}\n}}\n}}\nswanctl {{ load = pem pkcs1 pkcs8 x509 pubkey openssl }}\n")
        self.prefix, self.log = prefix, self.folder / "log"

    def start(self):
        # Each end has its own /run, for charon's pid file.
        command = [*self.prefix, "unshare", "-m", "--propagation", "private", "sh", "-c", "mount -t tmpfs tmpfs /run; exec /usr/lib/ipsec/charon"]
        self.process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=open(self.log, "w"), stderr=subprocess.STDOUT)
        rig.wait_until(lambda: (self.folder / "vici").is_socket(), "charon listens")

    def ask(self, operation, *words, check=True):
        return rig.run("swanctl", operation, "--uri", self.uri, *words, env=self.environment, check=check)

    def load(self, text):
        (self.folder / "swanctl.conf").write_text(text)
        self.ask("--load-all", "--noprompt", "--file", self.folder / "swanctl.conf")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class StrongSwan:
    def __init__(self, radius_port):
        vpn_rig.make_network()
        rig.run("ip", "addr", "replace", f"{INSIDE}/24", "dev", "lo")
        guide = block("Vpn.md", "strongSwan", "eap-radius {").replace("secret = a-long-secret", f"secret = {radius_rig.SECRET}\nauth_port = {radius_port}\n"
                                                            f"acct_port = {radius_port + 1}")
        self.server = Charon("swan-server", "eap-radius", plugins=guide)
        self.client = Charon("swan-client", "eap-gtc resolve", ("ip", "netns", "exec", vpn_rig.NETWORK))
        certificate, key = self.server.folder / "x509/cert.pem", self.server.folder / "private/key.pem"
        rig.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=vpn.test", "-addext",
                "subjectAltName=DNS:vpn.test", "-keyout", key, "-out", certificate)
        (self.client.folder / "x509ca/cert.pem").write_bytes(certificate.read_bytes())
        self.server.start()
        self.client.start()
        self.server.load(SERVER)

    def connect(self, user, typed, source=vpn_rig.PLACES[0]):
        """Connects, tries the tunnel, leaves: whether it was up and traffic passed, and what charon said."""
        self.client.load(CLIENT.format(user=user, typed=typed, source=source, server=vpn_rig.SERVER))
        result = self.client.ask("--initiate", "--child", "home", "--timeout", "15", check=False)
        up = result.returncode == 0
        if up:
            assert vpn_rig.ping(INSIDE), "no traffic passes"
            self.client.ask("--terminate", "--ike", "home")
        return up, result.stdout + result.stderr

    def stop(self):
        self.client.stop()
        self.server.stop()


@pytest.fixture(scope="module")
def server(machine):
    machine.fresh(config=CONFIG)
    server = radius_rig.Server("swan", site="default", settings={"service": '"vpn"', "append": "yes"})
    server.edit("mods-available/eap", r"(?m)^\tdefault_eap_type = .*$", "\tdefault_eap_type = gtc")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def swan(server):
    swan = StrongSwan(server.port)
    yield swan
    swan.stop()


@pytest.fixture
def vpn(swan, host):
    host.fresh(config=CONFIG)
    return swan


def test_the_code_follows_the_password_where_it_is_asked_for(vpn, host):
    token = host.enrol("alice")
    up, said = vpn.connect("alice", PASSWORD)
    assert not up and "received EAP_FAILURE" in said and host.latest("SU1004").data["reason"] == "no_code"
    assert vpn.connect("alice", PASSWORD + token.fresh())[0] and host.outcome() == "allowed"
    assert str(host.latest("SU1001").data["attempt"]["source"]).count(vpn_rig.PLACES[0]) == 1
    rig.wait_until(lambda: [event.code for event in host.events() if event.code in ("SU1005", "SU1006")] == ["SU1005", "SU1006"],
                   "the session opened and closed")
    assert vpn.connect("alice", PASSWORD)[0], "the place is known now"


def test_a_code_that_is_wrong_is_taken_for_the_password(vpn, host):
    token = host.enrol("alice")
    up, said = vpn.connect("alice", PASSWORD + token.wrong())
    assert not up and "received EAP_FAILURE" in said and host.latest("SU1008") and host.latest("SU1001") is None


def test_where_nothing_is_asked_the_password_alone_does(vpn, host):
    host.fresh(rig.ASK_NEVER, CONFIG)
    up, said = vpn.connect("alice", PASSWORD)
    assert up and host.outcome() == "allowed", said + vpn.client.log.read_text()[-1500:] + vpn.server.log.read_text()[-1500:]
