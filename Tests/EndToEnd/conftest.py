import os
import resource
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import rig  # noqa: E402
from interpose import Interpose  # noqa: E402


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


@pytest.fixture
def interposed(host):
    """stepupd with a clock and a disk that the test moves; afterwards a plain one again."""
    interpose = Interpose()
    host.stop()
    host.start(interpose.environment)
    yield interpose
    host.stop()
    host.start()


@pytest.fixture
def many(host):
    """Descriptors enough, for us and for a daemon that is started now; returns the host."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (16_384, max(before[1], 16_384)))
    host.stop()
    host.start()
    yield host
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[0], max(before[1], 16_384)))


@pytest.fixture(scope="session")
def crowd(machine):
    """People who need no home: accounts alone."""
    names = [f"user{number}" for number in range(4)]
    for name in names:
        rig.run("useradd", "-M", name)
    return names
