"""Many RADIUS conversations at once from one thread."""

import selectors
import time
from dataclasses import dataclass

from radius import Packet


@dataclass
class Result:
    """How a conversation went: its last reply (None: none came) and how long it took, in all its rounds."""

    reply: object
    seconds: float
    rounds: int


class Talk:
    """One conversation that runs."""

    def __init__(self, number, packets):
        self.number, self.packets = number, (packet for packet in (packets,)) if isinstance(packets, Packet) else packets
        self.start, self.rounds = time.monotonic(), 0
        self.packet = self.deadline = self.tries = None

    def next(self, reply):
        """Whether there is a packet to send after this reply."""
        try:
            self.packet = self.packets.send(reply)
        except StopIteration:
            return False
        self.rounds += 1
        return True


class Slot:
    """A place for one conversation at a time; each NAS has a socket of its own there."""

    def __init__(self, load):
        self.load, self.sockets, self.talk = load, {}, None

    def begin(self):
        """Takes the next conversation that wants to send something."""
        for number, packets in self.load.waiting:
            self.talk = Talk(number, packets)
            if self.go_on(None):
                return

    def go_on(self, reply):
        """Whether the conversation goes on after this reply."""
        if self.talk.next(reply):
            self.talk.tries = self.load.tries
            self.transmit()
            return True
        self.load.results[self.talk.number] = Result(reply, time.monotonic() - self.talk.start, self.talk.rounds)
        self.talk = None
        return False

    def transmit(self):
        nas = self.talk.packet.nas
        if nas not in self.sockets:
            peer = self.sockets[nas] = nas.open()
            peer.setblocking(False)
            self.load.selector.register(peer, selectors.EVENT_READ, self)
        self.talk.deadline = time.monotonic() + self.load.timeout
        self.talk.tries -= 1
        try:
            self.sockets[nas].send(self.talk.packet.data)
        except (ConnectionRefusedError, BlockingIOError):
            pass

    def receive(self, peer):
        try:
            data = peer.recv(4096)
        except (ConnectionRefusedError, BlockingIOError):
            return
        # What comes after its conversation ended, or to the one before, is of nobody.
        if self.talk and (reply := self.talk.packet.accept(data, time.monotonic() - self.talk.start)):
            self.go_on(reply) or self.begin()

    def late(self):
        if self.talk.tries > 0:
            self.transmit()
        elif not self.go_on(None):
            self.begin()


class Load:
    def __init__(self, conversations, in_flight, timeout, tries):
        self.waiting, self.results = enumerate(conversations), {}
        self.timeout, self.tries = timeout, tries
        self.selector = selectors.DefaultSelector()
        self.slots = [Slot(self) for _ in range(in_flight)]

    def run(self):
        for slot in self.slots:
            slot.begin()
        while busy := [slot for slot in self.slots if slot.talk]:
            first = min(slot.talk.deadline for slot in busy)
            for key, _ in self.selector.select(max(0, first - time.monotonic())):
                key.data.receive(key.fileobj)
            now = time.monotonic()
            if now >= first:
                for slot in busy:
                    if slot.talk and slot.talk.deadline <= now:
                        slot.late()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()
        return [self.results[number] for number in sorted(self.results)]


def many(conversations, in_flight=64, timeout=5.0, tries=1):
    """Runs conversations, so many at once; their results in their order. A conversation is a packet, or a generator that yields packets and
    is given each reply (None: none came in time). Conversations may be a generator too: each is made when its turn comes."""
    return Load(conversations, in_flight, timeout, tries).run()


def percentile(results, share):
    """The latency, in seconds, that this share of the results stayed under."""
    times = sorted(result.seconds for result in results)
    return times[min(len(times) - 1, int(len(times) * share))]
