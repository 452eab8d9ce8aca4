"""More clients than there should be, and such as say nothing or nonsense."""

import os
import socket
import statistics
import struct
import threading
import time

import pytest
import rig
from wire import answer, begin, connect, exchange, receive

# As the module waits where nothing else is configured.
TIMEOUT = 3.0
# KiB. As many connections as it takes, each one with nearly a whole frame, are 2048 times 64 KiB, and half as much again around it.
RESIDENT_LIMIT = 256 << 10
LIMIT = 2048
FLOOD = 10_000


def settled(host, descriptors):
    """All is as it was: descriptors, memory, and service for everybody."""
    rig.wait_until(lambda: host.descriptors() <= descriptors, f"descriptors go back to {descriptors}", 15)
    assert host.resident() < RESIDENT_LIMIT, f"{host.resident()} KiB"
    peers = [connect() for _ in range(200)]
    for peer in peers:
        peer.sendall(begin("bob"))
    assert all(receive(peer) for peer in peers), "it serves everybody"
    for peer in peers:
        peer.close()
    rig.wait_until(lambda: host.descriptors() <= descriptors, "and lets them go", 15)


def legitimate(seconds):
    """How long logins take meanwhile; each must be answered in time."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end or not took:
        start = time.monotonic()
        reply = exchange(begin(), seconds=TIMEOUT)
        took.append(time.monotonic() - start)
        assert reply and reply["verdict"] == "challenge"
    return took


def say_nothing(peer):
    pass


def say_half(peer):
    data = begin()
    peer.sendall(data[:len(data) // 2])


def say_noise(peer):
    try:
        peer.sendall(os.urandom(65_536))
    except (BrokenPipeError, ConnectionResetError):
        pass


def say_noise_of_the_right_length(peer):
    peer.setblocking(False)
    try:
        peer.sendall(struct.pack(">I", 65_536) + os.urandom(60_000))
    except (BlockingIOError, BrokenPipeError, ConnectionResetError):
        pass


@pytest.mark.parametrize("say", [say_nothing, say_half, say_noise, say_noise_of_the_right_length], ids=lambda say: say.__name__)
def test_s24_a_flood_of_clients_that_make_no_sense_holds_no_login_up_and_costs_bounded_memory(many, alice, say):
    descriptors = many.descriptors()
    peers, highest = [], 0
    for _ in range(3):
        for _ in range(600):
            peer = connect()
            say(peer)
            peers.append(peer)
        took = legitimate(0.15)
        highest = max(highest, many.resident())
    print(f"{say.__name__}: {len(peers)} peers, login {statistics.median(took) * 1000:.1f} ms, at most {max(took) * 1000:.0f} ms, "
          f"{highest >> 10} MiB")
    assert highest < RESIDENT_LIMIT
    for peer in peers:
        peer.close()
    settled(many, descriptors)
    reply = exchange(begin())
    assert exchange(answer(reply, alice.fresh()))["verdict"] == "allow"


def test_s24_ten_thousand_connections_in_a_row_hold_no_login_up_and_leave_nothing_behind(many, alice):
    descriptors, ended = many.descriptors(), threading.Event()

    def flood():
        try:
            for _ in range(FLOOD):
                connect(seconds=None).close()
        finally:
            ended.set()

    thread = threading.Thread(target=flood)
    thread.start()
    took = []
    while not ended.is_set():
        took += legitimate(0)
        time.sleep(0.005)
    thread.join()
    print(f"{FLOOD} in a row: {len(took)} logins meanwhile, median {statistics.median(took) * 1000:.1f} ms, at most "
          f"{max(took) * 1000:.0f} ms, {many.resident() >> 10} MiB")
    settled(many, descriptors)


def test_s24_ten_thousand_connections_at_once_are_refused_beyond_the_limit_and_it_serves_everybody_afterwards(many, alice):
    descriptors = many.descriptors()
    peers = [connect(seconds=None) for _ in range(FLOOD)]
    rig.wait_until(lambda: many.descriptors() <= LIMIT + descriptors, "no more are kept than it takes")
    print(f"{FLOOD} at once: {many.descriptors()} descriptors, {many.resident() >> 10} MiB")
    assert many.resident() < RESIDENT_LIMIT
    # They hold on, and are let go after ten seconds; who comes then is served, although they have not left.
    rig.wait_until(lambda: exchange(begin(), seconds=TIMEOUT), "served again", 15)
    legitimate(0.2)
    for peer in peers:
        peer.close()
    settled(many, descriptors)


def test_s08_whoever_speaks_radius_cannot_keep_root_out(many):
    many.fresh(rig.NEW_ADDRESS, '[module]\nradius_user = "deploy"\n')
    ready, leave = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            import pwd
            deploy = pwd.getpwnam("deploy")
            os.setgroups([])
            os.setgid(deploy.pw_gid)
            os.setuid(deploy.pw_uid)
            peers = []
            for _ in range(LIMIT + 50):
                peer = socket.socket(socket.AF_UNIX)
                peer.connect(rig.SOCKET)
                peers.append(peer)
            os.write(ready[1], b"x")
            os.read(leave[0], 1)
        finally:
            os._exit(0)
    try:
        os.read(ready[0], 1)
        time.sleep(0.2)
        assert exchange(begin(), seconds=TIMEOUT), "sshd's login is closed at the door"
    finally:
        os.write(leave[1], b"x")
        os.waitpid(pid, 0)


def test_s19_three_hundred_logins_at_once_do_not_evade_velocity(many):
    many.fresh(rig.FAST)
    peers = [connect(seconds=20) for _ in range(300)]
    frames = [begin(source=f"127.0.{number // 200}.{number % 200 + 1}") for number in range(300)]
    for peer, data in zip(peers, frames):
        peer.sendall(data)
    verdicts = [receive(peer)["verdict"] for peer in peers]
    for peer in peers:
        peer.close()
    assert verdicts.count("allow") == 5 and verdicts.count("challenge") == 295
    decided = [event.data["decision"]["verdict"] for event in many.events("--code", "SU1001")]
    assert decided == ["allow"] * 5 + ["challenge"] * 295, "in the order of the ledger, the first five"
