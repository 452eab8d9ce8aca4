"""A stepupd that does as a test says: a real socket and real frames, and no logic.

    with FakeDaemon(path) as daemon:
        daemon.reply = lambda request: {"verdict": "allow"}

`reply` gets a request's fields and returns the reply's; HANG says nothing, and CLOSE ends the connection.
"""

import os
import socket
import struct
import threading
from contextlib import suppress

HANG = "hang"
CLOSE = "close"


def recorded(request):
    """What stepupd says where nothing is asked: reports are recorded, everybody gets in, no code stands in a password."""
    if request["op"] == "report":
        return {"verdict": "ignore", "code": "recorded"}
    if request.get("phase") == "split":
        return {"verdict": "ignore", "code": "keep"}
    return {"verdict": "allow", "code": "ok"}


def challenge(state="ab" * 56, prompt="Enter code: ", echo="off", attempt="01J00000000000000000000001"):
    return {"verdict": "challenge", "prompt": prompt, "echo": echo, "state": state, "attempt": attempt}


def attributes(text):
    """`NAME:HEX,NAME:HEX` as a list of names and bytes."""
    return [(name, bytes.fromhex(value)) for name, _, value in (item.partition(":") for item in text.split(",") if item)]


class FakeDaemon:
    def __init__(self, path):
        self.path = path
        self.reply = recorded
        self.requests = []
        self.connections = set()
        self.listener = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen(1024)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Gone: nobody listens, and whoever waits is cut off."""
        if self.listener:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
            os.unlink(self.path)
        for peer in list(self.connections):
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def fresh(self):
        """As it was: forgets what it heard."""
        self.requests.clear()
        self.reply = recorded
        if not self.listener:
            self.start()

    def of(self, op, **fields):
        """The requests of an op that have these fields."""
        return [request for request in self.requests
                if request["op"] == op and all(request.get(key) == value for key, value in fields.items())]

    def _accept(self, listener):
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            self.connections.add(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with suppress(OSError, ConnectionError), peer:
            header = self._exactly(peer, 4)
            payload = self._exactly(peer, struct.unpack(">I", header)[0])
            request = dict(field.split("=", 1) for field in payload.decode("utf-8", "surrogateescape").rstrip("\0").split("\0"))
            self.requests.append(request)
            reply = self.reply(request)
            if reply == HANG:
                peer.recv(1)
            elif reply != CLOSE:
                fields = [("stepup", "1"), ("op", "reply"), *reply.items()]
                data = b"".join(f"{key}={value}".encode("utf-8", "surrogateescape") + b"\0" for key, value in fields)
                peer.sendall(struct.pack(">I", len(data)) + data)
        self.connections.discard(peer)

    @staticmethod
    def _exactly(peer, length):
        data = b""
        while len(data) < length:
            more = peer.recv(length - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data
