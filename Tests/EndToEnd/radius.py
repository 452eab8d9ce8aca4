"""RADIUS as a NAS speaks it (RFC 2865, 2866, 2869), of our own: so that a test can send what no client would, and see every byte that comes back.

    nas = Nas(source="127.0.0.5", port=18120)
    reply = nas.login("alice", "password", Calling_Station_Id="192.0.2.1")
    reply = nas.answer(reply, "123456")
    reply.code == ACCEPT and reply["Class"]

Names of attributes and of their values are those of FreeRADIUS's dictionaries.
"""

import functools
import hashlib
import hmac
import ipaddress
import os
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

REQUEST, ACCEPT, REJECT, ACCOUNTING, ACCOUNTED, CHALLENGE, STATUS = 1, 2, 3, 4, 5, 11, 12
VENDOR, SIGNATURE = 26, 80
UNSIGNED = struct.pack(">BB16x", SIGNATURE, 18)
DICTIONARIES = ("rfc2865", "rfc2866", "rfc2868", "rfc2869", "rfc3162", "rfc6911", "cisco", "cisco.asa", "paloalto", "fortinet", "microsoft")


def md5(*parts):
    return hashlib.md5(b"".join(parts)).digest()


@functools.cache
def dictionary():
    """Name to (vendor, number, kind); (vendor, number) to name; (name, value's name) to number. Vendor 0 is none."""
    numbers, names, values, vendors, vendor = {}, {}, {}, {}, 0
    for name in DICTIONARIES:
        for line in Path(f"/usr/share/freeradius/dictionary.{name}").read_text().splitlines():
            words = line.split("#")[0].split()
            match words[:1]:
                case ["VENDOR"]:
                    vendors[words[1]] = int(words[2])
                case ["BEGIN-VENDOR"]:
                    vendor = vendors[words[1]]
                case ["END-VENDOR"]:
                    vendor = 0
                case ["ATTRIBUTE"] if words[2].isdigit():
                    numbers[words[1]] = vendor, int(words[2]), words[3]
                    names[vendor, int(words[2])] = words[1]
                case ["VALUE"]:
                    values[words[1], words[2]] = int(words[3], 0)
    return numbers, names, values


def encode(name, value):
    """One attribute as bytes. A value as bytes stands as it is. The name `raw` stands for bytes that need not be an attribute at all."""
    if name == "raw":
        return value
    numbers, _, values = dictionary()
    vendor, number, kind = numbers[name]
    if not isinstance(value, bytes):
        if kind in ("ipaddr", "ipv6addr"):
            value = ipaddress.ip_address(value).packed
        elif kind in ("integer", "date"):
            value = struct.pack(">I", value if isinstance(value, int) else values[name, value])
        else:
            value = value.encode()
    if vendor:
        value, number = struct.pack(">IBB", vendor, number, len(value) + 2) + value, VENDOR
    return struct.pack(">BB", number, len(value) + 2) + value


def decode(data):
    """The attributes of a packet in order, as names and bytes; a name is `26.9.1` or `24` where no dictionary has it."""
    found = []
    while data:
        number, length = data[0], data[1]
        assert 2 <= length <= len(data), f"a broken attribute: {data.hex()}"
        value, vendor = data[2:length], 0
        if number == VENDOR and len(value) > 6 and value[5] == len(value) - 4:
            vendor, number, value = int.from_bytes(value[:4], "big"), value[4], value[6:]
        text = f"26.{vendor}.{number}" if vendor else str(number)
        found.append((dictionary()[1].get((vendor, number), text), value))
        data = data[length:]
    return found


def hide(password, secret, authenticator):
    """User-Password (RFC 2865, 5.2)."""
    password += bytes(-len(password) % 16 or (0 if password else 16))
    hidden, last = b"", authenticator
    for start in range(0, len(password), 16):
        last = bytes(a ^ b for a, b in zip(password[start:start + 16], md5(secret, last), strict=True))
        hidden += last
    return hidden


@dataclass
class Reply:
    """What came back, both of its signatures checked."""

    code: int
    attributes: list
    seconds: float
    data: bytes

    def all(self, name):
        return [value for key, value in self.attributes if key == name]

    def __getitem__(self, name):
        """The attribute that stands once, as bytes."""
        (value,) = self.all(name)
        return value

    def __contains__(self, name):
        return bool(self.all(name))

    @property
    def text(self):
        """What the person sees."""
        return b"".join(self.all("Reply-Message")).decode()


@dataclass
class Packet:
    """A request. The same one sent again is a retransmission."""

    nas: "Nas"
    code: int
    attributes: list
    id: int
    authenticator: bytes
    sign: object = True
    data: bytes = field(init=False)

    def __post_init__(self):
        accounting = self.code == ACCOUNTING
        encoded = []
        for name, value in self.attributes:
            if name == "User-Password":
                value = hide(value if isinstance(value, bytes) else value.encode(), self.nas.secret, self.authenticator)
            encoded.append(encode(name, value))
        if self.sign:
            encoded.insert(len(encoded) if self.sign == "last" else 0, UNSIGNED)
        body = b"".join(encoded)
        head = struct.pack(">BBH", self.code, self.id, 20 + len(body))
        signed = head + (bytes(16) if accounting else self.authenticator)
        if self.sign:
            place = sum(map(len, encoded[:-1])) if self.sign == "last" else 0
            body = body[:place + 2] + hmac.digest(self.nas.secret, signed + body, "md5") + body[place + 18:]
        if accounting:
            self.authenticator = md5(signed, body, self.nas.secret)
        self.data = head + self.authenticator + body

    def again(self, authenticator=None, **changed):
        """The same content with the next id, as from a NAS that forgot the first; the same authenticator if none is given."""
        attributes = merged(self.attributes, changed)
        return Packet(self.nas, self.code, attributes, self.nas.next_id(), authenticator or self.authenticator, self.sign)

    def accept(self, data, seconds):
        """The reply to this request, or None if these bytes are none, or are not signed as they must be."""
        if len(data) < 20 or data[1] != self.id or int.from_bytes(data[2:4], "big") != len(data) or md5(data[:4], self.authenticator, data[20:], self.nas.secret) != data[4:20]:
            return None
        reply = Reply(data[0], decode(data[20:]), seconds, data)
        place = 20
        while place < len(data) and data[place] != SIGNATURE:
            place += data[place + 1]
        if place < len(data):
            base = bytes(16) if self.code == ACCOUNTING else self.authenticator
            whole = data[:4] + base + data[20:place + 2] + bytes(16) + data[place + 18:]
            if hmac.digest(self.nas.secret, whole, "md5") != data[place + 2:place + 18]:
                return None
        return reply


def merged(attributes, changed):
    """Some attributes replaced, removed (None), repeated (a list) or added. `_` in a name stands for `-`."""
    changed = {name.replace("_", "-"): value for name, value in changed.items()}
    kept = [(name, value) for name, value in attributes if name not in changed]
    for name, value in changed.items():
        kept += [(name, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
    return kept


class Nas:
    """A network access server: an address, a secret, and what it sends with every login."""

    def __init__(self, source="127.0.0.1", port=1812, secret=b"testing123", server="127.0.0.1", timeout=5.0, tries=1, **always):
        self.source, self.port, self.secret, self.server = source, port, secret, server
        self.timeout, self.tries, self.always = timeout, tries, {"NAS_Identifier": "test", **always}
        self.last_id = os.urandom(1)[0]
        self.sockets = {}

    def open(self, port=None):
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.bind((self.source, 0))
        peer.connect((self.server, port or self.port))
        return peer

    def close(self):
        while self.sockets:
            self.sockets.popitem()[1].close()

    def next_id(self):
        self.last_id = (self.last_id + 1) % 256
        return self.last_id

    def packet(self, code=REQUEST, attributes=(), id=None, authenticator=None, sign=True, **more):
        """`attributes` are pairs, in order; `sign` is True (Message-Authenticator first), "last", or False."""
        return Packet(self, code, merged(list(attributes), more), self.next_id() if id is None else id,
                      authenticator or os.urandom(16), sign)

    def send(self, packet, port=None, timeout=None, tries=None):
        """The reply, or None if none came in time. With another `port`, to that server."""
        port, start = port or self.port, time.monotonic()
        if port not in self.sockets:
            self.sockets[port] = self.open(port)
        for _ in range(tries or self.tries):
            end = time.monotonic() + (timeout or self.timeout)
            try:
                self.sockets[port].send(packet.data)
                while (left := end - time.monotonic()) > 0:
                    self.sockets[port].settimeout(left)
                    if reply := packet.accept(self.sockets[port].recv(4096), time.monotonic() - start):
                        return reply
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(max(0, min(0.05, end - time.monotonic())))
        return None

    def login_packet(self, user, password, sign=True, id=None, authenticator=None, **more):
        head = [("User-Name", user), ("User-Password", password)]
        return self.packet(REQUEST, head, id, authenticator, sign, **{**self.always, **more})

    def login(self, user, password, **more):
        return self.send(self.login_packet(user, password, **more))

    def answer_packet(self, reply, code, user="alice", **more):
        return self.login_packet(user, code, **{"State": reply["State"], **more})

    def answer(self, reply, code, user="alice", **more):
        """Answers a challenge, with its State unless another is given."""
        return self.send(self.answer_packet(reply, code, user, **more))

    def account(self, status, user="alice", session="session-1", **more):
        """Accounting, at the next port: Start, Stop, Interim-Update."""
        head = [("Acct-Status-Type", status), ("Acct-Session-Id", session), ("User-Name", user)]
        return self.send(self.packet(ACCOUNTING, head, sign=False, **{**self.always, **more}), self.port + 1)

    def up(self, timeout=0.3):
        """Whether the server answers Status-Server (RFC 5997)."""
        return self.send(self.packet(STATUS), timeout=timeout) is not None
