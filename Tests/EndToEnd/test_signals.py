"""Signals about what an account did before, over a real sshd: what is open, what is new, what failed, what was long ago."""

import subprocess

import rig


def policy(signal, more="", require="otp"):
    return f'version = 1\n[[rule]]\nname = "rule"\nsignal = "{signal}"\nrequire = "{require}"\n{more}\n'


def test_a_session_that_is_open_from_another_network_asks_until_it_ends(host):
    host.fresh(policy("concurrent"))
    token = host.enrol("alice")
    first = subprocess.Popen(host.ssh_command("alice", source="127.0.0.5", command="echo in; cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "in\n"
    rig.wait_until(lambda: host.latest("SU1005"), "its session is recorded")
    assert host.ssh("alice", source="127.0.0.6").prompts == [], "the same network"
    asked = host.ssh("alice", [token.fresh], source="127.9.0.5")
    assert asked.ok and len(asked.prompts) == 1
    assert host.rule("rule")["operands"] == {"network": "127.9.0.0/24", "other": "127.0.0.0/24"}
    assert "because a session of the account is open from 127.0.0.0/24, and this comes from 127.9.0.0/24;" in rig.run("stepupctl", "explain", "--last").stdout
    first.stdin.close()
    first.wait(10)
    rig.wait_until(lambda: len(host.events("--code", "SU1006")) == 3, "all sessions are closed")
    assert host.ssh("alice", source="127.9.0.5").prompts == []


def test_a_token_of_today_asks(host):
    host.fresh(policy("cred_fresh", 'within = "24h"'))
    assert host.ssh("alice").prompts == [], "no token, nothing fresh"
    token = host.enrol("alice")
    login = host.ssh("alice", [token.fresh])
    assert login.ok and len(login.prompts) == 1


def test_who_never_came_is_dormant_and_who_came_is_not(host):
    host.fresh(policy("dormant", 'after = "30d"'))
    token = host.enrol("alice")
    assert len(host.ssh("alice", [token.fresh]).prompts) == 1
    rig.wait_until(lambda: host.latest("SU1005"), "the session is recorded")
    assert host.ssh("alice").prompts == []
    assert host.rule("rule")["result"] == "quiet"


def test_failures_since_the_last_login_ask_however_long_ago(host):
    host.fresh(policy("fail_then_ok", "at_least = 2"))
    token = host.enrol("alice")
    assert host.ssh("alice").prompts == []
    service = host.service("failing", "auth required pam_stepup.so first_factor=failed")
    for _ in range(2):
        host.pam(service, operations=("authenticate",))
    login = host.ssh("alice", [token.fresh])
    assert login.ok and len(login.prompts) == 1 and host.rule("rule")["operands"] == {"failures": 2, "at_least": 2}
    rig.wait_until(lambda: len(host.events("--code", "SU1005")) == 2, "its session is recorded")
    assert host.ssh("alice").prompts == []


def test_of_a_new_account_no_hour_is_usual_yet(host):
    host.fresh(policy("hour_rare", 'zone = "Europe/Zurich"\non_unknown = "skip"'))
    host.enrol("alice")
    assert host.ssh("alice").prompts == []
    assert host.rule("rule")["result"] == "skipped_unknown" and host.rule("rule")["reason"] == "0 logins are too few"
