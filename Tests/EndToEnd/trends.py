"""Whether a daemon that runs for long stays as it was: samples over time, and what they say."""

import sqlite3
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field

import rig
from wire import begin, exchange


def flat(values, tolerance=0.2):
    """The medians of the first and of the last third, the first fifth left out as the warm-up, and whether the last is at most a
    fifth more. None of fewer than six values."""
    values = values[len(values) // 5:]
    if len(values) < 6:
        return None
    third = len(values) // 3
    first, last = statistics.median(values[:third]), statistics.median(values[-third:])
    return first, last, last <= first * (1 + tolerance)


@dataclass
class Trends:
    """Samples of a host's daemon, taken while it is left alone."""

    host: rig.Host
    resident: list = field(default_factory=list)
    descriptors: list = field(default_factory=list)
    bytes_an_event: list = field(default_factory=list)
    # By minute, in milliseconds.
    frames: dict = field(default_factory=lambda: defaultdict(list))
    logins: dict = field(default_factory=lambda: defaultdict(list))
    began: float = field(default_factory=time.monotonic)

    @property
    def minute(self):
        return int(time.monotonic() - self.began) // 60

    def sample(self):
        self.resident.append(self.host.resident())
        self.descriptors.append(self.host.descriptors())
        with sqlite3.connect(f"file:{rig.LEDGER}?mode=ro", uri=True) as ledger:
            events = ledger.execute("SELECT max(idx) + 1 FROM leaf").fetchone()[0]
        ledger.close()
        self.bytes_an_event.append(rig.LEDGER.stat().st_size / events)
        start = time.monotonic()
        if exchange(begin("deploy")):
            self.frames[self.minute].append((time.monotonic() - start) * 1000)

    def login(self, seconds):
        self.logins[self.minute].append(seconds * 1000)

    def report(self):
        """Prints a line for each; returns whether what a daemon must not lose is flat. Latency depends on who else is at work on the
        machine, and is only printed."""
        medians = {name: [statistics.median(values) for _, values in sorted(minutes.items())]
                   for name, minutes in (("frame", self.frames), ("ssh", self.logins))}
        good = True
        for name, values, unit, must in [
            ("resident memory", self.resident, "KiB", True), ("descriptors", self.descriptors, "", True),
            ("ledger an event", self.bytes_an_event, "bytes", True), ("a begin, by minute", medians["frame"], "ms", False),
            ("a login by ssh, by minute", medians["ssh"], "ms", False),
        ]:
            trend = flat(values)
            if trend is None:
                print(f"{name:26} {len(values)} samples are too few")
                continue
            first, last, is_flat = trend
            print(f"{name:26} {first:10.1f} -> {last:10.1f} {unit:6} at most {max(values):.1f}  {'flat' if is_flat else 'NOT FLAT'}")
            good = good and (is_flat or not must)
        return good
