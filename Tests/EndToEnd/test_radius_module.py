"""rlm_stepup in the real FreeRADIUS, before a daemon that says what the test wants."""

import re
import shutil
import statistics
import struct
import threading
import time
from pathlib import Path

import pytest
import radius_rig
import rig
from fake_stepupd import CLOSE, HANG, FakeDaemon, attributes, challenge, recorded
from radius import ACCEPT, ACCOUNTED, CHALLENGE, REJECT
from radius_load import many

TIMEOUT = 1.0
SOCKET, OTHER = "/run/fake-stepupd/stepup.sock", "/run/fake-stepupd/other.sock"
SPOOL = Path("/var/spool/fake-stepupd")
SETTINGS = {"socket": SOCKET, "timeout": TIMEOUT, "spool": SPOOL}
MODULE = "mods-available/stepup"
PEOPLE = {"alice": "pw", "carol": "pw", "plain": "pw"}
WELCOME = {"carol": 'Reply-Message := "welcome"'}

# Each has a site of its own, so that no other settings need another start of the server.
INSTANCES = {
    "lenient": {"unavailable": "first_factor"},
    "appending": {"append": "yes"},
    "both": {"append": "yes", "unavailable": "first_factor"},
    "other": {"socket": OTHER, "service": '"wifi"', "unavailable": "first_factor"},
    "changing": {"service": '"before"'},
}
PORTS = {name: 2812 + 100 * number for number, name in enumerate(["stepup", "plain", *INSTANCES])}

# The same threads: people who have nothing to do with StepUp.
PLAIN = """server plain {
	listen {
		type = auth
		ipaddr = *
		port = 0
	}
	authorize {
		files
		pap
	}
	authenticate {
		Auth-Type PAP {
			pap
		}
	}
}
"""


@pytest.fixture(scope="module")
def fake():
    rig.run("install", "-d", "-o", "freerad", "-g", "freerad", "-m", "700", SPOOL)
    with FakeDaemon(SOCKET) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def server(fake):
    server = radius_rig.Server("module", port=PORTS["stepup"], settings=SETTINGS, users=PEOPLE, replies=WELCOME,
                               instances={name: {**SETTINGS, **settings} for name, settings in INSTANCES.items()})
    for example, client in (("192.0.2.7", "127.0.0.9"), ("198.51.100.0/24", "127.0.1.0/24")):
        server.edit(MODULE, f'#insecure_clients = "{example}"', f'insecure_clients = "{client}"')
    server.edit("mods-config/files/authorize", r"\A", "mallory Auth-Type := stepup\n")
    server.put("sites-enabled/plain", server.listening(PLAIN, PORTS["plain"]))
    for name in INSTANCES:
        for source, place in (("policy.d", "policy.d"), ("sites-available", "sites-enabled")):
            text = re.sub(r"\bstepup", name, (server.folder / source / "stepup").read_text())
            server.put(f"{place}/{name}", server.listening(text, PORTS[name]))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def debian(fake):
    """Debian's own sites, with the lines that Docs/Radius.md says."""
    server = radius_rig.Server("debian", port=4812, site="default", settings={**SETTINGS, "append": "yes"}, users=PEOPLE, replies=WELCOME)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def daemon(fake, server):
    """The daemon, as it is at first."""
    fake.fresh()
    yield fake
    assert server.process.poll() is None, f"freeradius died\n{server.found()[:6000]}"


@pytest.fixture
def at(daemon, server):
    """Makes a NAS at an instance's site. Whatever others did to the instance is over."""
    nases = []

    def at(instance, source="127.0.0.1"):
        nas = server.nas(source, port=PORTS[instance], timeout=8, NAS_Identifier=None)
        nases.append(nas)
        rig.wait_until(lambda: login(nas).code == ACCEPT, "the server answers")
        for record in SPOOL.glob("*"):
            record.unlink()
        daemon.fresh()
        return nas

    yield at
    for nas in nases:
        nas.close()


@pytest.fixture
def nas(at):
    return at("stepup")


@pytest.fixture
def edit(server):
    """Edits a file of the server; afterwards it is as it was."""
    before = {}

    def edit(name, pattern, text):
        before.setdefault(name, (server.folder / name).read_text())
        server.edit(name, pattern, text)

    yield edit
    for name, text in before.items():
        server.put(name, text)


def login(nas, user="alice", password="pw", **more):
    return nas.login(user, password, **more)


def signed_first(reply):
    return reply.attributes[0][0] == "Message-Authenticator"


def spooled():
    """The records in the spool, as dictionaries."""
    return [dict(field.split("=", 1) for field in path.read_bytes()[4:].decode().rstrip("\0").split("\0"))
            for path in SPOOL.glob("*.frame")]


def timed(call):
    start = time.monotonic()
    return call(), time.monotonic() - start


# First round, challenge, answer


def test_allow_is_an_accept(daemon, nas):
    daemon.reply = lambda request: {"verdict": "allow", "attributes": "Class:7374657075703a414243,Session-Timeout:00000e10"}
    reply = login(nas)
    assert reply.code == ACCEPT and reply["Class"] == b"stepup:ABC"
    assert reply["Session-Timeout"] == struct.pack(">I", 3600)
    [begin] = daemon.requests
    assert begin["op"] == "begin" and begin["phase"] == "auth" and begin["first_factor"] == "radius"
    assert begin["channel"] == "radius" and begin["service"] == "stepup" and begin["user"] == "alice"
    assert begin["client"] == "127.0.0.1" and len(begin["request"]) == 32 and "answer" not in begin


def test_deny_is_a_reject_with_the_text_for_the_person(daemon, server, nas):
    daemon.reply = lambda request: {"verdict": "deny", "code": "refused", "message": "not for the person",
                                    "attributes": "Reply-Message:" + b"Not from here.".hex()}
    reply = login(nas)
    assert reply.code == REJECT and reply["Reply-Message"] == b"Not from here."
    assert not daemon.of("report"), "a reject of ours is no failure of the first factor"
    assert "stepupd: not for the person" in server.log()


def test_a_challenge_and_its_answer(daemon, server, nas):
    daemon.reply = lambda request: challenge() if request["op"] == "begin" else {"verdict": "allow"}
    reply = login(nas, "carol")
    assert reply.code == CHALLENGE
    state = reply["State"]
    assert state == b"SU1" + b"\xab" * 56
    assert reply["Reply-Message"] == b"Enter code: " and reply["Prompt"] == struct.pack(">I", 0)
    assert {name for name, _ in reply.attributes} == {"State", "Reply-Message", "Prompt", "Message-Authenticator"}
    accepted = login(nas, "carol", "123456", State=state)
    assert accepted.code == ACCEPT
    assert accepted["Reply-Message"] == b"welcome", "what the accept carries is there in the second round, too"
    [answer] = daemon.of("answer")
    assert answer["state"] == "ab" * 56 and answer["answer"] == "123456" and answer["user"] == "carol"
    assert answer["client"] == "127.0.0.1"
    assert "123456" not in server.log() and "abab" not in server.log()


def test_a_prompt_is_printable_ascii_and_fits(daemon, nas):
    daemon.reply = lambda request: challenge(prompt="Grüße\n" + "x" * 300, echo="on")
    reply = login(nas)
    assert reply["Reply-Message"] == (b"Gr????e?" + b"x" * 300)[:253]
    assert reply["Prompt"] == struct.pack(">I", 1)


def test_wrong_answers_and_further_challenges(daemon, nas):
    daemon.reply = lambda request: challenge(state="cd" * 56)
    state = login(nas)["State"]
    again = login(nas, password="000000", State=state)
    assert again.code == CHALLENGE and again["State"] == b"SU1" + b"\xcd" * 56
    daemon.reply = lambda request: {"verdict": "deny", "code": "max_tries"}
    assert login(nas, password="000000", State=state).code == REJECT
    assert not daemon.of("report")


def test_foreign_states_are_left_alone(daemon, nas):
    for state in [b"SU1", b"other", b"SU2" + bytes(20), b"SU1" + bytes(62)]:
        assert login(nas, State=state).code == ACCEPT, "the first factor judged it"
        assert daemon.requests[-1]["op"] == "begin"
    assert login(nas, State=[b"SU1" + bytes(20), b"x"]).code == ACCEPT
    assert daemon.requests[-1]["op"] == "begin", "two States are none of ours"
    assert not daemon.of("answer")


def test_an_answer_needs_a_password(daemon, server, nas):
    assert login(nas, State=b"SU1" + bytes(20), User_Password=None).code == REJECT
    assert not daemon.of("answer") and not daemon.of("report")
    assert "an answer without User-Password" in server.log()


def test_the_first_factor_comes_first_and_its_failure_is_reported(daemon, nas):
    assert login(nas, password="wrong").code == REJECT
    [report] = daemon.requests
    assert report["op"] == "report" and report["event"] == "first_factor_failed" and report["user"] == "alice"
    daemon.requests.clear()
    assert login(nas, "nobody", "pw").code == REJECT
    assert [request["event"] for request in daemon.requests] == ["first_factor_failed"]


def test_s01_stepup_alone_is_no_first_factor(daemon, server, nas):
    assert login(nas, "mallory", "anything").code == REJECT
    assert not daemon.of("begin") and "nobody has checked a first factor" in server.log()


# What must not be judged


def test_s33_message_authenticator_is_first_in_every_reply(daemon, nas):
    accepted = login(nas)
    rejected = login(nas, password="wrong")
    core = login(nas, User_Password=None)  # no password of any kind: the core itself says no
    ours = login(nas, sign=False)
    daemon.reply = lambda request: challenge()
    challenged = login(nas, Proxy_State=b"proxy state")
    assert [reply.code for reply in (accepted, rejected, core, ours, challenged)] == [ACCEPT, REJECT, REJECT, REJECT, CHALLENGE]
    for reply in (accepted, rejected, core, ours, challenged):
        assert signed_first(reply) and len(reply.all("Message-Authenticator")) == 1
    assert challenged["Proxy-State"] == b"proxy state"


def test_s33_requests_without_message_authenticator_are_refused(daemon, server, nas):
    assert login(nas, sign=False).code == REJECT
    assert login(nas, sign=False, password="wrong", FreeRADIUS_Proxied_To="127.0.0.1").code == REJECT
    assert not daemon.requests, "neither asked nor reported"
    assert "refused a request of client 127.0.0.1: the request lacks Message-Authenticator" in server.log()


def test_s33_insecure_clients_are_named_and_let_through(daemon, server, at):
    assert server.check().count("is INSECURE") == 2
    assert "client 127.0.0.9 is INSECURE" in server.log() and "client 127.0.1.0/24 is INSECURE" in server.log()
    assert login(at("stepup"), sign=False).code == REJECT
    reply = login(at("stepup", "127.0.0.9"), sign=False)
    assert reply.code == ACCEPT and signed_first(reply)
    assert login(at("stepup", "127.0.1.77"), sign=False).code == ACCEPT
    assert daemon.requests[-1]["client"] == "127.0.1.77"


def test_s14_a_name_with_a_nul_is_refused(daemon, server, nas):
    for name in [b"alice\0first=ok", b"alice\0", b"\0alice"]:
        assert login(nas, name).code == REJECT
    assert not daemon.requests and "holds a NUL" in server.log()
    daemon.reply = lambda request: challenge()
    state = login(nas)["State"]
    daemon.requests.clear()
    assert login(nas, password=b"1234\x005", State=state).code == REJECT
    assert login(nas, b"alice\0x", "123456", State=state).code == REJECT
    assert not daemon.requests


def test_names_and_passwords_stand_once(daemon, nas):
    assert login(nas, User_Name=["alice", "carol"]).code == REJECT
    assert not daemon.requests


# Facts


def test_listed_attributes_arrive_in_hex_and_nothing_else(daemon, nas):
    assert login(nas, NAS_Port=7, Calling_Station_Id=b"203.0.113.9\n\xff", NAS_IP_Address="192.0.2.1",
                 Cisco_AVPair=["mdm-tlv=device-mac=1", "mdm-tlv=device-platform=win"], FreeRADIUS_Proxied_To="127.0.0.1",
                 CHAP_Password=bytes(17), CHAP_Challenge=b"chap", Framed_MTU=1400).code == ACCEPT
    got = attributes(daemon.requests[-1]["attributes"])
    assert sorted(got) == sorted([
        ("NAS-Port", struct.pack(">I", 7)), ("Calling-Station-Id", b"203.0.113.9\n\xff"), ("NAS-IP-Address", bytes([192, 0, 2, 1])),
        ("Cisco-AVPair", b"mdm-tlv=device-mac=1"), ("Cisco-AVPair", b"mdm-tlv=device-platform=win")])
    assert b"pw".hex() not in daemon.requests[-1]["attributes"]


def test_too_many_attributes_are_left_out(daemon, nas):
    assert login(nas, Calling_Station_Id=[bytes([index]) for index in range(100)]).code == ACCEPT
    assert len(attributes(daemon.requests[-1]["attributes"])) == 64
    assert login(nas, Calling_Station_Id=[b"x" * 253] * 15).code == ACCEPT
    assert len(daemon.requests[-1]["attributes"]) <= 12288


def test_attributes_that_nobody_knows_are_left_out_of_the_reply(daemon, server, nas):
    daemon.reply = lambda request: {"verdict": "allow", "attributes": "No-Such-Thing:00,Session-Timeout:01,State:41,Class:41,Class:42"}
    reply = login(nas)
    assert reply.code == ACCEPT and reply.all("Class") == [b"A", b"B"]
    assert "State" not in reply and "Session-Timeout" not in reply
    for name in ["No-Such-Thing", "Session-Timeout", "State"]:
        assert f"left out of the reply: stepupd's {name}" in server.log()


# A daemon that is not there


def test_s02_a_daemon_that_is_gone_denies_and_is_recorded(daemon, nas):
    daemon.stop()
    reply, took = timed(lambda: login(nas, Calling_Station_Id="203.0.113.9"))
    assert reply.code == REJECT and signed_first(reply) and took < TIMEOUT
    [record] = spooled()
    assert record["op"] == "spool" and record["channel"] == "radius" and record["fallback"] == "deny"
    assert record["user"] == "alice" and record["client"] == "127.0.0.1" and record["reason"] == "connect ENOENT"
    assert ("Calling-Station-Id", b"203.0.113.9") in attributes(record["attributes"])


def test_s02_a_daemon_that_hangs_ends_within_the_timeout(daemon, nas):
    daemon.reply = lambda request: HANG
    reply, took = timed(lambda: login(nas))
    assert reply.code == REJECT and TIMEOUT * 0.9 < took < TIMEOUT + 0.5
    assert [record["reason"] for record in spooled()] == ["timeout ETIMEDOUT"]


def test_s02_first_factor_lets_in_once_it_is_recorded(daemon, server, at):
    nas = at("lenient")
    daemon.stop()
    reply = login(nas)
    assert reply.code == ACCEPT and signed_first(reply)
    assert [(record["fallback"], record["user"]) for record in spooled()] == [("ignore", "alice")]
    assert "the first factor alone lets in" in server.log()
    shutil.chown(SPOOL, "root", "root")
    try:
        assert login(nas).code == REJECT, "no record, no login"
    finally:
        shutil.chown(SPOOL, "freerad", "freerad")
    assert login(nas, password="wrong").code == REJECT


def test_s02_a_broken_reply_never_lets_in(daemon, at):
    nas = at("lenient")
    daemon.reply = lambda request: {"verdict": "allow", "no_such_key": "1"}
    assert login(nas).code == REJECT
    assert [record["fallback"] for record in spooled()] == ["deny"]


def test_s02_an_answer_with_the_daemon_gone_is_denied(daemon, at):
    nas = at("lenient")
    daemon.reply = lambda request: challenge()
    state = login(nas)["State"]
    daemon.stop()
    assert login(nas, password="123456", State=state).code == REJECT
    assert not spooled()


def test_200_waiting_requests_keep_nobody_else_waiting(daemon, server, nas):
    daemon.reply = lambda request: HANG
    results, took = [], []
    packets = [nas.login_packet("alice", "pw") for _ in range(200)]
    crowd = threading.Thread(target=lambda: results.extend(many(packets, in_flight=200, timeout=20)))
    others = server.nas(port=PORTS["plain"])
    crowd.start()
    end = time.monotonic() + 4
    while time.monotonic() < end:
        reply, seconds = timed(lambda: login(others, "plain"))
        assert reply.code == ACCEPT
        took.append(seconds)
        time.sleep(0.005)
    crowd.join()
    others.close()
    p99 = statistics.quantiles(took, n=100)[98]
    print(f"{len(took)} of others: p50 {statistics.median(took) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, "
          f"longest {max(took) * 1000:.0f} ms; of ours the longest {max(result.seconds for result in results):.2f} s")
    assert p99 < 0.050
    assert [result.reply.code for result in results] == [REJECT] * 200
    assert len(spooled()) == 200
    assert server.log().count("stepupd does not answer: until it does") >= 1
    daemon.reply = recorded
    rig.wait_until(lambda: login(nas).code == ACCEPT, "a probe closes the breaker", seconds=TIMEOUT + 2)
    assert "stepupd answers again" in server.log()
    assert all(login(nas).code == ACCEPT for _ in range(20))


# Several instances, new settings


def test_two_instances_keep_to_their_own_settings(daemon, at):
    with FakeDaemon(OTHER) as other:
        nas, wifi = at("stepup"), at("other")
        other.fresh()
        other.reply = lambda request: challenge() if request["op"] == "begin" else {"verdict": "allow"}
        assert login(nas).code == ACCEPT and login(wifi).code == CHALLENGE
        assert [request["service"] for request in daemon.requests] == ["stepup"]
        assert [request["service"] for request in other.requests] == ["wifi"]
        assert login(wifi, password="1", State=login(wifi)["State"]).code == ACCEPT
        other.stop()
        daemon.stop()
        assert login(wifi).code == ACCEPT and login(nas).code == REJECT


def test_hup_takes_new_settings_and_keeps_logins_going(daemon, server, at, edit):
    nas, codes, stop = at("changing"), [], threading.Event()

    def keep_going():
        while not stop.is_set():
            codes.append(login(nas).code)

    busy = threading.Thread(target=keep_going)
    busy.start()
    try:
        edit(MODULE, 'service = "before"', 'service = "renamed"')
        server.hup()
        rig.wait_until(lambda: daemon.requests and daemon.requests[-1]["service"] == "renamed", "the new settings are there")
    finally:
        stop.set()
        busy.join()
    assert set(codes) == {ACCEPT}
    edit(MODULE, r"(?m)(?<=^stepup changing \{)$", "\n\tunavailable = perhaps")
    server.hup()
    rig.wait_until(lambda: "`unavailable` must be deny or first_factor" in server.log(), "the mistake is named")
    assert login(nas).code == ACCEPT and daemon.requests[-1]["service"] == "renamed", "and the old settings stay"


@pytest.mark.parametrize("setting, says", [
    ("socket = relative", "`socket` must be the absolute path"),
    ("spool = relative", "`spool` must be the absolute path"),
    ("timeout = 3s", "`timeout` must be seconds between 0.1 and 60"),
    ("timeout = 0", "`timeout` must be seconds between 0.1 and 60"),
    ("timeout = 61", "`timeout` must be seconds between 0.1 and 60"),
    ("unavailable = ignore", "`unavailable` must be deny or first_factor"),
    ("insecure_clients = nowhere.", "is no address and no network"),
    ("unavaliable = deny", "`unavaliable` is no setting of stepup"),
    ("timeout = 1\ntimeout = 2", "`timeout` stands twice"),
])
def test_settings_that_cannot_be_are_named(server, edit, setting, says):
    edit(MODULE, r"(?ms)^stepup \{.*?^\}", f"stepup {{\n{setting}\n}}")
    with pytest.raises(AssertionError, match=re.escape(says)):
        server.check()


def test_without_the_dictionary_it_says_which_line_is_missing(server, edit):
    edit("dictionary", r"\$INCLUDE dictionary\.stepup", "#no")
    with pytest.raises(AssertionError, match=re.escape("add the line `$INCLUDE dictionary.stepup` to")):
        server.check()


# Accounting


def account(nas, status, klass=b"stepup:01J0000000000000000000000A"):
    return nas.account(status, session="s1", NAS_Identifier="vpn1", Class=[b"other", klass])


def test_s20_sessions_are_reported(daemon, nas):
    for status, event in [(1, "session_opened"), (3, "session_alive"), (2, "session_closed")]:
        assert account(nas, status).code == ACCOUNTED
        report = daemon.requests[-1]
        assert report["op"] == "report" and report["event"] == event and report["user"] == "alice"
        assert report["attempt"] == "01J0000000000000000000000A"
        got = dict(attributes(report["attributes"]))
        assert got["Acct-Session-Id"] == b"s1" and got["NAS-Identifier"] == b"vpn1"
        assert got["Acct-Status-Type"] == struct.pack(">I", status)
    assert account(nas, 1, klass=b"stepup:../../etc/passwd.........").code == ACCOUNTED
    assert "attempt" not in daemon.requests[-1]


def test_s20_a_report_that_is_not_taken_is_sent_again(daemon, nas):
    daemon.stop()
    nas.timeout = 0.7
    assert account(nas, 1) is None
    nas.timeout = 8
    daemon.start()
    assert account(nas, 1).code == ACCOUNTED
    daemon.requests.clear()
    assert account(nas, 7).code == ACCOUNTED and not daemon.requests, "Accounting-On is nobody's session"


# A code in the password


def split_at(length):
    def reply(request):
        if request.get("phase") == "split":
            return {"verdict": "ignore", "code": "split", "split": f"0,{length}"}
        return recorded(request)
    return reply


def test_append_keeps_and_splits(daemon, server, at):
    nas = at("appending")
    assert login(nas).code == ACCEPT
    asked, begin = daemon.requests
    assert asked["phase"] == "split" and asked["answer"] == "pw" and asked["first_factor"] == "radius"
    assert begin["phase"] == "auth" and "answer" not in begin
    daemon.requests.clear()
    daemon.reply = split_at(2)
    assert login(nas, password="pw123456").code == ACCEPT
    asked, begin = daemon.requests
    assert asked["answer"] == begin["answer"] == "pw123456" and begin["phase"] == "auth"
    assert login(nas, password="px123456").code == REJECT, "the first factor judges what is left"
    assert [request["event"] for request in daemon.of("report")] == ["first_factor_failed"]
    daemon.reply = split_at(200)
    assert login(nas, password="pw123456").code == REJECT, "a range beyond the field"
    assert "does not fit" in server.log() and "pw123456" not in server.log()


def test_append_without_the_daemon_leaves_the_field_alone(daemon, at):
    nas = at("both")
    daemon.reply = lambda request: CLOSE
    assert login(nas).code == ACCEPT
    assert login(nas, password="pw123456").code == REJECT


def test_an_answer_is_never_split(daemon, at):
    nas = at("appending")
    daemon.reply = lambda request: challenge() if request.get("phase") == "auth" else recorded(request)
    state = login(nas)["State"]
    daemon.requests.clear()
    assert login(nas, password="123456", State=state).code == ACCEPT
    assert [request["op"] for request in daemon.requests] == ["answer"]


# Debian's own sites, with the lines that Docs/Radius.md says


def test_debians_default_site_with_our_lines(daemon, debian):
    nas = debian.nas(timeout=8)
    daemon.reply = lambda request: challenge() if request.get("phase") == "auth" else recorded(request)
    reply = login(nas, "carol")
    assert reply.code == CHALLENGE and signed_first(reply)
    accepted = login(nas, "carol", "123456", State=reply["State"])
    assert accepted.code == ACCEPT and signed_first(accepted) and accepted["Reply-Message"] == b"welcome"
    rejected = login(nas, password="wrong")
    assert rejected.code == REJECT and signed_first(rejected)
    assert daemon.requests[-1]["event"] == "first_factor_failed"
    assert login(nas, sign=False).code == REJECT
    assert nas.account("Start").code == ACCOUNTED and daemon.requests[-1]["event"] == "session_opened"
    nas.close()


EAP = {"TTLS/PAP": ("TTLS", "auth=PAP"), "TTLS/GTC": ("TTLS", "autheap=GTC"), "PEAP/GTC": ("PEAP", "auth=GTC")}


def eap(debian, method, password):
    """Whether alice was let in."""
    return debian.eap(*EAP[method], "alice", password, timeout=8).stdout.rstrip().endswith("SUCCESS")


@pytest.mark.skipif(not shutil.which("eapol_test"), reason="eapoltest is not installed")
@pytest.mark.parametrize("method", EAP)
def test_password_and_code_within_eap(daemon, debian, method):
    daemon.reply = split_at(2)
    assert eap(debian, method, "pw123456")
    [asked] = daemon.of("begin", phase="split")
    [begin] = daemon.of("begin", phase="auth")
    assert asked["user"] == begin["user"] == "alice" and asked["answer"] == begin["answer"] == "pw123456"
    facts = attributes(begin["attributes"])
    assert ("Calling-Station-Id", b"02-00-00-00-00-01") in facts, "from the outer request"
    assert ("FreeRADIUS-Proxied-To", bytes([127, 0, 0, 1])) in facts and "EAP-Type" in dict(facts)
    assert begin["client"] == "127.0.0.1" and not daemon.of("report")
    daemon.requests.clear()
    assert not eap(debian, method, "px123456")
    assert [report["user"] for report in daemon.of("report")] == ["alice"], "once, about who it was"
    daemon.requests.clear()
    daemon.reply = lambda request: challenge() if request.get("phase") == "auth" else recorded(request)
    assert not eap(debian, method, "pw"), "nobody can be asked in there"
    assert daemon.of("begin", phase="auth") and not daemon.of("report")
