"""Requests that no NAS would send, and some that one would, at the real FreeRADIUS with the real daemon: `make radius-fuzz COUNT=1000000`.

    radius_fuzz.py COUNT [SEED]      (inside Packaging/demo/private-namespace)

Nothing may die, leak, or let anybody in who is not alice with her password and her code. She gets in all the while from her usual place,
whatever is guessed in her name elsewhere (S23).
"""

import os
import random
import select
import sys
import time

import radius
import radius_rig
import rig
from test_radius import NAS, session

BURST = 200


class Fuzz:
    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(seed)
        self.nases = [server.nas(f"127.0.{third}.{last}") for third in (0, 1, 3) for last in (5, 6, 9)]
        self.states, self.replies = [b"SU1" + bytes(56)], {}
        self.sockets = {}

    def bytes(self, most=253):
        return self.random.randbytes(self.random.choice([0, 1, 4, 16, 17, 59, 60, 64, 100, most]))

    def state(self):
        """One that was good for somebody once, whole or broken; or anything."""
        state = bytearray(self.random.choice(self.states))
        match self.random.randrange(6):
            case 0:
                state[self.random.randrange(len(state))] ^= 1 << self.random.randrange(8)
            case 1:
                del state[self.random.randrange(len(state)):]
            case 2:
                state += self.bytes(100)
            case 3:
                state = bytearray(self.bytes())
            case 4:
                state = bytearray(b"SU1" + self.bytes(61))
        return bytes(state[:253])

    def user(self):
        if self.random.random() < 0.4:
            return b"alice"
        return self.random.choice([b"alice", b"bob", b"alice\0first=ok", b"alice@evil.example", b"@corp.example", b"", b"\xff\xfe", b"a" * 253, b"%{User-Password}",
                                   self.bytes(), b"../../alice", b"alice\nbob"])

    def attributes(self):
        names = ["Calling-Station-Id", "Called-Station-Id", "NAS-Identifier", "Connect-Info", "Acct-Session-Id", "Class", "Reply-Message", "Cisco-AVPair",
                 "Tunnel-Client-Endpoint", "NAS-Port-Id", "NAS-Port", "NAS-IP-Address", "Service-Type", "Framed-IP-Address", "PaloAlto-Client-Source-IP"]
        for _ in range(self.random.randrange(12)):
            yield self.random.choice(names), self.bytes(240)

    def packet(self):
        nas = self.random.choice(self.nases)
        right = self.server.password("alice")
        password = self.random.choice([right, right, right, right + "123456", "wrong", "123456", "", self.bytes(128)])
        head = [("User-Name", self.user()), *([("User-Password", password)] * self.random.choice([1, 1, 1, 1, 1, 1, 0, 2]))]
        for _ in range(self.random.choice([0, 0, 1, 1, 1, 2])):
            head.append(("State", self.state()))
        code = self.random.choice([radius.REQUEST] * 6 + [radius.ACCOUNTING])
        if code == radius.ACCOUNTING:
            head = [("Acct-Status-Type", self.random.choice([1, 2, 3, 7, 99])), *head[:1], ("Class", self.random.choice([b"stepup:" + self.bytes(40), self.bytes()]))]
        rest = list(self.attributes())
        self.random.shuffle(rest)
        return nas, nas.packet(code, head + rest, sign=self.random.choice([True, True, True, "last", False]) if code == radius.REQUEST else False)

    def send(self, nas, packet):
        port = self.server.port + (packet.code == radius.ACCOUNTING)
        key = nas.source, port
        if key not in self.sockets:
            self.sockets[key] = nas.open(port)
            self.sockets[key].setblocking(False)
        try:
            self.sockets[key].send(packet.data)
        except (BlockingIOError, ConnectionRefusedError):
            pass

    def drain(self, wait=0.0):
        """Reads what came back; nobody may have been let in."""
        ready, _, _ = select.select(list(self.sockets.values()), [], [], wait)
        for peer in ready:
            while True:
                try:
                    data = peer.recv(4096)
                except (BlockingIOError, ConnectionRefusedError):
                    break
                self.replies[data[0]] = self.replies.get(data[0], 0) + 1
                if data[0] == radius.CHALLENGE:
                    self.states += [value for name, value in radius.decode(data[20:]) if name == "State"]
                    del self.states[:-500]


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    host = rig.Host(os.environ.get("STEPUP_BIN", rig.ROOT / ".build/debug"))
    host.install()
    host.start_sshd()
    host.fresh(rig.ASK_ALWAYS, config=radius_rig.CONFIG + NAS)
    token = host.enrol("alice", "--hotp")
    server = radius_rig.Server("fuzz", port=2812, settings={"service": '"vpn"', "append": "yes"})
    server.start()
    fuzz, nas = Fuzz(server, seed), server.nas("127.0.0.77", timeout=20)
    logins, memory, start = 0, [], time.monotonic()
    for sent in range(0, count, BURST):
        for _ in range(BURST):
            fuzz.send(*fuzz.packet())
        fuzz.drain()
        if sent % max(BURST, count // 40 // BURST * BURST) == 0:
            while select.select(list(fuzz.sockets.values()), [], [], 0.3)[0]:
                fuzz.drain()
            here = session(sent, "203.0.113.9")
            prompt = nas.login("alice", server.password("alice"), **here)
            assert prompt and prompt.code == radius.CHALLENGE, f"after {sent}: {prompt}"
            reply = nas.answer(prompt, token.fresh(), **here)
            assert reply and reply.code == radius.ACCEPT, f"after {sent}: {reply}"
            assert nas.account("Start", session=here.pop("Acct_Session_Id"), Class=reply["Class"], **here)
            logins += 1
            memory.append((server.resident(), host.resident()))
            print(f"{sent:>9} sent, {logins} logins of alice, radiusd {memory[-1][0] // 1024} MiB, stepupd {memory[-1][1] // 1024} MiB, {fuzz.replies}", flush=True)
    fuzz.drain(1)
    assert server.process.poll() is None and host.daemon.poll() is None, server.log()[-2000:]
    assert not server.found(), server.found()
    assert radius.ACCEPT not in fuzz.replies, "somebody was let in"
    middle = len(memory) // 2
    for which, name in enumerate(("radiusd", "stepupd")):
        grown = memory[-1][which] - memory[middle][which]
        assert grown < 32 * 1024, f"{name} grew by {grown} KiB in the second half"
    server.stop()
    host.sound()
    print(f"1 passed, 0 failed: {count} requests in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
