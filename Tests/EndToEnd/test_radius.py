"""VPN logins through the real FreeRADIUS: the same daemon, the same ledger, the same person."""

import signal
import time

import pytest
import radius
import radius_rig
import rig
from invariants import hold

NAS = """
[radius]
realms = ["corp.example"]
[[radius.realm]]
name = "old.example"
challenge = false
append = "prefix"
separator = ","
[[radius.nas]]
name = "vpn"
clients = ["127.0.0.0/24"]
address = "Calling-Station-Id"
[[radius.nas]]
name = "old"
clients = ["127.0.1.0/24"]
address = "Calling-Station-Id"
challenge = false
append = "suffix"
"""
HOME, AWAY = "192.0.2.10", "198.51.100.7"


@pytest.fixture(scope="module")
def servers(machine):
    """Two servers of one host, as a NAS is told to ask; at 127.0.1.0/24 are clients that cannot ask."""
    machine.fresh(config=radius_rig.CONFIG + NAS)
    settings = {"service": '"vpn"'}
    both = [radius_rig.Server("first", port=2812, settings=settings), radius_rig.Server("second", port=2912, settings=dict(settings))]
    for server in both:
        server.start()
    yield both
    for server in both:
        server.stop()


@pytest.fixture
def vpn(servers, host):
    """A NAS, a new ledger, and alice's phone."""
    host.fresh(config=radius_rig.CONFIG + NAS)
    for server in servers:
        if server.process is None or server.process.poll() is not None:
            server.start()
    nas = servers[0].nas("127.0.0.5", timeout=8)
    yield nas
    nas.close()


def session(number=1, station=HOME):
    return {"NAS_Port": number, "Calling_Station_Id": station, "Acct_Session_Id": f"session-{number}"}


def login(nas, server, user="alice", **attributes):
    return nas.login(user, server.password("alice"), **{**session(), **attributes})


def test_a_vpn_login_is_asked_answered_and_joined_to_its_session(servers, vpn, host):
    token = host.enrol("alice")
    prompt = login(vpn, servers[0])
    assert prompt.code == radius.CHALLENGE and prompt.text == "Enter code: ", prompt
    assert len(prompt["State"]) <= 64 and prompt["Prompt"] == bytes(4), "No-Echo"
    reply = vpn.answer(prompt, token.fresh(), **session())
    assert reply.code == radius.ACCEPT
    assert vpn.account("Start", Class=reply["Class"], **session()).code == radius.ACCOUNTED
    assert vpn.account("Interim-Update", Class=reply["Class"], **session()).code == radius.ACCOUNTED
    assert vpn.account("Stop", Class=reply["Class"], **session()).code == radius.ACCOUNTED
    story = host.attempt()
    assert [event.code for event in story] == ["SU1001", "SU1002", "SU1003", "SU1004", "SU1005", "SU1006"]
    attempt = story[0].data["attempt"]
    assert attempt["channel"] == "radius" and attempt["service"] == "vpn" and attempt["source"] == {"known": HOME}
    assert attempt["evidence"]["nas_profile"] == "vpn" and attempt["evidence"]["client"] == "127.0.0.5"
    # The address is known now: from there nothing is asked, from elsewhere it is.
    quiet = login(vpn, servers[0], **session(2))
    assert quiet.code == radius.ACCEPT and host.outcome() == "allowed"
    assert login(vpn, servers[0], **session(3, AWAY)).code == radius.CHALLENGE
    hold(host)


def test_a_wrong_code_is_asked_again_three_times_and_then_refused(servers, vpn, host):
    token = host.enrol("alice")
    reply = login(vpn, servers[0])
    for number in range(2):
        reply = vpn.answer(reply, token.wrong(number), **session())
        assert reply.code == radius.CHALLENGE and reply.text == "Wrong code. Enter code: "
    assert vpn.answer(reply, token.wrong(2), **session()).code == radius.REJECT
    assert host.outcome() == "denied"
    assert not host.events("--code", "SU1008"), "our own refusal is no failed first factor"


def test_a_wrong_password_asks_nothing_and_is_reported(servers, vpn, host):
    host.enrol("alice")
    for user in ("alice", "nobody-of-that-name"):
        reply = vpn.login(user, "wrong", **session())
        assert reply.code == radius.REJECT and "State" not in reply
    failures = host.events("--code", "SU1008")
    assert [event.account for event in failures] == ["alice", None]
    assert failures[0].data["source"] == {"known": HOME} and not host.events("--code", "SU1001")


def test_s15_the_same_answer_gets_the_same_reply_from_either_server_and_another_one_is_denied(servers, vpn, host):
    token = host.enrol("alice")
    prompt = login(vpn, servers[0])
    packet = vpn.answer_packet(prompt, token.fresh(), **session())
    first = vpn.send(packet)
    again = [vpn.send(packet), vpn.send(packet.again()), vpn.send(packet.again(), port=servers[1].port)]
    assert [reply.code for reply in [first, *again]] == [radius.ACCEPT] * 4
    assert {reply["Class"] for reply in [first, *again]} == {first["Class"]}
    assert vpn.answer(prompt, token.wrong(), **session()).code == radius.REJECT
    assert len(host.events("--code", "SU1003")) == 1 and len(host.events("--code", "SU1004")) == 1
    hold(host)


def test_s15_a_login_that_is_sent_again_makes_no_second_decision(servers, vpn, host):
    token = host.enrol("alice")
    packet = vpn.login_packet("alice", servers[0].password("alice"), **session())
    first = vpn.send(packet)
    second = vpn.send(packet.again(), port=servers[1].port)
    assert first.code == second.code == radius.CHALLENGE and len(host.events("--code", "SU1001")) == 1
    assert vpn.answer(second, token.fresh(), **session()).code == radius.ACCEPT


def test_s15_a_state_is_good_for_its_user_its_client_and_its_caller_alone(servers, vpn, host):
    token = host.enrol("alice")
    host.enrol("bob")
    prompt = login(vpn, servers[0])
    other = servers[0].nas("127.0.0.6")
    code = token.fresh()
    assert vpn.answer(prompt, code, user="bob", **session()).code == radius.REJECT
    assert other.answer(prompt, code, **session()).code == radius.REJECT
    assert vpn.answer(prompt, code, **session(1, AWAY)).code == radius.REJECT
    broken = bytearray(prompt["State"])
    broken[-1] ^= 1
    assert vpn.answer(prompt, code, **session(), State=bytes(broken)).code == radius.REJECT
    assert not host.events("--code", "SU1003")
    assert vpn.answer(prompt, code, **session()).code == radius.ACCEPT, "none of that spoiled it"
    other.close()


def test_a_challenge_survives_the_end_of_radiusd_and_of_stepupd(servers, vpn, host):
    token = host.enrol("alice")
    prompt = login(vpn, servers[0])
    servers[0].kill()
    host.kill()
    host.start()
    reply = vpn.send(vpn.answer_packet(prompt, token.fresh(), **session()), port=servers[1].port)
    assert reply.code == radius.ACCEPT
    hold(host)


def test_s02_while_the_daemon_is_gone_or_hangs_logins_end_in_time_and_are_recorded_later(servers, vpn, host):
    host.enrol("alice")
    for away in (lambda: host.signal(signal.SIGSTOP), host.stop):
        away()
        start = time.monotonic()
        assert login(vpn, servers[0], **session(9)).code == radius.REJECT
        assert time.monotonic() - start < 4
        if host.daemon:
            host.signal(signal.SIGCONT)
    host.start()
    rig.wait_until(lambda: len(host.events("--code", "SU1010")) == 2, "the fallbacks become events")
    fallback = host.latest("SU1010")
    assert fallback.account == "alice" and fallback.data["fallback"] == "deny" and fallback.data["report"]["source"] == {"known": HOME}


def test_s09_a_realm_that_is_ours_is_the_same_person_and_another_one_is_nobody(servers, vpn, host):
    token = host.enrol("alice")
    for server in servers:
        server.users["alice@corp.example"] = server.users["alice@evil.example"] = server.password("alice")
        server.write()
        server.start()
    prompt = vpn.login("alice@corp.example", servers[0].password("alice"), **session())
    assert vpn.answer(prompt, token.fresh(), user="alice@corp.example", **session()).code == radius.ACCEPT
    assert host.latest("SU1001").account == "alice"
    assert vpn.login("alice@evil.example", servers[0].password("alice"), **session(2)).code == radius.REJECT
    assert host.latest("SU1001").account is None


def test_a_client_that_cannot_ask_takes_the_code_behind_the_password(servers, vpn, host):
    token = host.enrol("alice")
    for server in servers:
        server.settings["append"] = "yes"
        server.write()
        server.start()
    old = servers[0].nas("127.0.1.7")
    password = servers[0].password("alice")
    told = old.login("alice", password, **session())
    assert told.code == radius.REJECT and told.text == "Log in again with the code behind your password"
    assert not host.events("--code", "SU1008"), "the password was right"
    code = token.fresh()
    packet = old.login_packet("alice", password + code, **session(2))
    assert old.send(packet).code == radius.ACCEPT
    assert old.send(packet.again(), port=servers[1].port).code == radius.ACCEPT, "the same request"
    assert old.login("alice", password + code, **session(3)).code == radius.REJECT, "a replay"
    assert old.login("alice", "wrong" + token.fresh(), **session(4)).code == radius.REJECT
    assert [event.data["result"] for event in host.events("--code", "SU1003")] == ["accepted", "replayed"]
    hold(host)
    old.close()


def test_a_realm_whose_people_cannot_be_asked_take_the_code_before_the_password(servers, vpn, host):
    token = host.enrol("alice")
    server, user = servers[0], "alice@old.example"
    password = server.users[user] = server.password("alice")
    server.settings["append"] = "yes"
    server.write()
    server.start()
    assert vpn.login(user, password, **session()).text == "Log in again with the code behind your password"
    code = token.fresh()
    assert vpn.login(user, f"{code},{password}", **session(2)).code == radius.ACCEPT
    assert vpn.login(user, f"{code},{password}", **session(3)).code == radius.REJECT, "a replay"
    assert [event.data["result"] for event in host.events("--code", "SU1003")] == ["accepted", "replayed"]
    assert vpn.login("alice", password, **session(4)).code == radius.CHALLENGE, "the same client can ask others"
    assert {event.account for event in host.events("--code", "SU1001")} == {"alice"}
    hold(host)


def test_failures_over_vpn_make_the_next_ssh_login_ask(servers, vpn, host):
    host.fresh(
        'version = 1\n[[rule]]\nname = "guessing"\nsignal = "fails_recent"\nat_least = 3\nwithin = "15m"\nrequire = "otp"\n',
        config=radius_rig.CONFIG + NAS)
    token = host.enrol("alice")
    quiet = host.ssh("alice")
    assert quiet.ok and not quiet.prompts
    for number in range(3):
        assert vpn.login("alice", "guess", **session(number, AWAY)).code == radius.REJECT
    asked = host.ssh("alice", [token.fresh])
    assert asked.ok and len(asked.prompts) == 1 and host.rule("guessing")["result"] == "fired"
