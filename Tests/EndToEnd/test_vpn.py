"""The real ocserv and openconnect, from another network: what a person sees, whether traffic passes, and what the ledger says."""

import sys
from pathlib import Path

import pytest
import radius_rig
import rig

sys.path.insert(0, str(rig.ROOT / "Packaging/demo"))
import vpn as vpn_rig  # noqa: E402

# ocserv's library, radcli, sends no Message-Authenticator as Debian 12 has it.
SETTINGS = {"service": '"vpn"', "insecure_clients": '"127.0.0.1"'}
CONFIG = radius_rig.CONFIG + radius_rig.GATEWAY
BURST = rig.NEW_ADDRESS + """
[[rule]]
name = "after-failures"
signal = "fails_recent"
at_least = 3
within = "15m"
require = "otp"
"""
PASSWORD = "password of alice"
PASSWORD_PROMPT, CODE_PROMPT = "Please enter your password.", "Enter code:"
HOME, AWAY = vpn_rig.PLACES[:2]


@pytest.fixture(scope="module")
def server(machine):
    server = radius_rig.Server("vpn", settings=SETTINGS)
    machine.fresh(config=CONFIG)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ocserv(server):
    vpn = vpn_rig.Vpn(radius_port=server.port).start()
    yield vpn
    vpn.stop()


@pytest.fixture
def vpn(host, ocserv):
    """The VPN with a new ledger."""
    host.fresh(config=CONFIG)
    return ocserv


def sessions(host):
    return [event.code for event in host.events() if event.code in ("SU1005", "SU1006")]


def test_where_nothing_is_asked_the_password_alone_brings_the_tunnel_up(vpn, host):
    host.fresh(rig.ASK_NEVER, CONFIG)
    with vpn.connect("alice", PASSWORD) as tunnel:
        assert tunnel.up and tunnel.prompts == [PASSWORD_PROMPT] and tunnel.ping()


def test_from_a_new_place_a_code_is_asked_and_traffic_passes(vpn, host):
    token = host.enrol("alice")
    with vpn.connect("alice", PASSWORD, [token.fresh]) as tunnel:
        assert tunnel.up and tunnel.prompts == [PASSWORD_PROMPT, CODE_PROMPT] and tunnel.ping()
    assert host.outcome() == "allowed"
    seen = host.latest("SU1001").data
    assert HOME in str(seen), "the person's address, not the VPN server's"
    rig.wait_until(lambda: sessions(host) == ["SU1005", "SU1006"], "the session opened and closed")


def test_the_usual_place_is_left_alone_and_another_is_not(vpn, host):
    token = host.enrol("alice")
    vpn.connect("alice", PASSWORD, [token.fresh]).close()
    rig.wait_until(lambda: "SU1005" in sessions(host), "the session opened")
    with vpn.connect("alice", PASSWORD) as tunnel:
        assert tunnel.up and tunnel.prompts == [PASSWORD_PROMPT] and tunnel.ping()
    with vpn.connect("alice", PASSWORD, [token.fresh], source=AWAY) as tunnel:
        assert tunnel.up and tunnel.prompts == [PASSWORD_PROMPT, CODE_PROMPT]


def test_a_wrong_code_then_the_right_one_is_in_and_three_wrong_ones_are_out(vpn, host):
    token = host.enrol("alice")
    with vpn.connect("alice", PASSWORD, [token.wrong(), token.fresh]) as tunnel:
        assert tunnel.up and tunnel.prompts[2] == f"Wrong code. {CODE_PROMPT}"
    with vpn.connect("alice", PASSWORD, [token.wrong(number) for number in range(3)], source=AWAY) as tunnel:
        assert not tunnel.up and len(tunnel.prompts) == 4
        assert tunnel.text.endswith("Failed to complete authentication")
    assert host.outcome() == "denied"


def test_a_wrong_password_is_never_asked_for_a_code(vpn, host):
    host.enrol("alice")
    tunnel = vpn.connect("alice", "wrong", ["wrong too", "and again"])
    assert not tunnel.up and tunnel.prompts == [PASSWORD_PROMPT] * 3 and "Login failed." in tunnel.text
    assert len([event for event in host.events() if event.code == "SU1008"]) == 3
    assert host.latest("SU1001") is None


def test_failures_over_the_vpn_make_the_next_ssh_login_ask(vpn, host):
    host.fresh(BURST, CONFIG)
    token = host.enrol("alice")
    host.known("alice", token)
    assert host.ssh("alice").prompts == []
    vpn.connect("alice", "wrong", ["wrong too", "and again"])
    login = host.ssh("alice", [token.fresh])
    assert login.ok and len(login.prompts) == 1
    assert host.rule("after-failures")["result"] == "fired"


def test_without_the_daemon_nobody_gets_in(vpn, host):
    host.stop()
    tunnel = vpn.connect("alice", PASSWORD)
    assert not tunnel.up and tunnel.prompts == [PASSWORD_PROMPT] * 2 and "Login failed." in tunnel.text


def test_by_pam_the_same_questions_are_asked(server, vpn, host):
    token = host.enrol("alice")
    Path("/etc/pam.d/ocserv").write_text(vpn_rig.PAM)
    other = vpn_rig.Vpn(auth="pam")
    vpn.stop()
    other.start()
    try:
        with other.connect("alice", PASSWORD, [token.fresh]) as tunnel:
            assert tunnel.up and tunnel.prompts == [PASSWORD_PROMPT, "Verification code:"] and tunnel.ping()
        assert host.events("--code", "SU1001")[0].data["decision"]["basis"] == "required"
        assert not other.connect("alice", "wrong").up
        assert host.latest("SU1008")
        host.fresh(rig.ASK_NEVER, CONFIG)
        with other.connect("alice", PASSWORD) as tunnel:
            assert tunnel.up and tunnel.prompts == [PASSWORD_PROMPT]
    finally:
        other.stop()
        vpn.start()


def test_a_state_has_no_nul_for_ocserv_takes_it_for_a_string(server, host):
    """ocserv 1.1.6 sends back what stands before the first NUL: a fifth of random States would be refused."""
    host.fresh(rig.ASK_ALWAYS, CONFIG)
    host.enrol("alice")
    nas = server.nas()
    try:
        states = [nas.login("alice", PASSWORD)["State"] for _ in range(40)]
        assert [state for state in states if b"\0" in state] == [] and len(set(states)) == 40
    finally:
        nas.close()
