"""rlm_stepup in the real FreeRADIUS, before a daemon that says what the test wants."""

import shutil
import statistics
import struct
import subprocess
import threading
import time

import pytest
import radius_probe as radius
import rig
from fake_stepupd import CLOSE, HANG, FakeDaemon, attributes, challenge, recorded
from radius_probe import ACCEPT, ACCOUNTING, ACCOUNTING_RESPONSE, CHALLENGE, REJECT, login
from radiusd import RADDB, SPOOL, Radiusd

TIMEOUT = 1.0
SOCKET = "/run/fake-stepupd/stepup.sock"
SETTINGS = f"socket = {SOCKET}\ntimeout = {TIMEOUT}"


@pytest.fixture(scope="module")
def running():
    server = Radiusd()
    server.install()
    server.module(SETTINGS)
    with FakeDaemon(SOCKET) as daemon:
        server.start()
        yield server, daemon
        server.stop()
    server.remove()


@pytest.fixture
def server(running):
    return running[0]


@pytest.fixture
def daemon(running):
    """The daemon, as it is at first; whatever it did to the server is over."""
    server, daemon = running
    daemon.fresh()
    for record in SPOOL.glob("*"):
        record.unlink()
    rig.wait_until(lambda: login().code == ACCEPT, "the server answers")
    daemon.fresh()
    yield daemon
    assert server.process.poll() is None, "freeradius died"


@pytest.fixture
def settings(server, daemon):
    """Restarts the server with other settings; afterwards with the usual ones."""
    yield server.restart
    server.restart(SETTINGS)


def spooled():
    """The records in the spool, as dictionaries."""
    return [dict(field.split("=", 1) for field in path.read_bytes()[4:].decode().rstrip("\0").split("\0"))
            for path in SPOOL.glob("*.frame")]


def timed(call):
    start = time.monotonic()
    return call(), time.monotonic() - start


# First round, challenge, answer


def test_allow_is_an_accept(daemon):
    daemon.reply = lambda request: {"verdict": "allow", "attributes": "Class:7374657075703a414243,Session-Timeout:00000e10"}
    reply = login()
    assert reply.code == ACCEPT and reply.get(radius.CLASS) == b"stepup:ABC"
    assert struct.unpack(">I", reply.get(27)) == (3600,)
    [begin] = daemon.requests
    assert begin["op"] == "begin" and begin["phase"] == "auth" and begin["first_factor"] == "radius"
    assert begin["channel"] == "radius" and begin["service"] == "stepup" and begin["user"] == "alice"
    assert begin["client"] == "127.0.0.1" and len(begin["request"]) == 32 and "answer" not in begin


def test_deny_is_a_reject_with_the_text_for_the_person(daemon, server):
    daemon.reply = lambda request: {"verdict": "deny", "code": "refused", "message": "not for the person",
                                    "attributes": "Reply-Message:" + b"Not from here.".hex()}
    reply = login()
    assert reply.code == REJECT and reply.get(radius.REPLY_MESSAGE) == b"Not from here."
    assert not daemon.of("report"), "a reject of ours is no failure of the first factor"
    assert "stepupd: not for the person" in server.log()


def test_a_challenge_and_its_answer(daemon, server):
    daemon.reply = lambda request: challenge() if request["op"] == "begin" else {"verdict": "allow"}
    reply = login("carol")
    assert reply.code == CHALLENGE
    state = reply.get(radius.STATE)
    assert state == b"SU1" + b"\xab" * 56
    assert reply.get(radius.REPLY_MESSAGE) == b"Enter code: " and reply.get(radius.PROMPT) == struct.pack(">I", 0)
    assert {kind for kind, _ in reply.attributes} == {radius.STATE, radius.REPLY_MESSAGE, radius.PROMPT,
                                                      radius.MESSAGE_AUTHENTICATOR}
    accepted = login("carol", "123456", state=state)
    assert accepted.code == ACCEPT
    assert accepted.get(radius.REPLY_MESSAGE) == b"welcome", "what the accept carries is there in the second round, too"
    [answer] = daemon.of("answer")
    assert answer["state"] == "ab" * 56 and answer["answer"] == "123456" and answer["user"] == "carol"
    assert answer["client"] == "127.0.0.1"
    assert "123456" not in server.log() and "abab" not in server.log()


def test_a_prompt_is_printable_ascii_and_fits(daemon):
    daemon.reply = lambda request: challenge(prompt="Grüße\n" + "x" * 300, echo="on")
    reply = login()
    assert reply.get(radius.REPLY_MESSAGE) == (b"Gr????e?" + b"x" * 300)[:253]
    assert reply.get(radius.PROMPT) == struct.pack(">I", 1)


def test_wrong_answers_and_further_challenges(daemon):
    daemon.reply = lambda request: challenge(state="cd" * 56)
    state = login().get(radius.STATE)
    again = login(password="000000", state=state)
    assert again.code == CHALLENGE and again.get(radius.STATE) == b"SU1" + b"\xcd" * 56
    daemon.reply = lambda request: {"verdict": "deny", "code": "max_tries"}
    assert login(password="000000", state=state).code == REJECT
    assert not daemon.of("report")


def test_foreign_states_are_left_alone(daemon):
    for state in [b"SU1", b"other", b"SU2" + bytes(20), b"SU1" + bytes(62)]:
        assert login(state=state).code == ACCEPT, "the first factor judged it"
        assert daemon.requests[-1]["op"] == "begin"
    reply = radius.exchange([(radius.USER_NAME, "alice"), (radius.STATE, b"SU1" + bytes(20)), (radius.STATE, b"x")], "pw")
    assert reply.code == ACCEPT and daemon.requests[-1]["op"] == "begin", "two States are none of ours"
    assert not daemon.of("answer")


def test_an_answer_needs_a_password(daemon, server):
    assert radius.exchange([(radius.USER_NAME, "alice"), (radius.STATE, b"SU1" + bytes(20))]).code == REJECT
    assert not daemon.of("answer") and not daemon.of("report")
    assert "an answer without User-Password" in server.log()


def test_the_first_factor_comes_first_and_its_failure_is_reported(daemon):
    assert login(password="wrong").code == REJECT
    [report] = daemon.requests
    assert report["op"] == "report" and report["event"] == "first_factor_failed" and report["user"] == "alice"
    daemon.requests.clear()
    assert login("nobody", "pw").code == REJECT
    assert [request["event"] for request in daemon.requests] == ["first_factor_failed"]


def test_s01_stepup_alone_is_no_first_factor(daemon, server):
    server.edit("mods-config/files/authorize", lambda text: "mallory Auth-Type := stepup\n" + text)
    server.restart()
    assert login("mallory", "anything").code == REJECT
    assert not daemon.of("begin") and "nobody has checked a first factor" in server.log()


# What must not be judged


def test_s33_message_authenticator_is_first_in_every_reply(daemon):
    accepted = login()
    rejected = login(password="wrong")
    core = radius.exchange([(radius.USER_NAME, "alice")])  # no password of any kind: the core itself says no
    ours = login(signed=False)
    daemon.reply = lambda request: challenge()
    challenged = login(more=[(33, b"proxy state")])
    assert [reply.code for reply in (accepted, rejected, core, ours, challenged)] == [ACCEPT, REJECT, REJECT, REJECT, CHALLENGE]
    for reply in (accepted, rejected, core, ours, challenged):
        assert reply.signed_first
        assert sum(kind == radius.MESSAGE_AUTHENTICATOR for kind, _ in reply.attributes) == 1
    assert challenged.get(33) == b"proxy state"


def test_s33_requests_without_message_authenticator_are_refused(daemon, server):
    assert login(signed=False).code == REJECT
    assert login(signed=False, password="wrong", more=[radius.vendor(11344, 1, bytes([127, 0, 0, 1]))]).code == REJECT
    assert not daemon.requests, "neither asked nor reported"
    assert "refused a request of client 127.0.0.1: the request lacks Message-Authenticator" in server.log()


def test_s33_insecure_clients_are_named_and_let_through(daemon, server, settings):
    settings(SETTINGS, 'insecure_clients = "127.0.0.9"', 'insecure_clients = "127.0.1.0/24"')
    status, output = server.check()
    assert status == 0 and output.count("is INSECURE") == 2
    assert "client 127.0.0.9 is INSECURE" in server.log() and "client 127.0.1.0/24 is INSECURE" in server.log()
    assert login(signed=False).code == REJECT
    reply = login(signed=False, source="127.0.0.9")
    assert reply.code == ACCEPT and reply.signed_first
    assert login(signed=False, source="127.0.1.77").code == ACCEPT
    assert daemon.requests[-1]["client"] == "127.0.1.77"


def test_s14_a_name_with_a_nul_is_refused(daemon, server):
    for name in [b"alice\0first=ok", b"alice\0", b"\0alice"]:
        assert login(name).code == REJECT
    assert not daemon.requests and "holds a NUL" in server.log()
    daemon.reply = lambda request: challenge()
    state = login().get(radius.STATE)
    daemon.requests.clear()
    assert login(password=b"1234\x005", state=state).code == REJECT
    assert login(b"alice\0x", "123456", state=state).code == REJECT
    assert not daemon.requests


def test_names_and_passwords_stand_once(daemon):
    assert radius.exchange([(radius.USER_NAME, "alice"), (radius.USER_NAME, "carol")], "pw").code == REJECT
    assert not daemon.requests


# Facts


def test_listed_attributes_arrive_in_hex_and_nothing_else(daemon):
    more = [(radius.NAS_PORT, struct.pack(">I", 7)), (radius.CALLING_STATION_ID, b"203.0.113.9\n\xff"), (4, bytes([192, 0, 2, 1])),
            radius.vendor(9, 1, b"mdm-tlv=device-mac=1"), radius.vendor(9, 1, b"mdm-tlv=device-platform=win"),
            radius.vendor(11344, 1, bytes([127, 0, 0, 1])), (3, bytes(17)), (60, b"chap"), (12, struct.pack(">I", 1400))]
    assert login(password="pw", more=more).code == ACCEPT
    got = attributes(daemon.requests[-1]["attributes"])
    assert sorted(got) == sorted([
        ("NAS-Port", struct.pack(">I", 7)), ("Calling-Station-Id", b"203.0.113.9\n\xff"), ("NAS-IP-Address", bytes([192, 0, 2, 1])),
        ("Cisco-AVPair", b"mdm-tlv=device-mac=1"), ("Cisco-AVPair", b"mdm-tlv=device-platform=win")])
    assert b"pw".hex() not in daemon.requests[-1]["attributes"]


def test_too_many_attributes_are_left_out(daemon):
    assert login(more=[(radius.CALLING_STATION_ID, bytes([index])) for index in range(100)]).code == ACCEPT
    assert len(attributes(daemon.requests[-1]["attributes"])) == 64
    assert login(more=[(radius.CALLING_STATION_ID, b"x" * 253)] * 15).code == ACCEPT
    assert len(daemon.requests[-1]["attributes"]) <= 12288


def test_attributes_that_nobody_knows_are_left_out_of_the_reply(daemon, server):
    daemon.reply = lambda request: {"verdict": "allow", "attributes": "No-Such-Thing:00,Session-Timeout:01,State:41,Class:41,Class:42"}
    reply = login()
    assert reply.code == ACCEPT and [value for kind, value in reply.attributes if kind == radius.CLASS] == [b"A", b"B"]
    assert reply.get(radius.STATE) is None and reply.get(27) is None
    for name in ["No-Such-Thing", "Session-Timeout", "State"]:
        assert f"left out of the reply: stepupd's {name}" in server.log()


# A daemon that is not there


def test_s02_a_daemon_that_is_gone_denies_and_is_recorded(daemon):
    daemon.stop()
    reply, took = timed(lambda: login(more=[(radius.CALLING_STATION_ID, b"203.0.113.9")]))
    assert reply.code == REJECT and reply.signed_first and took < TIMEOUT
    [record] = spooled()
    assert record["op"] == "spool" and record["channel"] == "radius" and record["fallback"] == "deny"
    assert record["user"] == "alice" and record["client"] == "127.0.0.1" and record["reason"] == "connect ENOENT"
    assert ("Calling-Station-Id", b"203.0.113.9") in attributes(record["attributes"])


def test_s02_a_daemon_that_hangs_ends_within_the_timeout(daemon):
    daemon.reply = lambda request: HANG
    reply, took = timed(login)
    assert reply.code == REJECT and TIMEOUT * 0.9 < took < TIMEOUT + 0.5
    assert [record["reason"] for record in spooled()] == ["timeout ETIMEDOUT"]


def test_s02_first_factor_lets_in_once_it_is_recorded(daemon, server, settings):
    settings(SETTINGS, "unavailable = first_factor")
    daemon.stop()
    reply = login()
    assert reply.code == ACCEPT and reply.signed_first
    assert [(record["fallback"], record["user"]) for record in spooled()] == [("ignore", "alice")]
    assert "the first factor alone lets in" in server.log()
    shutil.chown(SPOOL, "root", "root")
    try:
        assert login().code == REJECT, "no record, no login"
    finally:
        shutil.chown(SPOOL, "freerad", "freerad")
    assert login(password="wrong").code == REJECT


def test_s02_a_broken_reply_never_lets_in(daemon, settings):
    settings(SETTINGS, "unavailable = first_factor")
    daemon.reply = lambda request: {"verdict": "allow", "no_such_key": "1"}
    assert login().code == REJECT
    assert [record["fallback"] for record in spooled()] == ["deny"]


def test_s02_an_answer_with_the_daemon_gone_is_denied(daemon, settings):
    settings(SETTINGS, "unavailable = first_factor")
    daemon.reply = lambda request: challenge()
    state = login().get(radius.STATE)
    daemon.stop()
    assert login(password="123456", state=state).code == REJECT
    assert not spooled()


def test_200_waiting_requests_keep_nobody_else_waiting(daemon, server):
    daemon.reply = lambda request: HANG
    done = []

    def wait():
        done.append(timed(lambda: login(seconds=20)))

    crowd = [threading.Thread(target=wait) for _ in range(200)]
    for thread in crowd:
        thread.start()
    took = []
    end = time.monotonic() + 4
    while time.monotonic() < end:
        reply, seconds = timed(lambda: login("plain", port=11900))
        assert reply.code == ACCEPT
        took.append(seconds)
        time.sleep(0.005)
    for thread in crowd:
        thread.join()
    p99 = statistics.quantiles(took, n=100)[98]
    print(f"{len(took)} of others: p50 {statistics.median(took) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, "
          f"longest {max(took) * 1000:.0f} ms; of ours the longest {max(seconds for _, seconds in done):.2f} s")
    assert p99 < 0.050
    assert len(done) == 200 and all(reply.code == REJECT for reply, _ in done)
    assert len(spooled()) == 200
    assert server.log().count("stepupd does not answer: until it does") >= 1
    daemon.reply = recorded
    rig.wait_until(lambda: login().code == ACCEPT, "a probe closes the breaker", seconds=TIMEOUT + 2)
    assert "stepupd answers again" in server.log()
    assert all(login().code == ACCEPT for _ in range(20))


# Several instances, new settings


FIRST_FACTOR_AND_OTHER = """
			pap {
				ok = 1
			}
			if (ok) {
				other
			}
"""


def test_two_instances_keep_to_their_own_settings(daemon, server, settings):
    site = (RADDB / "sites-available/stepup").read_text()
    second = site.replace("server stepup", "server other").replace("11812", "11912").replace("11813", "11913")
    second = second.replace("\tstepup\n", "\tother\n").replace("\t\t\tstepup_pap\n", FIRST_FACTOR_AND_OTHER)
    (RADDB / "sites-enabled/other").write_text(second)
    try:
        with FakeDaemon("/run/fake-stepupd/other.sock") as other:
            settings(f"stepup {{\n{SETTINGS}\n}}\nstepup other {{\nsocket = /run/fake-stepupd/other.sock\n"
                     'service = "wifi"\nunavailable = first_factor\n}')
            other.reply = lambda request: challenge() if request["op"] == "begin" else {"verdict": "allow"}
            assert login().code == ACCEPT and login(port=11912).code == CHALLENGE
            assert [request["service"] for request in daemon.requests] == ["stepup"]
            assert [request["service"] for request in other.requests] == ["wifi"]
            assert login(password="1", state=login(port=11912).get(radius.STATE), port=11912).code == ACCEPT
            other.stop()
            daemon.stop()
            assert login(port=11912).code == ACCEPT and login().code == REJECT
            daemon.start()
    finally:
        (RADDB / "sites-enabled/other").unlink()


def test_hup_takes_new_settings_and_keeps_logins_going(daemon, server, settings):
    settings(SETTINGS)
    time.sleep(3.1)  # the server ignores a HUP right after it read a module
    codes = []
    stop = threading.Event()

    def keep_going():
        while not stop.is_set():
            codes.append(login().code)

    busy = threading.Thread(target=keep_going)
    busy.start()
    server.module(SETTINGS, 'service = "renamed"')
    server.hang_up()
    rig.wait_until(lambda: daemon.requests and daemon.requests[-1]["service"] == "renamed", "the new settings are there")
    stop.set()
    busy.join()
    assert set(codes) == {ACCEPT}
    time.sleep(6.1)  # nor one within five seconds of another
    server.module(SETTINGS, "unavailable = perhaps")
    server.hang_up()
    rig.wait_until(lambda: "`unavailable` must be deny or first_factor" in server.log(), "the mistake is named")
    assert login().code == ACCEPT and daemon.requests[-1]["service"] == "renamed", "and the old settings stay"


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
def test_settings_that_cannot_be_are_named(server, daemon, setting, says):
    server.module(setting)
    try:
        status, output = server.check()
        assert status != 0 and says in output
    finally:
        server.module(SETTINGS)


def test_without_the_dictionary_it_says_which_line_is_missing(server, daemon):
    server.edit("dictionary", lambda text: text.replace("$INCLUDE dictionary.stepup", "#no"))
    try:
        status, output = server.check()
        assert status != 0 and "add the line `$INCLUDE dictionary.stepup` to" in output
    finally:
        server.edit("dictionary", lambda text: text.replace("#no", "$INCLUDE dictionary.stepup"))


# Accounting


def account(status, klass=b"stepup:01J0000000000000000000000A", **options):
    return radius.exchange([(radius.USER_NAME, b"alice"), (radius.ACCT_STATUS_TYPE, struct.pack(">I", status)),
                            (radius.ACCT_SESSION_ID, b"s1"), (radius.NAS_IDENTIFIER, b"vpn1"), (radius.CLASS, b"other"),
                            (radius.CLASS, klass)], code=ACCOUNTING, port=11813, **options)


def test_s20_sessions_are_reported(daemon):
    for status, event in [(1, "session_opened"), (3, "session_alive"), (2, "session_closed")]:
        assert account(status).code == ACCOUNTING_RESPONSE
        report = daemon.requests[-1]
        assert report["op"] == "report" and report["event"] == event and report["user"] == "alice"
        assert report["attempt"] == "01J0000000000000000000000A"
        got = dict(attributes(report["attributes"]))
        assert got["Acct-Session-Id"] == b"s1" and got["NAS-Identifier"] == b"vpn1"
        assert got["Acct-Status-Type"] == struct.pack(">I", status)
    assert account(1, klass=b"stepup:../../etc/passwd.........").code == ACCOUNTING_RESPONSE
    assert "attempt" not in daemon.requests[-1]


def test_s20_a_report_that_is_not_taken_is_sent_again(daemon):
    daemon.stop()
    assert account(1, seconds=0.7) is None
    daemon.start()
    assert account(1).code == ACCOUNTING_RESPONSE
    daemon.requests.clear()
    assert account(7).code == ACCOUNTING_RESPONSE and not daemon.requests, "Accounting-On is nobody's session"


# A code in the password


def split_at(length):
    def reply(request):
        if request.get("phase") == "split":
            return {"verdict": "ignore", "code": "split", "split": f"0,{length}"}
        return recorded(request)
    return reply


def test_append_keeps_and_splits(daemon, server, settings):
    settings(SETTINGS, "append = yes")
    assert login().code == ACCEPT
    asked, begin = daemon.requests
    assert asked["phase"] == "split" and asked["answer"] == "pw" and asked["first_factor"] == "radius"
    assert begin["phase"] == "auth" and "answer" not in begin
    daemon.requests.clear()
    daemon.reply = split_at(2)
    assert login(password="pw123456").code == ACCEPT
    asked, begin = daemon.requests
    assert asked["answer"] == begin["answer"] == "pw123456" and begin["phase"] == "auth"
    assert login(password="px123456").code == REJECT, "the first factor judges what is left"
    assert [request["event"] for request in daemon.of("report")] == ["first_factor_failed"]
    daemon.reply = split_at(200)
    assert login(password="pw123456").code == REJECT, "a range beyond the field"
    assert "does not fit" in server.log() and "pw123456" not in server.log()


def test_append_without_the_daemon_leaves_the_field_alone(daemon, settings):
    settings(SETTINGS, "append = yes", "unavailable = first_factor")
    daemon.reply = lambda request: CLOSE
    assert login().code == ACCEPT
    assert login(password="pw123456").code == REJECT


def test_an_answer_is_never_split(daemon, settings):
    settings(SETTINGS, "append = yes")
    daemon.reply = lambda request: challenge() if request.get("phase") == "auth" else recorded(request)
    state = login().get(radius.STATE)
    daemon.requests.clear()
    assert login(password="123456", state=state).code == ACCEPT
    assert [request["op"] for request in daemon.requests] == ["answer"]


# Debian's own sites, with the lines that Docs/Radius.md says


def test_debians_default_site_with_our_lines(daemon):
    daemon.reply = lambda request: challenge() if request.get("phase") == "auth" else recorded(request)
    reply = login("carol", port=1812)
    assert reply.code == CHALLENGE and reply.signed_first
    accepted = login("carol", "123456", state=reply.get(radius.STATE), port=1812)
    assert accepted.code == ACCEPT and accepted.signed_first and accepted.get(radius.REPLY_MESSAGE) == b"welcome"
    rejected = login(password="wrong", port=1812)
    assert rejected.code == REJECT and rejected.signed_first
    assert daemon.requests[-1]["event"] == "first_factor_failed"
    assert login(signed=False, port=1812).code == REJECT
    opened = radius.exchange([(radius.USER_NAME, b"alice"), (radius.ACCT_STATUS_TYPE, struct.pack(">I", 1)),
                              (radius.ACCT_SESSION_ID, b"s1")], code=ACCOUNTING, port=1813)
    assert opened.code == ACCOUNTING_RESPONSE and daemon.requests[-1]["event"] == "session_opened"


EAP = {"TTLS/PAP": ("TTLS", "auth=PAP"), "TTLS/GTC": ("TTLS", "autheap=GTC"), "PEAP/GTC": ("PEAP", "auth=GTC")}


def eap(method, password, folder):
    """eapol_test through the default site's EAP; whether it was let in."""
    outer, inner = EAP[method]
    config = folder / "eap.conf"
    config.write_text(f'network={{\n key_mgmt=IEEE8021X\n eap={outer}\n identity="alice"\n anonymous_identity="anon"\n'
                      f' password="{password}"\n phase2="{inner}"\n}}\n')
    result = subprocess.run(["eapol_test", "-c", config, "-a", "127.0.0.1", "-p", "1812", "-s", "testing123", "-r0", "-t", "8",
                             "-M", "02:00:00:00:00:01"], capture_output=True, text=True)
    return result.stdout.rstrip().endswith("SUCCESS")


@pytest.mark.skipif(not shutil.which("eapol_test"), reason="eapoltest is not installed")
@pytest.mark.parametrize("method", EAP)
def test_password_and_code_within_eap(daemon, settings, tmp_path, method):
    settings(SETTINGS, "append = yes")
    daemon.reply = split_at(2)
    assert eap(method, "pw123456", tmp_path)
    [asked] = daemon.of("begin", phase="split")
    [begin] = daemon.of("begin", phase="auth")
    assert asked["user"] == begin["user"] == "alice" and asked["answer"] == begin["answer"] == "pw123456"
    facts = attributes(begin["attributes"])
    assert ("Calling-Station-Id", b"02-00-00-00-00-01") in facts, "from the outer request"
    assert ("FreeRADIUS-Proxied-To", bytes([127, 0, 0, 1])) in facts and "EAP-Type" in dict(facts)
    assert begin["client"] == "127.0.0.1" and not daemon.of("report")
    daemon.requests.clear()
    assert not eap(method, "px123456", tmp_path)
    assert [report["user"] for report in daemon.of("report")] == ["alice"], "once, about who it was"
    daemon.requests.clear()
    daemon.reply = lambda request: challenge() if request.get("phase") == "auth" else recorded(request)
    assert not eap(method, "pw", tmp_path), "nobody can be asked in there"
    assert daemon.of("begin", phase="auth") and not daemon.of("report")
