"""A whole policy in shadow: decided beside the one in force, recorded, derived again, and nobody is asked."""

import json
import signal
from pathlib import Path

import rig

SHADOW = Path("/etc/stepup/shadow.toml")
STRICT = 'version = 1\n[[rule]]\nname = "first"\nsignal = "cold_start"\nfewer_than = 1\nrequire = "hardware"\n' \
         '[[rule]]\nname = "everyone"\nsignal = "always"\nrequire = "otp"\nmatch = { groups = ["alice"] }\n'


def decided(host):
    return host.latest("SU1001").data


def load(tmp_path, text, check=True):
    file = tmp_path / "new.toml"
    file.write_text(text)
    return rig.run("stepupctl", "policy", "shadow", "load", file, check=check)


def test_a_policy_in_shadow_asks_nobody_and_says_what_it_would_have_done(host, alice, tmp_path):
    assert host.ssh("alice", [alice.fresh]).ok
    rig.wait_until(lambda: host.latest("SU1005"), "the session is recorded")
    assert "shadow" not in decided(host)
    assert "2 rules" in load(tmp_path, STRICT).stdout
    assert host.ssh("alice").prompts == []
    said = decided(host)["shadow"]
    assert said["verdict"] == "challenge" and said["required"] == "otp" and said["fired"] == [2]
    assert host.ssh("bob").prompts != [], "the policy in force asks as ever"
    assert decided(host)["shadow"]["required"] == "hardware" and decided(host)["shadow"]["fired"] == [1]
    report = rig.run("stepupctl", "policy", "shadow").stdout
    assert "2 decisions, 2 would be different" in report
    assert "1 x allow -> otp by everyone\n  alice; such as" in report and "1 x otp -> hardware by first\n  bob; such as" in report
    assert "the policy in shadow" in rig.run("stepupctl", "explain", "--last").stdout
    rows = json.loads(rig.run("stepupctl", "policy", "shadow", "--json").stdout)
    assert rows["changed"] == 2 and rows["policy"] == said["policy"]
    assert said["policy"][:12] in rig.run("stepupctl", "status").stdout
    host.sound()


def test_it_goes_on_after_a_restart_until_it_is_ended(host, alice, tmp_path):
    load(tmp_path, STRICT)
    assert SHADOW.read_text() == STRICT
    host.stop()
    host.start()
    host.ssh("alice")
    assert decided(host)["shadow"]["fired"] == [1, 2]
    assert len(host.events("--code", "SU3005")) == 1, "a start with the same says nothing new"
    assert "no more" in rig.run("stepupctl", "policy", "shadow", "off").stdout and not SHADOW.exists()
    host.ssh("alice")
    assert "shadow" not in decided(host)
    assert "no policy runs in shadow" in rig.run("stepupctl", "policy", "shadow", "off", check=False).stderr
    assert "1 decision, 1 would be different" in rig.run("stepupctl", "policy", "shadow").stdout, "what was recorded stays"


def test_a_file_that_is_put_there_or_taken_away_counts_at_a_reload(host, alice):
    SHADOW.write_text(STRICT)
    host.signal(signal.SIGHUP)
    rig.wait_until(lambda: host.latest("SU3005"), "it runs")
    host.ssh("alice")
    assert "shadow" in decided(host)
    SHADOW.write_text("version = 1\nnonsense = 1\n")
    host.signal(signal.SIGHUP)
    rig.wait_until(lambda: host.latest("SU3002"), "it is refused")
    host.ssh("alice")
    assert "shadow" in decided(host), "the last good one stays"
    SHADOW.unlink()
    host.signal(signal.SIGHUP)
    rig.wait_until(lambda: len(host.events("--code", "SU3005")) == 2, "it ended")
    host.ssh("alice")
    assert "shadow" not in decided(host)


def test_one_that_is_not_good_keeps_nobody_from_starting_or_logging_in(host, alice, tmp_path):
    refused = load(tmp_path, "version = 1\n[[rule]]\n", check=False)
    assert refused.returncode != 0 and "lacks 'name'" in refused.stderr and not SHADOW.exists()
    host.stop()
    SHADOW.write_text("version = 2\n")
    host.start()
    assert "no policy runs in shadow" in host.daemon_log()
    assert host.ssh("alice", [alice.fresh]).ok and "shadow" not in decided(host)
