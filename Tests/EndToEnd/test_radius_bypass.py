"""Ways around StepUp over RADIUS: accepts that it never decided, facts that a supplicant invents, a daemon that others keep busy."""

import hashlib
import os
import re
import ssl
import struct
import threading
import time
from pathlib import Path

import pytest
import radius
import radius_rig
import rig
from fake_stepupd import HANG, FakeDaemon, challenge, recorded

NAS = """
[radius]
[[radius.nas]]
name = "wifi"
clients = ["127.0.0.0/24"]
address = "Calling-Station-Id"
append = "suffix"
[[radius.nas]]
name = "cisco"
clients = ["127.0.1.0/24"]
address = "Calling-Station-Id"
device = "cisco"
append = "suffix"
"""
HOME, AWAY = "192.0.2.10", "198.51.100.7"
REFUSED = "refused an accept that stepupd has not decided"
# Debian's sections with StepUp behind the first factor.
CHAP = (r"(?m)^\tAuth-Type CHAP \{\s+chap$", "\tAuth-Type CHAP {\n\t\tstepup_chap")
MSCHAP = (r"(?m)^\tAuth-Type MS-CHAP \{\s+mschap$", "\tAuth-Type MS-CHAP {\n\t\tstepup_mschap")
OLD_NAME = (r"(?m)(?<=^\t#  For old names, too\.\n\t#\n)\tmschap$", "\tAuth-Type mschap {\n\t\tstepup_mschap\n\t}")
SETTINGS = {"service": '"vpn"', "append": "yes"}
EAP_IDENTITY, EAP_MD5, EAP_TTLS = 1, 4, 21


@pytest.fixture(scope="module")
def server(machine):
    """Debian's own sites, with the lines that Docs/Radius.md says."""
    machine.fresh(config=radius_rig.CONFIG + NAS)
    server = radius_rig.Server("bypass", port=2812, site="default", settings=dict(SETTINGS))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ledger(host):
    """A new ledger, with what is believed of the clients here."""
    host.fresh(config=radius_rig.CONFIG + NAS)
    return host


@pytest.fixture
def nas(server, ledger):
    nas = server.nas("127.0.0.5", timeout=8, Calling_Station_Id=AWAY)
    yield nas
    nas.close()


@pytest.fixture
def changed(server):
    """Changes the server's files and starts it again; afterwards it is as before."""
    def change(*edits, **settings):
        server.settings.update(settings)
        server.write()
        for name, pattern, text in edits:
            server.edit(name, pattern, text)
        return server.start()
    yield change
    server.settings = dict(SETTINGS)
    server.write()
    server.start()


def refusals(server):
    return [line for line in server.log().splitlines() if REFUSED in line]


def decisions(host):
    return len(host.events("--code", "SU1001"))


def chap(password, identifier=7):
    challenge = os.urandom(16)
    digest = hashlib.md5(bytes([identifier]) + password.encode() + challenge).digest()
    return {"CHAP_Password": bytes([identifier]) + digest, "CHAP_Challenge": challenge}


def eap_response(identifier, kind, body):
    return struct.pack(">BBHB", 2, identifier, 5 + len(body), kind) + body


class Eap:
    """A supplicant that does as a test says; `always` stands in each of its packets."""

    def __init__(self, nas, identity, **always):
        self.nas, self.identity, self.always = nas, identity, always

    def send(self, message, state=None, **more):
        parts = [message[at:at + 253] for at in range(0, len(message), 253)]
        return self.nas.send(self.nas.packet(radius.REQUEST, [("User-Name", self.identity)], EAP_Message=parts, State=state,
                                             **{**self.nas.always, **self.always, **more}))

    def begin(self, wanted, state=None):
        """The first packet of the method `wanted`, asked for where the server offers another."""
        reply = self.send(eap_response(0, EAP_IDENTITY, self.identity.encode()), state)
        if self.message(reply)[4] != wanted:
            reply = self.respond(reply, 3, bytes([wanted]))
        return reply

    def respond(self, reply, kind, body, **more):
        return self.send(eap_response(self.message(reply)[1], kind, body), reply["State"], **more)

    def md5(self, password, state=None):
        reply = self.begin(EAP_MD5, state)
        message = self.message(reply)
        digest = hashlib.md5(message[1:2] + password.encode() + message[6:6 + message[5]]).digest()
        return self.respond(reply, EAP_MD5, b"\x10" + digest)

    @staticmethod
    def message(reply):
        return b"".join(reply.all("EAP-Message"))


class Ttls(Eap):
    """EAP-TTLS (RFC 5281), whose tunnel takes any attribute."""

    def __init__(self, nas, identity="anonymous", **always):
        super().__init__(nas, identity, **always)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)

    def exchange(self, reply):
        """Sends what TLS has to say, and takes what comes back."""
        data = self.outgoing.read()
        parts = [data[at:at + 1000] for at in range(0, len(data), 1000)] or [b""]
        for number, part in enumerate(parts):
            more, first = number < len(parts) - 1, number == 0 and bool(data)
            flags = 0x40 * more | 0x80 * first
            reply = self.respond(reply, EAP_TTLS, bytes([flags]) + (struct.pack(">I", len(data)) if first else b"") + part)
        while reply.code == radius.CHALLENGE:
            message = self.message(reply)
            self.incoming.write(message[10:] if message[5] & 0x80 else message[6:])
            if not message[5] & 0x40:
                break
            reply = self.respond(reply, EAP_TTLS, b"\0")
        return reply

    def open(self):
        """The tunnel; the reply that waits for what is to go in."""
        reply = self.begin(EAP_TTLS)
        while True:
            try:
                self.tls.do_handshake()
                return self.exchange(reply) if self.outgoing.pending else reply
            except ssl.SSLWantReadError:
                reply = self.exchange(reply)

    def tell(self, reply, *avps):
        self.tls.write(b"".join(avps))
        return self.exchange(reply)

    def login(self, *avps):
        return self.tell(self.open(), *avps)


def avp(code, value, vendor=0):
    """A Diameter AVP (RFC 6733, 4.1): mandatory, padded."""
    head = struct.pack(">I", vendor) if vendor else b""
    length = 8 + len(head) + len(value)
    return struct.pack(">II", code, (0xC0 if vendor else 0x40) << 24 | length) + head + value + bytes(-len(value) % 4)


def pap(user, password):
    password = password.encode()
    return [avp(1, user.encode()), avp(2, password + bytes(-len(password) % 16))]


# An accept that stepupd never decided


@pytest.mark.parametrize("method, inner", [
    ("TTLS", "auth=MSCHAPV2"), ("TTLS", "auth=MSCHAP"), ("TTLS", "auth=CHAP"), ("TTLS", "autheap=MSCHAPV2"),
    ("TTLS", "autheap=MD5"), ("PEAP", "auth=MSCHAPV2"), ("PEAP", "auth=MD5"), ("MD5", ""), ("MSCHAPV2", "")])
def test_s01_eap_that_stepup_is_not_part_of_lets_nobody_in(server, nas, ledger, method, inner):
    ledger.enrol("alice")
    before = len(refusals(server))
    identity = {"identity": "alice"} if not inner else {}
    result = server.eap(method, inner, "alice", server.password("alice"), **identity, **{"31": f"s:{AWAY}"})
    assert result.returncode != 0 and "EAP: Status notification: completion (param=success)" not in result.stdout
    assert not decisions(ledger) and len(refusals(server)) == before + 1
    assert re.search(r"EAP-Type [\w-]+ got through without it", refusals(server)[-1])
    assert not ledger.events("--code", "SU1008"), "the first factor did not fail"


@pytest.mark.parametrize("method, inner", [("TTLS", "auth=PAP"), ("TTLS", "autheap=GTC"), ("PEAP", "auth=GTC")])
def test_eap_that_stepup_decides_lets_in_with_a_code_and_not_without(server, nas, ledger, method, inner):
    token = ledger.enrol("alice")
    password = server.password("alice")
    assert server.eap(method, inner, "alice", password, **{"31": f"s:{AWAY}"}).returncode != 0
    result = server.eap(method, inner, "alice", password + token.fresh(), **{"31": f"s:{AWAY}"})
    assert result.returncode == 0, result.stdout[-2000:]
    assert decisions(ledger) == 2 and not ledger.events("--code", "SU1008")


def test_s01_chap_and_an_auth_type_of_accept_let_nobody_in(server, nas, ledger, changed):
    changed(("mods-config/files/authorize", r"\A", "mallory Auth-Type := Accept\n"))
    ledger.enrol("alice")
    reply = nas.send(nas.packet(radius.REQUEST, [("User-Name", "alice")], **nas.always, **chap(server.password("alice"))))
    assert reply.code == radius.REJECT and "Auth-Type CHAP got through" in refusals(server)[-1]
    assert nas.login("mallory", "anything").code == radius.REJECT
    assert "Auth-Type Accept got through" in refusals(server)[-1]
    assert not decisions(ledger) and not ledger.events("--code", "SU1008")


def test_s01_a_refusal_carries_nothing_of_an_accept(server, nas, ledger):
    reply = Eap(nas, "alice").md5(server.password("alice"))
    assert reply.code == radius.REJECT and {name for name, _ in reply.attributes} == {"EAP-Message", "Message-Authenticator"}
    assert reply["EAP-Message"][0] == 4, "EAP-Failure"
    reply = nas.send(nas.packet(radius.REQUEST, [("User-Name", "alice"), ("Framed-Protocol", "PPP")], Proxy_State=b"mine",
                                **nas.always, **chap(server.password("alice"))))
    assert reply.code == radius.REJECT and {name for name, _ in reply.attributes} == {"Proxy-State", "Message-Authenticator"}


def test_s01_an_accept_of_a_home_server_lets_nobody_in(server, nas, ledger, changed):
    home = radius_rig.Server("home", port=3812, stepup=False, users={"alice": "pw"})
    home.edit("proxy.conf", r"(?m)^realm example.com \{", "realm other.invalid {")
    home.start()
    try:
        changed(("proxy.conf", r"(?m)^\tport = 1812$", "\tport = 3812"))
        assert nas.login("alice@example.com", "pw").code == radius.REJECT
        assert "a home server gave it" in refusals(server)[-1] and not decisions(ledger)
    finally:
        home.stop()


def test_s01_a_resumed_tls_session_is_no_login(server, nas, ledger, changed):
    changed(("mods-available/eap", r"(?m)^\t\t\tenable = no$", "\t\t\tenable = yes"),
            ("mods-available/eap", r"(?m)^(?=\t\t\tlifetime = 24)", '\t\t\tname = "bypass"\n\t\t\tpersist_dir = "/run/freeradius-bypass"\n'))
    token = ledger.enrol("alice")
    first = Ttls(nas)
    assert first.login(*pap("alice", server.password("alice") + token.fresh())).code == radius.ACCEPT
    again = Ttls(nas)
    again.tls = first.tls.context.wrap_bio(again.incoming, again.outgoing, session=first.tls.session)
    before = len(refusals(server))
    reply = again.open()
    assert again.tls.session_reused
    if reply.code == radius.CHALLENGE:
        reply = again.respond(reply, EAP_TTLS, b"\0")
    assert reply.code == radius.REJECT and len(refusals(server)) == before + 1 and decisions(ledger) == 1


# With StepUp in their sections


@pytest.fixture
def everywhere(changed):
    """stepup_chap and stepup_mschap in both sites."""
    return changed(*((f"sites-available/{site}", *edit) for site in ("default", "inner-tunnel") for edit in (CHAP, MSCHAP, OLD_NAME)))


@pytest.mark.parametrize("method, inner", [
    ("TTLS", "auth=MSCHAPV2"), ("TTLS", "auth=MSCHAP"), ("TTLS", "auth=CHAP"), ("TTLS", "autheap=MSCHAPV2"),
    ("PEAP", "auth=MSCHAPV2"), ("MSCHAPV2", "")])
def test_chap_and_mschap_with_stepup_let_in_where_nothing_is_asked(everywhere, nas, host, method, inner):
    config = radius_rig.CONFIG + NAS
    identity = {"identity": "alice"} if not inner else {}
    host.fresh(rig.ASK_NEVER, config=config)
    result = everywhere.eap(method, inner, "alice", everywhere.password("alice"), **identity)
    assert result.returncode == 0, result.stdout[-2000:] + everywhere.log()[-2000:]
    assert decisions(host) == 1
    host.fresh(rig.ASK_ALWAYS, config=config)
    host.enrol("alice")
    assert everywhere.eap(method, inner, "alice", everywhere.password("alice"), **identity).returncode != 0
    assert decisions(host) == 1


def test_a_challenge_after_chap_is_answered_by_pap(everywhere, nas, ledger):
    token = ledger.enrol("alice")
    password = everywhere.password("alice")
    prompt = nas.send(nas.packet(radius.REQUEST, [("User-Name", "alice")], **nas.always, **chap(password)))
    assert prompt.code == radius.CHALLENGE and prompt.text == "Enter code: "
    code = token.fresh()
    by_chap = nas.send(nas.packet(radius.REQUEST, [("User-Name", "alice")], State=prompt["State"], **nas.always, **chap(code)))
    assert by_chap.code == radius.REJECT and "an answer without User-Password" in everywhere.log()
    assert nas.answer(prompt, code).code == radius.ACCEPT


# One verdict for one conversation


@pytest.fixture
def halfway(changed, nas, host):
    """A conversation in which stepupd allowed alice and whose accept comes a round later, as with MS-CHAPv2; and the reply before it."""
    changed(("sites-available/inner-tunnel", r"(?m)(?<=^post-auth \{)$", "\n\tupdate reply {\n\t\t&MS-CHAP2-Success := 0x01\n\t}"))
    host.fresh(rig.ASK_NEVER, config=radius_rig.CONFIG + NAS)
    supplicant = Ttls(nas, "bob")
    reply = supplicant.login(*pap("alice", "password of alice"))
    assert reply.code == radius.CHALLENGE and decisions(host) == 1
    assert supplicant.tls.read(4096), "MS-CHAP2-Success"
    return supplicant, reply


def test_a_verdict_is_kept_for_its_conversation_once(server, halfway, host):
    supplicant, reply = halfway
    accepted = supplicant.respond(reply, EAP_TTLS, b"\0")
    assert accepted.code == radius.ACCEPT and decisions(host) == 1
    assert not [name for name, _ in accepted.attributes if name.isdigit()], "nothing of ours on the wire"
    again = supplicant.respond(reply, EAP_TTLS, b"\0")
    assert again.code == radius.REJECT


def test_s01_a_verdict_does_not_go_into_another_conversation(server, halfway, nas):
    before = len(refusals(server))
    assert Eap(nas, "bob").md5(server.password("bob"), state=halfway[1]["State"]).code == radius.REJECT
    assert len(refusals(server)) == before + 1


def test_s01_a_verdict_is_not_for_the_next_one_in_the_same_tunnel(server, halfway, host):
    supplicant, reply = halfway
    reply = supplicant.tell(reply, avp(1, b"bob"), avp(79, eap_response(0, EAP_IDENTITY, b"bob")))
    told = supplicant.tls.read(4096)
    while told and int.from_bytes(told[:4], "big") != 79:
        told = told[(int.from_bytes(told[5:8], "big") + 3) // 4 * 4:]
    message = told[8:]
    digest = hashlib.md5(message[1:2] + server.password("bob").encode() + message[6:6 + message[5]]).digest()
    reply = supplicant.tell(reply, avp(1, b"bob"), avp(79, eap_response(message[1], EAP_MD5, b"\x10" + digest)))
    if reply.code == radius.CHALLENGE:
        reply = supplicant.respond(reply, EAP_TTLS, b"\0")
    assert reply.code == radius.REJECT and decisions(host) == 1


# What a supplicant writes into its tunnel


def attempt(host):
    return host.latest("SU1001").data["attempt"]


def test_a_supplicant_chooses_neither_its_address_nor_its_conversation(server, nas, ledger):
    token = ledger.enrol("alice")
    password = server.password("alice")
    place = {"Calling_Station_Id": HOME, "NAS_Port": 1, "Acct_Session_Id": "home"}
    opened = nas.answer(nas.login("alice", password, **place), token.fresh(), **place)
    assert nas.account("Start", Class=opened["Class"], **place).code == radius.ACCOUNTED
    assert nas.login("alice", password, **place, ).code == radius.ACCEPT, "known there"
    claims = [avp(31, HOME.encode()), avp(5, bytes(4)), avp(44, b"chosen"), avp(66, HOME.encode()), avp(32, b"other"),
              avp(2, HOME.encode(), 25461), avp(7, HOME.encode(), 25461), avp(1, b"\x7f\0\0\1", 11344)]
    honest = Ttls(nas, NAS_Port=9).login(*pap("alice", password))
    before = attempt(ledger)
    lying = Ttls(nas, NAS_Port=9).login(*pap("alice", password), *claims)
    after = attempt(ledger)
    assert honest.code == lying.code == radius.REJECT
    assert after["source"] == before["source"] == {"unknown": AWAY} or AWAY in str(after["source"])
    assert after["evidence"] == before["evidence"]


def test_attributes_that_stand_often_leave_the_address_its_place(server, nas, ledger):
    ledger.enrol("alice")
    crowd = [f"filler={number}" for number in range(64)]
    vpn = server.nas("127.0.1.5", timeout=8)
    vpn.login("alice", server.password("alice"), Cisco_AVPair=crowd, Calling_Station_Id=AWAY, NAS_Port=7)
    assert AWAY in str(attempt(ledger)["source"])
    Ttls(vpn, Calling_Station_Id=AWAY).login(*pap("alice", server.password("alice")),
                                             *[avp(1, text.encode(), 9) for text in crowd])
    assert AWAY in str(attempt(ledger)["source"])
    vpn.close()


def test_a_device_within_the_tunnel_is_none(server, nas, ledger):
    ledger.enrol("alice")
    vpn = server.nas("127.0.1.5", timeout=8, Calling_Station_Id=AWAY)
    login = pap("alice", server.password("alice"))
    Ttls(vpn, Cisco_AVPair="mdm-tlv=device-uid=real").login(*login)
    real = attempt(ledger)["key"]
    Ttls(vpn, Cisco_AVPair="mdm-tlv=device-uid=real").login(*login, avp(1, b"mdm-tlv=device-uid=fake", 9))
    assert attempt(ledger)["key"] == real
    Ttls(vpn).login(*login)
    none = attempt(ledger)["key"]
    Ttls(vpn).login(*login, avp(1, b"mdm-tlv=device-uid=fake", 9))
    assert attempt(ledger)["key"] == none != real
    vpn.close()


# A daemon that others keep busy

SPOOL = Path("/var/spool/stepup/radius")
SOCKET = "/run/fake-stepupd/stepup.sock"


@pytest.fixture(scope="module")
def slow(machine):
    """A server that lets the first factor do, before a daemon that says what the test wants."""
    SPOOL.mkdir(parents=True, exist_ok=True)
    rig.run("chown", "freerad:freerad", SPOOL)
    server = radius_rig.Server("slow", port=2912, settings={"socket": SOCKET, "timeout": "1.0", "unavailable": "first_factor", "append": "yes"})
    with FakeDaemon(SOCKET) as daemon:
        server.start()
        yield server, daemon
        server.stop()


@pytest.fixture
def busy(slow, machine):
    """Logins of others at once, without end; and a NAS of our own. The real stepupd is stopped: it would take what is spooled before a
    test has read it."""
    server, daemon = slow
    machine.stop()
    daemon.fresh()
    server.start()
    for record in SPOOL.glob("*"):
        record.unlink()
    over, threads = threading.Event(), []

    def others(user, password, count=24, **more):
        def one(number):
            nas = server.nas(f"127.0.2.{number + 1}", timeout=8)
            while not over.is_set():
                nas.login(user, password, **more)
            nas.close()
        threads.extend(threading.Thread(target=one, args=(number,)) for number in range(count))
        for thread in threads:
            thread.start()

    yield server, daemon, others
    over.set()
    daemon.reply = recorded
    for thread in threads:
        thread.join()
    machine.start()


def codes(server, user="alice", seconds=3, **more):
    """What logins of `user` come to for a while, as a set."""
    nas, found, end = server.nas("127.0.3.1", timeout=8), [], time.monotonic() + seconds
    while time.monotonic() < end:
        found.append(nas.login(user, more.get("password") or server.password(user)).code)
    nas.close()
    return found


@pytest.mark.parametrize("what", ["split and reports", "answers"])
def test_s02_what_comes_before_the_first_factor_keeps_no_login_from_being_asked(busy, what):
    server, daemon, others = busy

    def reply(request):
        if request.get("phase") == "auth":
            return challenge()
        time.sleep(0.4)
        return {"verdict": "deny"} if request["op"] == "answer" else recorded(request)
    daemon.reply = reply
    more = {"State": b"SU1" + bytes(56)} if what == "answers" else {}
    others("nobody", "123456", **more)
    rig.wait_until(lambda: "stepupd does not answer: until it does" in server.log(), "a breaker opens")
    assert set(codes(server)) == {radius.CHALLENGE}
    assert not list(SPOOL.glob("*.frame"))


def test_s02_a_daemon_that_is_slow_is_no_reason_to_let_in(busy):
    server, daemon, others = busy

    def reply(request):
        if request.get("phase") == "auth":
            time.sleep(0.4)
            return challenge()
        return recorded(request)
    daemon.reply = reply
    others("bob", server.password("bob"))
    rig.wait_until(lambda: "stepupd does not answer: until it does" in server.log(), "the breaker opens")
    found = codes(server)
    assert radius.REJECT in found and radius.ACCEPT not in found
    frames = [path.read_bytes() for path in SPOOL.glob("*.frame")]
    assert frames and all(b"fallback=deny" in frame and b"ECANCELED" in frame for frame in frames)


def test_s02_a_daemon_that_is_silent_lets_the_first_factor_do_at_once(busy):
    server, daemon, _ = busy
    daemon.reply = lambda request: HANG if request.get("phase") == "auth" else recorded(request)
    nas = server.nas("127.0.3.2", timeout=8)
    replies = [nas.login("alice", server.password("alice")) for _ in range(6)]
    assert [reply.code for reply in replies] == [radius.ACCEPT] * 6
    assert [reply.seconds > 0.9 for reply in replies] == [True] * 4 + [False] * 2 or replies[4].seconds < 0.5
    assert nas.login("alice", "wrong").code == radius.REJECT
    nas.close()


# Accounting


def test_s14_accounting_about_a_name_with_a_nul_is_answered_and_no_event(server, nas, ledger):
    assert nas.account("Start", user=b"alice\0").code == radius.ACCOUNTED
    assert not ledger.events("--code", "SU1005") and "is not reported: User-Name holds a NUL byte" in server.log()
