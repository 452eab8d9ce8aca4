"""Calls that rlm_stepup makes in the real FreeRADIUS and that fail, as a test wants them (CShims/tests/radius/faults.c)."""

import contextlib
import errno
import struct
from pathlib import Path

import rig

SOURCE = rig.ROOT / "CShims/tests/radius/faults.c"
FORM = "=32siiqii"


class Faults:
    """One server's: it is started with `environment`."""

    def __init__(self, name):
        library, self.file = Path("/run/radius_faults.so"), Path(f"/run/radius-fault-{name}")
        if not library.exists():
            rig.run("cc", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fPIC", "-shared", SOURCE, "-o", library)
            library.chmod(0o755)
        self.file.write_bytes(bytes(struct.calcsize(FORM)))
        rig.run("chown", "freerad:freerad", self.file)
        self.environment = {"LD_PRELOAD": str(library), "STEPUP_FAULT": str(self.file)}

    @contextlib.contextmanager
    def failing(self, function, error, result, nth, lasting):
        """The n-th call of `function` fails; yields whether it has."""
        self._write(function, getattr(errno, error, 0), result, nth, lasting)
        yield lambda: struct.unpack(FORM, self.file.read_bytes())[5] == 1
        self._write("", 0, 0, 0, False)

    def _write(self, function, error, result, nth, lasting):
        # In place: the server has it mapped. No request is under way.
        with open(self.file, "r+b", buffering=0) as file:
            file.write(struct.pack(FORM, function.encode(), error, lasting, result, nth, 0))
