"""What a policy would decide: scenarios, real logins, and the difference of two policies; a policy's own tests at every load."""

import json

import pytest
import rig
from guide import toml

POLICY = """version = 1
[[rule]]
name = "new-network"
signal = "net_new"
require = "otp"
[[rule]]
name = "guessing"
signal = "fails_recent"
at_least = 3
within = "15m"
require = "otp"
"""
TEST = """[[test]]
name = "the usual place asks nothing"
history = [{ ago = "5d" }]
at = "2026-03-02T08:00:00Z"
expect = "%s"
"""


@pytest.fixture
def files(tmp_path, host):
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "scenarios.toml").write_text(toml("Simulate.md", "[[scenario]]"))
    return tmp_path


def ctl(*words, check=True):
    return rig.run("stepupctl", *words, check=check)


def simulate(files, *words, check=True):
    return ctl("simulate", files / "scenarios.toml", "--policy", files / "policy.toml", *words, check=check)


def test_the_guides_scenario_comes_out_as_it_says(files):
    assert simulate(files).stdout.splitlines() == [
        "ok   alice on a trip (1): otp (guessing)", "ok   alice on a trip (2): otp (new-network)", "ok   alice on a trip (3): allow (not_required)",
        "3 passed, 0 failed"]


def test_what_is_not_as_expected_is_said_and_fails(files):
    path = files / "scenarios.toml"
    path.write_text(path.read_text().replace('expect = "allow"', 'expect = "hardware"'))
    result = simulate(files, check=False)
    assert result.returncode == 1 and "FAIL alice on a trip (3)" in result.stdout and "expected hardware, and it was allow: no rule fired" in result.stdout
    tap = simulate(files, "--format", "tap", check=False)
    assert tap.returncode == 1 and tap.stdout.splitlines()[:4] == ["TAP version 13", "1..3", "ok 1 - alice on a trip (1)", "ok 2 - alice on a trip (2)"]
    assert "not ok 3" in tap.stdout
    rows = json.loads(simulate(files, "--format", "json", check=False).stdout)
    assert [row["passed"] for row in rows] == [True, True, False] and rows[1]["fired"] == ["new-network"] and rows[2]["expected"] == "hardware"


def test_a_sweep_shows_the_surface(files):
    text = simulate(files, "--sweep", "hour,net").stdout
    lines = text.splitlines()
    assert lines[0] == "alice on a trip" and len(lines) == 26 and lines[1].split("  ")[-1].strip() == "" and "new network" in lines[1]
    assert lines[2].split() == ["10:00Z", "allow", "allow", "otp"]
    cells = json.loads(simulate(files, "--sweep", "net,device", "--format", "json").stdout)["cells"]
    assert len(cells) == 6 and {cell["result"] for cell in cells} == {"allow", "otp"}
    assert "is made of hour, net and device" in simulate(files, "--sweep", "moon", check=False).stderr


@pytest.mark.parametrize("words, why", [
    ([], "give a file"), (["x", "--from-attempt", "y"], "give a file"), (["/nowhere"], "No such file"), (["--from-attempt", "x"], "is no attempt"),
    (["--from-attempt", "01JDCM3K7R8T9V2W4X6Y8Z0A1B"], "no decision about"),
])
def test_what_cannot_be_simulated_is_said(files, words, why):
    result = ctl("simulate", *words, "--policy", files / "policy.toml", check=False)
    assert result.returncode and why in result.stderr and "Fatal" not in result.stderr


def test_a_policy_whose_tests_fail_is_not_loaded(files, host):
    good, bad = files / "good.toml", files / "bad.toml"
    good.write_text(POLICY + TEST % "allow")
    bad.write_text(POLICY + TEST % "otp")
    assert "1 test passed" in ctl("policy", "check", good).stdout
    ctl("policy", "load", good)
    for words in (["policy", "check", bad], ["policy", "load", bad]):
        result = ctl(*words, check=False)
        assert result.returncode == 1 and "bad.toml:12: test 'the usual place asks nothing': expected otp, and it was allow: no rule fired" in result.stderr
    assert 'expect = "allow"' in ctl("policy", "show", "--toml").stdout, "the one before is in force"
    assert "the usual place" in host.latest("SU3002").data["reason"]
    rig.POLICY.write_text(bad.read_text())
    host.daemon.send_signal(rig.signal.SIGHUP)
    rig.wait_until(lambda: "bad.toml" in host.daemon_log() or "test 'the usual place" in host.daemon_log(), "the daemon says why it did not load it")
    assert 'expect = "allow"' in ctl("policy", "show", "--toml").stdout
    rig.POLICY.write_text(good.read_text())


def test_a_real_login_is_tried_simulated_and_compared(files, host):
    host.fresh(POLICY)
    token = host.enrol("alice")
    assert host.ssh("alice", [token.fresh], source="127.0.0.5").ok
    asked = host.latest("SU1001").body["unmapped"]["stepup"]["attempt"]
    assert host.ssh("alice", source="127.0.0.6").prompts == [], "the network is known now"
    assert "ok   alice by sshd: allow" in ctl("try", "alice", "--from", "127.0.0.9").stdout
    assert "ok   alice by sshd: otp (new-network)" in ctl("try", "alice", "--from", "198.51.100.7").stdout
    assert json.loads(ctl("try", "alice", "--from", "198.51.100.7", "--json").stdout)[0]["result"] == "otp"
    assert "is no IP address" in ctl("try", "alice", "--from", "home", check=False).stderr

    always = files / "always.toml"
    always.write_text('version = 1\n[[rule]]\nname = "all"\nsignal = "always"\nrequire = "hardware"\n')
    shown = ctl("simulate", "--from-attempt", asked, "--policy", always).stdout
    assert "as it was decided: otp (new-network)" in shown and "always.toml: hardware (all)" in shown
    changed = ctl("policy", "diff", rig.POLICY, always).stdout.splitlines()
    assert changed[0] == "2 decisions, 2 would be different"
    assert {line for line in changed if " x " in line} == {"1 x otp -> hardware by all", "1 x allow -> hardware by all"}
    told = json.loads(ctl("policy", "diff", rig.POLICY, always, "--json").stdout)
    assert told["changed"] == 2 and asked in sum((row["attempts"] for row in told["changes"]), [])
    assert ctl("policy", "diff", rig.POLICY, rig.POLICY).stdout == "2 decisions, 0 would be different\n"


@pytest.mark.parametrize("name", ["starter", "back-office", "strict"])
def test_a_policy_that_ships_is_loaded_with_the_guides_test(files, host, name):
    text = (rig.ROOT / f"Packaging/policy/{name}.toml").read_text()
    (files / "shipped.toml").write_text(text + (toml("Simulate.md", "[[test]]") if name != "strict" else ""))
    assert "is in force" in ctl("policy", "load", files / "shipped.toml").stdout
