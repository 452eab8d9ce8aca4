"""SSH certificates, which are renewed often: who they are of is their authority and their key id."""

import subprocess
from pathlib import Path

import pytest
import rig


@pytest.fixture
def authority(host, tmp_path_factory):
    """Signs keys of alice; sshd believes it."""
    folder = Path("/root/authority")
    folder.mkdir(exist_ok=True)
    for name in ["ca", "other"]:
        if not (folder / name).exists():
            rig.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
    (folder / "trusted").write_text((folder / "ca.pub").read_text() + (folder / "other.pub").read_text())
    host.start_sshd("-o", f"TrustedUserCAKeys={folder / 'trusted'}")

    def issue(kind, key_id, ca="ca"):
        key = rig.KEYS / "certified"
        for old in [key, Path(f"{key}.pub"), Path(f"{key}-cert.pub")]:
            old.unlink(missing_ok=True)
        rig.run("ssh-keygen", "-q", *kind.split(), "-N", "", "-f", key)
        rig.run("ssh-keygen", "-q", "-s", folder / ca, "-I", key_id, "-n", "alice", "-V", "+1h", f"{key}.pub")
    yield issue
    host.start_sshd()


def test_a_certificate_that_was_renewed_is_the_device_that_it_was(host, authority):
    host.fresh('version = 1\n[[rule]]\nname = "device"\nsignal = "device_new"\nrequire = "otp"\n')
    token = host.enrol("alice", "--hotp")

    def prompts():
        login = host.ssh("alice", [token.fresh], key="certified")
        assert login.ok, login
        rig.wait_until(lambda: len(host.events("--code", "SU1005")) == len(host.events("--code", "SU1001")), "its session is recorded")
        return len(login.prompts)
    for number, kind in enumerate(["-t ed25519", "-t rsa -b 2048", "-t ecdsa -b 256", "-t ecdsa -b 521"]):
        authority(kind, "alice@laptop")
        assert prompts() == (1 if number == 0 else 0), kind
    key = host.latest("SU1001").data["attempt"]["key"]["known"]
    assert key["fingerprint"].startswith("certificate SHA256:") and key["type"].endswith(" alice@laptop")
    authority("-t ed25519", "alice@phone")
    assert prompts() == 1, "another key id"
    authority("-t ed25519", "alice@laptop", ca="other")
    assert prompts() == 1, "the same key id of another authority"
    authority("-t ed25519", "")
    assert prompts() == 1, "none at all: the key is new"
    authority("-t ed25519", "")
    assert prompts() == 1, "and so is the next"
    fingerprint = rig.run("ssh-keygen", "-lf", f"{rig.KEYS / 'certified'}.pub").stdout.split()[1]
    assert host.latest("SU1001").data["attempt"]["key"]["known"]["fingerprint"] == fingerprint
    authority("-t ed25519", "x\n\x1b[31m\u202e" + "y" * 300)
    assert prompts() == 1 and subprocess.run(["stepupctl", "explain", "--last"], capture_output=True).stdout.count(b"\x1b") == 0
