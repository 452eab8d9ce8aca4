"""A RADIUS client of a few lines, which sends what is asked of it and checks every signature of what comes back."""

import hashlib
import hmac
import os
import socket
import struct
import time
from dataclasses import dataclass

REQUEST, ACCEPT, REJECT, ACCOUNTING, ACCOUNTING_RESPONSE, CHALLENGE = 1, 2, 3, 4, 5, 11
USER_NAME, USER_PASSWORD, NAS_PORT, REPLY_MESSAGE, STATE, CLASS, VENDOR = 1, 2, 5, 18, 24, 25, 26
CALLING_STATION_ID, NAS_IDENTIFIER, ACCT_STATUS_TYPE, ACCT_SESSION_ID = 31, 32, 40, 44
PROMPT, EAP_MESSAGE, MESSAGE_AUTHENTICATOR = 76, 79, 80
SECRET = b"testing123"


@dataclass
class Reply:
    code: int
    attributes: list  # of type and value, in the order they came

    def get(self, kind):
        return next((value for at, value in self.attributes if at == kind), None)

    @property
    def signed_first(self):
        return bool(self.attributes) and self.attributes[0][0] == MESSAGE_AUTHENTICATOR


def hide(password, authenticator, secret=SECRET):
    """User-Password as it goes over the network (RFC 2865, 5.2)."""
    padded = password + bytes(-len(password) % 16 or (16 if not password else 0))
    out, last = b"", authenticator
    for at in range(0, len(padded), 16):
        mask = hashlib.md5(secret + last).digest()
        last = bytes(a ^ b for a, b in zip(padded[at:at + 16], mask))
        out += last
    return out


def encode(attributes):
    return b"".join(bytes([kind, len(value) + 2]) + value for kind, value in attributes)


def vendor(number, kind, value):
    return VENDOR, struct.pack(">IBB", number, kind, len(value) + 2) + value


def parse(data):
    attributes, at = [], 20
    while at < len(data):
        kind, length = data[at], data[at + 1]
        attributes.append((kind, data[at + 2:at + length]))
        at += length
    return attributes


def open_socket(source="127.0.0.1"):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind((source, 0))
    return probe


def exchange(attributes, password=None, code=REQUEST, port=11812, source="127.0.0.1", signed=True, seconds=8.0, secret=SECRET):
    """One packet and its reply, None if none came. `attributes` are types and bytes."""
    number, authenticator = os.urandom(1)[0], os.urandom(16)
    attributes = [(kind, value if isinstance(value, bytes) else value.encode()) for kind, value in attributes]
    if password is not None:
        attributes.append((USER_PASSWORD, hide(password if isinstance(password, bytes) else password.encode(), authenticator)))
    if signed and code == REQUEST:
        attributes.insert(0, (MESSAGE_AUTHENTICATOR, bytes(16)))
    body = encode(attributes)
    header = struct.pack(">BBH", code, number, 20 + len(body))
    if code == ACCOUNTING:
        authenticator = hashlib.md5(header + bytes(16) + body + secret).digest()
    elif signed:
        mac = hmac.new(secret, header + authenticator + body, "md5").digest()
        body = body[:2] + mac + body[18:]
    with open_socket(source) as probe:
        probe.sendto(header + authenticator + body, ("127.0.0.1", port))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            probe.settimeout(end - time.monotonic())
            try:
                data = probe.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                return None
            if data[1] == number:
                return check(data, authenticator, secret)
    return None


def check(data, authenticator, secret):
    signature = hashlib.md5(data[:4] + authenticator + data[20:] + secret).digest()
    assert signature == data[4:20], "the reply's authenticator is wrong"
    reply = Reply(data[0], parse(data))
    at = 20
    for kind, value in reply.attributes:
        if kind == MESSAGE_AUTHENTICATOR:
            blank = data[:4] + authenticator + data[20:at + 2] + bytes(16) + data[at + 18:]
            assert hmac.new(secret, blank, "md5").digest() == value, "the reply's Message-Authenticator is wrong"
        at += len(value) + 2
    return reply


def login(user="alice", password="pw", state=None, more=(), **options):
    attributes = [(USER_NAME, user), *more]
    if state is not None:
        attributes.append((STATE, state))
    return exchange(attributes, password, **options)
