"""A program's wall clock and disk, as a test wants them (interpose.c)."""

import struct
import time
from pathlib import Path

import rig

LIBRARY = Path("/root/interpose.so")
WISHES = Path("/run/interpose")


class Interpose:
    """What stepupd, or stepupctl, sees once it was started with `environment`; changes hold at once."""

    environment = {"LD_PRELOAD": str(LIBRARY), "STEPUP_INTERPOSE": str(WISHES)}

    def __init__(self):
        if not LIBRARY.exists():
            rig.run("cc", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared",
                    Path(__file__).with_name("interpose.c"), "-o", LIBRARY)
        WISHES.write_bytes(bytes(32))
        self.ahead = 0

    def _write(self, offset, data):
        # In place: the daemon has it mapped.
        with open(WISHES, "r+b", buffering=0) as file:
            file.seek(offset)
            file.write(data)

    def set_clock(self, ahead):
        """The wall clock is so many seconds ahead of the machine's."""
        self.ahead = ahead
        self._write(0, struct.pack("=q", ahead))

    def set_boot_clock(self, ahead):
        """So does the clock that nobody sets: this is how time passes without a wait."""
        self._write(8, struct.pack("=q", ahead))

    def now(self):
        return time.time() + self.ahead

    def pause_between_reads(self, seconds):
        """After each transaction, so that others write between two."""
        self._write(24, struct.pack("=q", int(seconds * 1_000_000)))

    def fail_writes(self, error):
        """Writes to the ledger fail with this errno and write nothing; 0 ends it."""
        self._write(16, struct.pack("=i", error))

    def fail_syncs(self, error):
        """Writes are persisted, and what says so fails with this errno; 0 ends it."""
        self._write(20, struct.pack("=i", error))
