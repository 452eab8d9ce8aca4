"""The real OpenVPN with its auth-pam plugin, as Docs/Vpn.md says: pam_stepup behind it, or pam_radius_auth and FreeRADIUS."""

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
import radius_rig
import rig
from guide import block

sys.path.insert(0, str(rig.ROOT / "Packaging/demo"))
import vpn as vpn_rig  # noqa: E402

FOLDER, PAM = Path("/etc/openvpn/server"), Path("/etc/pam.d/openvpn")
LOG = Path("/var/log/openvpn.log")
PORT, INSIDE = 1194, "192.168.78.1"
PASSWORD = "password of alice"
CONFIG = radius_rig.CONFIG + radius_rig.GATEWAY

SERVER = f"""port {PORT}
proto udp4
dev ovpns
dev-type tun
topology subnet
server 192.168.78.0 255.255.255.0
ca {FOLDER}/cert.pem
cert {FOLDER}/cert.pem
key {FOLDER}/key.pem
dh none
verify-client-cert none
username-as-common-name
keepalive 5 30
verb 3
"""
CLIENT = f"""client
dev tun
proto udp4
remote {vpn_rig.SERVER} {PORT}
nobind
ca {FOLDER}/cert.pem
remote-cert-tls server
connect-retry-max 1
connect-timeout 10
verb 3
"""


class OpenVpn:
    """One server with a plugin's line."""

    def __init__(self, plugin, challenge):
        vpn_rig.make_network()
        FOLDER.mkdir(parents=True, exist_ok=True)
        rig.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=vpn.test",
                "-addext", "extendedKeyUsage=serverAuth", "-addext", "keyUsage=digitalSignature,keyCertSign",
                "-keyout", FOLDER / "key.pem", "-out", FOLDER / "cert.pem")
        (FOLDER / "server.conf").write_text(SERVER + plugin + "\n")
        (FOLDER / "client.conf").write_text(CLIENT + challenge)
        self.process = subprocess.Popen(["/usr/sbin/openvpn", "--config", FOLDER / "server.conf"], stdin=subprocess.DEVNULL,
                                        stdout=open(LOG, "w"), stderr=subprocess.STDOUT)
        rig.wait_until(lambda: self.process.poll() is not None or "Initialization Sequence Completed" in LOG.read_text(), "OpenVPN listens")
        assert self.process.poll() is None, LOG.read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def connect(self, user, password, code=""):
        """Connects as a person does, with what the guide has them typed. Whether the tunnel is up and traffic passes, and all that was shown."""
        child = pexpect.spawn("ip", ["netns", "exec", vpn_rig.NETWORK, "openvpn", "--config", str(FOLDER / "client.conf")], timeout=25,
                              encoding="utf-8", codec_errors="backslashreplace", echo=False)
        try:
            child.expect("Enter Auth Username:")
            child.sendline(user)
            child.expect("Enter Auth Password:")
            child.sendline(password)
            child.expect(r"CHALLENGE: ([^\r\n]*\))")
            shown = child.match[1]
            child.sendline(code)
            found = child.expect(["Initialization Sequence Completed", "AUTH_FAILED", pexpect.EOF, pexpect.TIMEOUT])
            up = found == 0 and vpn_rig.ping(INSIDE)
            assert up or found == 1, child.before
            return up, shown
        finally:
            child.close(force=True)


@pytest.fixture(scope="module")
def by_pam(machine):
    lines = block("Vpn.md", "OpenVPN by auth-pam", "plugin ")
    plugin, _, client = lines.partition("\n\n")
    PAM.write_text(block("Vpn.md", "OpenVPN by auth-pam", "auth    [success=1"))
    vpn = OpenVpn(plugin, client)
    yield vpn
    vpn.stop()


def test_where_nothing_is_asked_the_code_is_left_empty(by_pam, host):
    host.fresh(rig.ASK_NEVER)
    assert by_pam.connect("alice", PASSWORD) == (True, "Verification code (empty if you were not asked)")
    assert host.outcome() == "allowed"


def test_a_code_that_is_asked_for_is_taken_once(by_pam, host):
    token = host.enrol("alice")
    code = token.fresh()
    assert by_pam.connect("alice", PASSWORD, code)[0]
    assert host.outcome() == "allowed" and vpn_rig.PLACES[0] in str(host.latest("SU1001").data["attempt"]["source"])
    assert not by_pam.connect("alice", PASSWORD, code)[0]
    assert [event.data["result"] for event in host.events("--code", "SU1003")] == ["accepted", "replayed"]


def test_a_code_that_is_wrong_is_one_try_and_an_empty_one_is_none(by_pam, host):
    token = host.enrol("alice")
    assert not by_pam.connect("alice", PASSWORD, token.wrong())[0]
    assert [event.data["result"] for event in host.events("--code", "SU1003")] == ["wrong"] and host.outcome() == "cancelled"
    assert not by_pam.connect("alice", PASSWORD)[0]
    assert len(host.events("--code", "SU1003")) == 1 and host.outcome() == "cancelled"


def test_a_wrong_password_is_reported(by_pam, host):
    host.enrol("alice")
    assert not by_pam.connect("alice", "wrong")[0]
    assert host.latest("SU1008") and host.latest("SU1001") is None


def test_by_radius_the_same(machine, by_pam, host):
    host.fresh(config=CONFIG)
    server = radius_rig.Server("openvpn", settings={"service": '"vpn"', "insecure_clients": '"127.0.0.1"'})
    server.start()
    by_pam.stop()
    plugin = block("Vpn.md", "OpenVPN by auth-pam", "plugin ").partition("\n\n")
    PAM.write_text(block("Vpn.md", "OpenVPN by RADIUS", "auth    required  pam_radius_auth.so"))
    Path("/etc/pam_radius_auth.conf").write_text(f"127.0.0.1:{server.port} {radius_rig.SECRET} 10\n")
    vpn = OpenVpn(plugin[0].replace("Verification OTP", "Enter OTP"), plugin[2])
    try:
        token = host.enrol("alice")
        assert vpn.connect("alice", PASSWORD, token.fresh())[0] and host.outcome() == "allowed"
        assert host.latest("SU1001").data["attempt"]["channel"] == "radius"
        assert not vpn.connect("alice", PASSWORD, token.wrong())[0]
        host.fresh(rig.ASK_NEVER, CONFIG)
        assert vpn.connect("alice", PASSWORD)[0]
    finally:
        vpn.stop()
        server.stop()
