import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import rig  # noqa: E402


@pytest.fixture(scope="session")
def machine():
    host = rig.Host(os.environ.get("STEPUP_BIN", rig.ROOT / ".build/debug"))
    host.install()
    host.start_sshd()
    yield host
    host.stop()
    host.stop_sshd()


@pytest.fixture
def host(machine):
    """The machine with a new ledger, under a policy that asks at new addresses. Whatever a test did, the ledger must be sound."""
    machine.fresh()
    yield machine
    if machine.daemon is None or machine.daemon.poll() is not None:
        machine.start()
    machine.sound()


@pytest.fixture
def alice(host):
    """alice's phone, enrolled and confirmed."""
    return host.enrol("alice")
