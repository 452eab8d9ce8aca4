"""Logins through the real sshd."""


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
