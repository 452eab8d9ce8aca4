"""stepupctl, as an admin uses it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pexpect
import pytest
import rig


def test_enrol_shows_a_qr_code_on_a_terminal_and_asks_for_the_first_code(host):
    child = pexpect.spawn("stepupctl", ["enrol", "alice"], encoding="utf-8", timeout=10, dimensions=(60, 200))
    child.expect("code that it shows now: ")
    assert "█" in child.before and "otpauth://totp/StepUp:alice%40trading1?secret=" in child.before
    token = rig.Token(re.search(r"token +([0-9a-f]{16})", child.before)[1], re.search(r"otpauth://\S+", child.before)[0])
    child.sendline(token.wrong())
    child.expect("not right for token")
    child.expect("code that it shows now: ")
    child.sendline(token.code())
    child.expect("active")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    listed = json.loads(rig.run("stepupctl", "token", "list", "--json").stdout)["tokens"]
    assert [(t["user"], t["status"]) for t in listed] == [("alice", "active")]


def test_the_code_that_confirmed_a_token_is_used(host):
    token = host.enrol("alice", confirm=False)
    code = token.code()
    rig.run("stepupctl", "enrol", "--confirm", token.id, input=code + "\n")
    login = host.ssh("alice", [code, code, code])
    assert not login.ok


def test_an_unconfirmed_token_opens_nothing(host):
    token = host.enrol("alice", confirm=False)
    assert not host.ssh("alice", [token.code(), token.code(1), token.code(-1)]).ok
    assert rig.run("stepupctl", "token", "enable", token.id, check=False).returncode == 1


@pytest.mark.parametrize("options", [
    ["--algorithm", "sha256", "--digits", "8"], ["--algorithm", "sha512", "--digits", "7", "--period", "60"], ["--hotp", "--digits", "8"],
])
def test_every_kind_of_token_that_oathtool_computes(host, options):
    token = host.enrol("alice", *options)
    assert host.ssh("alice", [token.fresh]).ok


def test_a_hardware_token_that_comes_with_its_secret(host):
    Path("/root/seed").write_text("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\n")
    output = rig.run("stepupctl", "enrol", "alice", "--hotp", "--secret-file", "/root/seed", "--counter", "5", "--no-confirm").stdout
    assert "otpauth" not in output, "a secret that the admin has is not shown"
    token = re.search(r"token +([0-9a-f]{16})", output)[1]
    # RFC 4226, appendix D: the code of counter 5.
    rig.run("stepupctl", "enrol", "--confirm", token, input="254676\n")
    assert host.ssh("alice", ["287922"]).ok


def test_a_token_that_was_pressed_too_often_is_found_again(host):
    token = host.enrol("alice", "--hotp")
    token.counter += 200
    assert not host.ssh("alice", [token.press(), token.press(), token.press()]).ok
    rig.run("stepupctl", "token", "resync", token.id, input=f"{token.press()}\n{token.press()}\n")
    assert host.ssh("alice", [token.press]).ok


def test_tokens_are_disabled_enabled_and_removed(host, alice):
    rig.run("stepupctl", "token", "disable", alice.id)
    assert not host.ssh("alice", [alice.code(), alice.code(1), alice.code(-1)]).ok
    rig.run("stepupctl", "token", "enable", alice.id)
    assert host.ssh("alice", [alice.fresh]).ok
    rig.run("stepupctl", "token", "remove", alice.id)
    assert not host.ssh("alice", [alice.fresh, "1", "2"], source="127.0.0.2").ok
    actions = [e.data["action"] for e in host.events("--code", "SU2001")]
    assert actions == ["enrolled", "confirmed", "disabled", "enabled", "removed"]


def test_every_change_names_who_made_it(host, alice):
    actor = host.latest("SU2001").data["actor"]
    assert actor["uid"] == 0 and actor["name"] == "root"


def test_an_admin_of_the_group_may_and_others_may_not(host):
    rig.run("groupadd", "-f", "stepup-admin")
    rig.run("usermod", "-aG", "stepup-admin", "bob")
    host.fresh(config='[control]\ngroup = "stepup-admin"\n')
    asked = rig.run("runuser", "-u", "bob", "--", "stepupctl", "status", check=False)
    assert asked.returncode == 0, asked.stderr
    rig.run("runuser", "-u", "bob", "--", "stepupctl", "enrol", "alice", "--no-confirm")
    assert host.latest("SU2001").data["actor"]["name"] == "bob"
    refused = rig.run("runuser", "-u", "alice", "--", "stepupctl", "status", check=False)
    assert refused.returncode == 69 and "use sudo" in refused.stderr
    os.chmod(rig.CONTROL, 0o666)
    refused = rig.run("runuser", "-u", "alice", "--", "stepupctl", "status", check=False)
    assert refused.returncode == 1 and "members of the group stepup-admin" in refused.stderr
    assert rig.wait_until(lambda: host.latest("SU1012"), "recorded").data["reason"] == "may not use the control socket"


def test_without_the_daemon_the_error_says_what_to_do(host):
    host.stop()
    result = rig.run("stepupctl", "status", check=False)
    assert result.returncode == 69 and "systemctl start stepupd" in result.stderr
    assert rig.run("stepupctl", "audit", "verify").returncode == 0, "the ledger can be read all the same"
    host.start()


@pytest.mark.parametrize("command,says", [
    (["enrol", "nobody-here"], "there is no user 'nobody-here'"),
    (["token", "disable", "xyz"], "is no token"), (["token", "disable", "0123456789abcdef"], "there is no token"),
    (["user", "show", "nobody"], "nothing is known"), (["user", "reset", "alice"], "say what to forget"),
    (["exempt", "add", "alice", "--service", "sshd", "--source", "10.0.0.1/8", "--owner", "x", "--reason", "y", "--expires", "1d"], "network"),
    (["exempt", "add", "alice", "--service", "sshd", "--source", "10.0.0.0/8", "--owner", "x", "--reason", "y", "--expires", "900d"], "366d"),
    (["explain", "nonsense"], "is no attempt"), (["explain", "01JDCM3K7R8T9V2W4X6Y8Z0A1B"], "there is no attempt"),
    (["audit", "show", "--code", "SU9"], "is no event code"), (["audit", "show", "--since", "yesterday"], "is no moment"),
    (["exempt", "add", "alice", "--service", "*", "--source", "10.0.0.0/8", "--owner", "x", "--reason", "y", "--expires", "1d"], "one PAM service"),
    (["exempt", "add", "alice", "--service", "sshd", "--source", "0.0.0.0/0", "--owner", "x", "--reason", "y", "--expires", "1d"], "is everywhere"),
    (["enrol", "--confirm", "0123456789abcdef"], "there is no token"), (["token", "resync", "0123456789abcdef"], "there is no token"),
    (["enrol", "alice", "--counter", "5"], "goes with --hotp"), (["enrol", "alice", "--hotp", "--period", "60"], "counts presses"),
    (["explain", "--last", "--user", "nobody"], "no attempt yet of 'nobody'"), 
    (["token", "disable", "\x01\x1b[31m"], "is no token"), (["policy", "show", "abc"], "8 digits"),
    (["policy", "check", "/no/such/file"], "No such file"), (["enrol", "alice", "--digits", "9"], "6 to 8 digits"),
    (["enrol", "alice\x1b[31m"], "there is no user 'alice\\u{1b}"),
])
def test_errors_go_to_standard_error_and_say_what_is_wrong(host, command, says):
    result = rig.run("stepupctl", *command, check=False)
    assert result.returncode in (1, 64) and says in result.stderr, result.stderr
    assert "\x1b" not in result.stderr


def all_commands():
    out, queue = [], [[]]
    while queue:
        words = queue.pop()
        text = subprocess.run(["stepupctl", *words, "--help"], capture_output=True, text=True).stdout
        section = text.split("SUBCOMMANDS:")[1] if "SUBCOMMANDS:" in text else ""
        names = re.findall(r"^  ([a-z]+) ", section, re.M)
        queue += [words + [name] for name in names if name != "help"]
        out.append((words, text))
    return out


def test_every_command_has_help_with_an_example(machine):
    commands = all_commands()
    assert len(commands) > 20
    for words, text in commands:
        assert "EXAMPLE" in text, words


def test_explain_tells_when_why_and_how_it_ended(host, alice):
    assert host.ssh("alice", [alice.wrong(), alice.fresh], source="127.0.0.5").ok
    story = rig.run("stepupctl", "explain", "--last").stdout
    for words in ["alice (uid ", "from 127.0.0.5", "first factor proved: publickey", "new-address [ip_new]: fired, asks for otp",
                  "address=127.0.0.5", "wrong, answer 1", "accepted by totp", "allowed (proved), proved otp"]:
        assert words in story, story
    assert json.loads(rig.run("stepupctl", "explain", "--last", "--json").stdout)[0]["class_uid"] == 3002


def test_explain_says_it_in_a_sentence_first_by_the_policy_that_was_in_force(host, alice):
    host.fresh('''version = 1
[[rule]]
name = "odd"
when = { all = [{ signal = "net_new" }, { signal = "target", tags = ["trading"] }] }
require = "otp"
why = "{network} is new, and this is a trading host"
[[rule]]
name = "watch"
signal = "ip_new"
require = "hardware"
mode = "shadow"
''', 'tags = ["trading", "zurich"]\n')
    token = host.enrol("alice")
    assert host.ssh("alice", [token.fresh], source="127.0.0.5").ok
    assert host.latest("SU1001").data["attempt"]["tags"] == ["trading", "zurich"]
    rig.POLICY.write_text("version = 1\n")
    rig.run("stepupctl", "policy", "load", rig.POLICY)
    story = rig.run("stepupctl", "explain", "--last").stdout
    assert story.splitlines()[1] == ("alice was asked for a code at sshd on trading1, because 127.0.0.0/24 is new, and this is a trading host; "
                                     "the answer was right, and the login went on.")
    for words in ["odd [all]: fired, asks for otp", "net_new: fired: known_values=0 network=127.0.0.0/24", "target: fired: tags=trading",
                  "why: 127.0.0.0/24 is new", "watch [ip_new]: fired (shadow", "without odd nothing would have been required"]:
        assert words in story, story
    assert rig.run("stepupctl", "audit", "replay").returncode == 0


def test_audit_show_filters_and_follows(host, alice):
    host.ssh("alice", [alice.fresh])
    host.ssh("bob", [])
    assert {e.account for e in host.events("--user", "bob")} == {"bob"}
    assert {e.code for e in host.events("--code", "SU1001", "--code", "su1002")} == {"SU1001", "SU1002"}
    assert len(host.events("--last", "3")) == 3
    assert host.events("--since", "2999-01-01") == []
    follower = subprocess.Popen(["stepupctl", "audit", "show", "-f", "--user", "deploy"], stdout=subprocess.PIPE, text=True)
    host.ssh("deploy", options=("-o", "BatchMode=yes"))
    assert "attempt decided" in follower.stdout.readline()
    follower.terminate()
    follower.wait()


def test_s29_whatever_came_from_outside_is_escaped_on_a_terminal(host):
    service = host.service("evil", "auth required pam_stepup.so")
    host.pam(service, "alice", operations=["authenticate"], rhost="\x1b]0;owned\x07 ‮evil", key=None,
             environment={"SSH_AUTH_INFO_0": "publickey ssh-ed25519 AAAA"})
    shown = rig.run("stepupctl", "audit", "show").stdout + rig.run("stepupctl", "explain", "--last").stdout
    assert "\x1b" not in shown and "\x07" not in shown and "‮" not in shown
    assert "\\u{1b}]0;owned" in shown


def test_no_colour_where_there_is_no_terminal_or_none_is_wanted(host, alice):
    host.ssh("alice", [alice.fresh])
    assert "\x1b" not in rig.run("stepupctl", "explain", "--last").stdout
    plain = pexpect.run("stepupctl explain --last", env={**os.environ, "NO_COLOR": "1"})
    assert b"\x1b" not in plain
    assert b"\x1b[" in pexpect.run("stepupctl explain --last")


def test_what_could_not_be_printed_is_an_error(host):
    for command in (["audit", "show", "--json"], ["audit", "verify"], ["status"], ["policy", "show"]):
        with open("/dev/full", "w") as full:
            result = subprocess.run(["stepupctl", *command], stdout=full, stderr=subprocess.PIPE, text=True)
        assert result.returncode == 1 and "not written whole" in result.stderr, command
        closed = subprocess.run(["bash", "-c", 'stepupctl "$@" >&-', "-", *command], stderr=subprocess.PIPE, text=True)
        assert closed.returncode == 1, "a closed stream is no place for a file of ours"
    host.sound()


def test_a_token_that_was_never_confirmed_does_not_become_active_by_a_detour(host):
    token = host.enrol("alice", confirm=False)
    rig.run("stepupctl", "token", "disable", token.id)
    assert "never confirmed" in rig.run("stepupctl", "token", "enable", token.id, check=False).stderr
    assert not host.ssh("alice", [token.code, token.code, token.code]).ok


def test_a_policy_that_asks_nobody_is_pointed_out(host):
    assert "nobody is asked" in rig.run("stepupctl", "policy", "check", "-", input=rig.ASK_NEVER).stdout
    assert "nobody is asked" in rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_NEVER).stdout
    assert "nobody is asked" in rig.run("stepupctl", "status").stdout
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS)
    assert "nobody is asked" not in rig.run("stepupctl", "status").stdout
    short = host.events("--code", "SU3001")[-1].data["policy"][:12]
    assert rig.run("stepupctl", "policy", "show", "--toml", short).stdout == rig.ASK_ALWAYS


def test_policy_show_says_in_words_whom_it_asks_for_what(host, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("""version = 1
[[rule]]
name = "new-network"
when = { all = [{ signal = "net_new" }, { signal = "target", tags = ["trading"] }] }
require = "hardware"
match = { services = ["ssh*"], users = ["‮alice"] }
except = { sources = ["10.0.0.0/8"] }
on_unknown = "skip"
why = "{network} is new‮"
[floor]
sudo = "otp"
[holidays]
zurich = ["2026-12-25"]
[[test]]
name = "nothing"
history = [{ ago = "3d" }]
at = "2026-03-02T08:00:00Z"
expect = "allow"
""")
    words = """
1 rule, enforced. Nobody is asked for more than what is always required, unless a rule fires.

Always, whatever the risk
  Whoever logs in through sudo is asked for a code.

new-network
  Whoever is named "\\u{202e}alice" and logs in through ssh* is asked for a code of a hardware
  token when all of these hold:
    - the network (/24, or /48 of IPv6) is new to the account
    - the host or VPN gateway is tagged trading
  It is not about whoever logs in from 10.0.0.0/8. An unknown address is none of these.
  If the address is unknown, what is said of it here counts as false.
  The reason that it gives: "{network} is new\\u{202e}"
"""
    end = """  The calendar zurich has 1 holiday: 2026-12-25.
  It is loaded only if its own 1 test passes.
"""
    rig.run("stepupctl", "policy", "load", policy)
    short = host.events("--code", "SU3001")[-1].data["policy"][:12]
    shown = rig.run("stepupctl", "policy", "show").stdout
    assert shown.startswith(f"policy {short} is in force\n{words}") and shown.endswith(end), shown
    assert all(len(line) < 100 for line in shown.splitlines())
    first, text = rig.run("stepupctl", "policy", "show", "--toml").stdout.split("\n", 1)
    assert first.startswith(f"# {short}") and text == policy.read_text()
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_NEVER)
    assert "No rules. Nobody is asked for anything." in rig.run("stepupctl", "policy", "show").stdout
    assert rig.run("stepupctl", "policy", "show", short).stdout == shown.replace("is in force", "of the archive", 1)
    assert rig.run("stepupctl", "policy", "show", "--toml", short).stdout == policy.read_text()
    host.stop()
    assert rig.run("stepupctl", "policy", "show", policy).stdout == shown.replace("is in force", f"of {policy}", 1)
    assert rig.run("stepupctl", "policy", "show", "--toml", policy).stdout == policy.read_text()
    as_nobody = ["setpriv", "--reuid", "nobody", "--clear-groups", "stepupctl", "policy", "show", "-"]
    assert words in rig.run(*as_nobody, input=policy.read_text()).stdout
    result = rig.run("stepupctl", "policy", "show", "-", input=policy.read_text().replace("net_new", "net_old"), check=False)
    assert result.returncode == 1 and ":4:" in result.stderr and "there is no signal 'net_old'" in result.stderr
    for command in (["policy", "show"], ["policy", "show", "/no/such/file"]):
        assert rig.run("stepupctl", *command, check=False).returncode in (1, 69)


def test_check_and_load_find_a_zone_that_is_none_and_say_where(host):
    policy = """version = 1
[[rule]]
name = "night"
signal = "calendar"
inside = { days = ["mon"], hours = "07:00-19:00", zone = "Europe/Zurch" }
require = "otp"
"""
    for command in ("check", "load"):
        result = rig.run("stepupctl", "policy", command, "-", input=policy, check=False)
        assert result.returncode == 1 and ":5:" in result.stderr and "Europe/Zurch" in result.stderr, result.stderr


def test_init_repairs_nothing_by_guessing(host):
    assert "kept    /var/lib/stepup/ledger.db" in rig.run("stepupctl", "init").stdout, "again is no error"
    host.stop()
    policy = rig.POLICY.read_text()
    rig.POLICY.unlink()
    assert "put it back" in rig.run("stepupctl", "init", check=False).stderr and not rig.POLICY.exists(), "a new one would ask nobody"
    rig.POLICY.write_text(policy)
    keys = Path("/etc/stepup/keys")
    kept = keys.read_text()
    keys.unlink()
    refused = rig.run("stepupctl", "init", check=False)
    assert refused.returncode == 1 and "put your copy of them back" in refused.stderr and not keys.exists()
    # A policy that is not good leaves nothing that stands in the way of a good one.
    for path in (rig.LEDGER, rig.POLICY):
        path.unlink()
    bad = Path("/root/bad.toml")
    bad.write_text("version = 1\n[[rule]]\nname = 'x'\nsignal = 'ip_now'\nrequire = 'otp'\n")
    assert "did you mean 'ip_new'" in rig.run("stepupctl", "init", "--policy", bad, check=False).stderr
    bad.write_text(rig.ASK_ALWAYS)
    rig.run("stepupctl", "init", "--policy", bad)
    assert rig.POLICY.read_text() == rig.ASK_ALWAYS and keys.read_text() != kept
    host.start()


def test_a_backup_is_read_where_it_lies_also_on_a_read_only_disk(host, alice):
    host.known("alice", alice)
    host.stop()
    folder = Path("/root/backup")
    folder.mkdir()
    rig.run("mount", "-t", "tmpfs", "tmpfs", folder)
    try:
        (folder / "copy?.db").write_bytes(rig.LEDGER.read_bytes())
        rig.run("mount", "-o", "remount,ro", folder)
        for command in (["audit", "verify"], ["audit", "replay"], ["audit", "show"], ["explain", "--last"]):
            assert rig.run("stepupctl", *command, "--ledger", folder / "copy?.db").stdout
    finally:
        rig.run("umount", folder)
    host.start()
    unreadable = rig.run("runuser", "-u", "bob", "--", "stepupctl", "audit", "show", check=False)
    assert unreadable.returncode == 1 and "use sudo" in unreadable.stderr


def test_the_shipped_examples_are_good(host):
    rig.run("groupadd", "-f", "stepup-admin")
    rig.run("stepupctl", "policy", "check", rig.ROOT / "Packaging/policy/back-office.toml")
    text = (rig.ROOT / "Packaging/policy/stepup.toml").read_text()
    uncommented = "\n".join(line.removeprefix("# ") if re.match(r"# (\w+ = |\[)", line) else line for line in text.splitlines())
    Path("/root/stepup.toml").write_text(uncommented)
    checked = subprocess.run(["/usr/sbin/stepupd", "--config", "/root/stepup.toml", "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
