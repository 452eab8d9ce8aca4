"""The module's frames, sent by hand: faster than a login, and such as no module would send."""

import os
import socket
import struct
import time

import rig

KEY = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def frame(*fields):
    payload = b"".join((field if isinstance(field, bytes) else field.encode()) + b"\0" for field in fields)
    return struct.pack(">I", len(payload)) + payload


def connect(path=rig.SOCKET, seconds=5.0):
    """A connection; where too many wait for one, it waits as the module does."""
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(seconds)
    end = time.monotonic() + (seconds or 0)
    while True:
        try:
            peer.connect(path)
            return peer
        except BlockingIOError:
            if time.monotonic() < end:
                time.sleep(0.005)
                continue
            peer.close()
            raise
        except OSError:
            peer.close()
            raise


def receive(peer):
    """The reply on this connection as a dictionary of fields, or None if the daemon ended it."""
    try:
        reply = peer.recv(65540)
    except ConnectionResetError:
        return None
    if not reply:
        return None
    return dict(field.split("=", 1) for field in reply[4:].decode().rstrip("\0").split("\0"))


def exchange(data, path=rig.SOCKET, seconds=5.0):
    """What the daemon answers to these bytes: a dictionary of fields, or None if it ends the connection."""
    with connect(path, seconds) as peer:
        try:
            peer.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return None
        return receive(peer)


def head(operation, user, request=None):
    name = b"user=" + (user if isinstance(user, bytes) else user.encode())
    return ["stepup=1", f"op={operation}", "channel=pam", f"request={request or os.urandom(16).hex()}", "service=sshd", name]


def begin(user="alice", request=None, source="127.0.0.1", **fields):
    fields = {"ssh_auth_info": KEY, "ssh_connection": f"{source} 50000 127.0.0.1 22", **fields}
    return frame(*head("begin", user, request), "phase=auth", "first_factor=ssh",
                 *(f"{key}={value}" for key, value in fields.items()))


def answer(reply, code, user="alice"):
    return frame(*head("answer", user), f"state={reply['state']}", f"answer={code}")


def failure(user):
    return frame(*head("report", user), "event=first_factor_failed", "rhost=203.0.113.9")


def opened(attempt, user="alice"):
    return frame(*head("report", user), "event=session_opened", f"attempt={attempt}", f"ssh_auth_info={KEY}",
                 "ssh_connection=127.0.0.1 50000 127.0.0.1 22")
