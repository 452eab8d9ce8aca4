"""Logins through the real sshd, with the shipped drop-in and stack."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import rig


def test_a_new_address_is_asked_and_the_right_code_lets_in(host, alice):
    login = host.ssh("alice", [alice.fresh])
    assert login.ok and login.output == "in"
    assert "Verification code" in login.prompts[0]
    assert host.outcome() == "allowed"
    codes = [event.code for event in host.attempt()]
    assert codes[:4] == ["SU1001", "SU1002", "SU1003", "SU1004"]


def test_a_known_address_is_left_alone(host, alice):
    host.known("alice", alice)
    login = host.ssh("alice")
    assert login.ok and login.prompts == []
    assert host.decision()["basis"] == "not_required"


def test_a_code_is_good_once(host, alice):
    code = alice.fresh()
    assert host.ssh("alice", [code]).ok
    login = host.ssh("alice", [code, code, code], source="127.0.0.2")
    assert not login.ok
    results = [event.data["result"] for event in host.attempt() if event.code == "SU1003"]
    assert results == ["replayed", "repeated", "repeated"]
    assert host.outcome() == "denied"


def test_three_wrong_codes_end_the_conversation(host, alice):
    login = host.ssh("alice", [alice.wrong(), alice.wrong(1), alice.wrong(2), "not reached"])
    assert not login.ok and len(login.prompts) == 3
    assert host.latest("SU1004").data["reason"] == "max_tries"
    assert "maximum number of retries" in Path("/var/log/sshd.log").read_text()


def test_a_wrong_code_then_the_right_one_lets_in(host, alice):
    assert host.ssh("alice", [alice.wrong(), "", alice.fresh]).ok
    results = [event.data["result"] for event in host.attempt() if event.code == "SU1003"]
    assert results == ["wrong", "malformed", "accepted"]


def test_sessions_are_recorded_and_a_login_is_what_opened_one(host, alice):
    host.known("alice", alice)
    events = host.attempt()
    rig.wait_until(lambda: [e.code for e in host.attempt()][-2:] == ["SU1005", "SU1006"], "session events")
    assert events[0].attempt == host.latest("SU1005").attempt


def test_a_person_cannot_write_another_attempt_into_the_session(host, alice):
    """pam_env reads ~/.pam_environment where user_readenv=1, as in Debian's sshd stack."""
    foreign = host.ssh("bob", ["1", "2", "3"]) and host.latest("SU1001").attempt
    environment = Path("/home/alice/.pam_environment")
    environment.write_text(f"STEPUP_ATTEMPT DEFAULT={foreign}\n")
    try:
        host.known("alice", alice)
        rig.wait_until(lambda: host.latest("SU1006"), "the session's end")
        own = host.latest("SU1001").attempt
        assert host.latest("SU1005").attempt == own and host.latest("SU1006").attempt == own
        assert not host.ssh("alice").prompts, "the login counted and taught"
    finally:
        environment.unlink()


def test_a_person_who_leaves_at_the_prompt_is_recorded(host, alice):
    host.stop()
    rig.CONFIG.write_text('host = "trading1"\n[challenge]\nexpires = "10s"\n')
    host.start()
    login = host.ssh("alice", [])
    assert len(login.prompts) == 1, login
    # sshd tells PAM nothing of a client that went; the daemon ends the attempt when its time is over.
    end = time.monotonic() + 60
    while host.outcome() is None and time.monotonic() < end:
        time.sleep(0.5)
    assert host.outcome() == "abandoned", (host.events(), host.daemon_log()[-1000:])


def test_a_grace_lets_parallel_logins_of_the_same_key_and_address_through(host, alice):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS.replace("version = 1", 'version = 1\ngrace = "2m"'))
    assert host.ssh("alice", [alice.fresh]).ok
    with ThreadPoolExecutor(8) as pool:
        logins = list(pool.map(lambda _: host.ssh("alice"), range(8)))
    assert all(login.ok and not login.prompts for login in logins)
    assert host.decision()["basis"] == "grace"
    assert host.ssh("alice", source="127.0.0.2").prompts, "S06: another address is asked"
    host.add_key("alice", "alice-second")
    assert host.ssh("alice", key="alice-second").prompts, "S06: another key is asked"


def test_s01_without_a_proved_key_nobody_gets_a_prompt(host, alice):
    config = Path("/etc/ssh/sshd_config.d/10-no-key.conf")
    config.write_text("AuthenticationMethods keyboard-interactive:pam\n")
    try:
        host.start_sshd()
        login = host.ssh("alice", [alice.fresh], options=("-o", "PubkeyAuthentication=no"))
        assert not login.ok and login.prompts == []
        assert host.decision()["basis"] == "first_factor"
    finally:
        config.unlink()
        host.start_sshd()


def test_s03_a_key_alone_does_not_go_round_the_question(host, alice):
    config = Path("/etc/ssh/sshd_config.d/10-key-only.conf")
    config.write_text("AuthenticationMethods publickey\n")
    try:
        host.start_sshd()
        login = host.ssh("alice")
        assert not login.ok and login.prompts == []
        assert host.decision()["basis"] == "step_up_skipped"
        assert host.outcome() == "denied"
    finally:
        config.unlink()
        host.start_sshd()


def test_s04_automation_passes_in_batch_mode_by_exemption_alone(host):
    batch = ("-o", "BatchMode=yes")
    assert not host.ssh("deploy", options=batch).ok
    rig.run("stepupctl", "exempt", "add", "deploy", "--service", "sshd", "--source", "127.0.0.1", "--owner", "carol",
            "--reason", "nightly", "--expires", "1d")
    assert host.ssh("deploy", options=batch).ok
    assert host.decision()["basis"] == "exemption"
    assert not host.ssh("deploy", options=batch, source="127.0.0.2").ok, "S05: the exemption names a network"
    exemption = host.latest("SU3003").data["exemption"]["id"]
    rig.run("stepupctl", "exempt", "revoke", exemption)
    assert not host.ssh("deploy", options=batch).ok
    assert host.latest("SU3003").data["exemption"]["owner"] == "carol"


def test_s04_root_by_key_neither_kills_sshd_nor_goes_round_the_policy(host):
    host.add_key("root", "root")
    login = host.ssh("root")
    assert not login.ok and host.decision()["basis"] == "step_up_skipped"
    rig.run("stepupctl", "exempt", "add", "root", "--service", "sshd", "--source", "127.0.0.1", "--owner", "carol",
            "--reason", "break glass", "--expires", "1h")
    assert host.ssh("root").ok
    assert "fatal" not in Path("/var/log/sshd.log").read_text()


def test_s10_a_user_without_a_token_sees_the_same_prompt_and_never_passes(host):
    login = host.ssh("bob", ["123456", "654321", "111222"])
    assert not login.ok and len(login.prompts) == 3
    assert "Verification code" in login.prompts[0]
    assert {e.data["result"] for e in host.attempt() if e.code == "SU1003"} == {"no_token"}


def test_s10_an_unknown_user_gets_no_prompt(host):
    login = host.ssh("nobody-here", key="alice")
    assert not login.ok and login.prompts == []


def test_s13_further_channels_of_a_master_connection_call_no_pam(host, alice):
    """Documented in Docs/ThreatModel.md; a host that must not have it sets MaxSessions 1."""
    host.known("alice", alice)
    before = len(host.events("--code", "SU1001"))
    path = "/root/master"
    options = host.ssh_command("alice", command=None)[1:-1]
    master = subprocess.Popen(["ssh", *options, "-M", "-S", path, "-N", "alice@127.0.0.1"])
    try:
        rig.wait_until(lambda: os.path.exists(path), "the master is up")
        rig.run("ssh", *options, "-S", path, "alice@127.0.0.1", "true")
        assert len(host.events("--code", "SU1001")) == before + 1
    finally:
        master.terminate()
        master.wait()


def test_s19_parallel_logins_do_not_evade_velocity(host):
    rig.run("stepupctl", "policy", "load", "-", input=rig.FAST)
    with ThreadPoolExecutor(10) as pool:
        logins = list(pool.map(lambda _: host.ssh("alice"), range(10)))
    assert sum(login.ok for login in logins) == 5
    assert sum(bool(login.prompts) for login in logins) == 5


def test_s02_an_upgrade_in_the_middle_of_a_login_loses_nothing(host, alice):
    def restart():
        host.stop()
        host.start()
        return alice.fresh()

    assert host.ssh("alice", [restart]).ok
    assert host.outcome() == "allowed"


def test_s02_kill_in_the_middle_of_a_login_denies_and_the_code_stays_good_or_used_never_both(host, alice):
    code = alice.fresh()

    def kill():
        host.kill()
        return code

    login = host.ssh("alice", [kill])
    assert not login.ok
    host.start()
    assert host.ssh("alice", [code]).ok, "the code never reached the daemon, so it is still good"
    assert not host.ssh("alice", [code, code, code], source="127.0.0.2").ok
