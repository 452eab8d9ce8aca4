"""What a policy would have done: logs that the real servers wrote, everything that can be wrong with a log, reports, suggestions."""

import gzip
import json
import os
import resource
import subprocess
import threading
import time
from pathlib import Path

import pytest
import radius
import radius_rig
import rig

ROOT = Path(__file__).resolve().parents[2]
BACK_OFFICE = ROOT / "Packaging/policy/back-office.toml"
ACCEPTED = "Accepted publickey for {user} from {address} port 50022 ssh2: ED25519 SHA256:{user}"
FAILED = "Failed password for {user} from {address} port 50022 ssh2"


def backtest(*words, policy=BACK_OFFICE, check=True, **options):
    return rig.run("stepupctl", "backtest", "--policy", policy, "--zone", "UTC", *words, check=check, **options)


def report(*words, code=0, **options):
    result = backtest(*words, "--format", "json", check=False, **options)
    assert result.returncode == code, result.stderr
    return json.loads(result.stdout)


def line(day, message, host="trading1", process="sshd[10]", user="alice", address="192.0.2.1", hour=8):
    return f"2026-03-{day:02}T{hour:02}:00:00.000000+00:00 {host} {process}: {message.format(user=user, address=address)}\n"


@pytest.fixture
def log(tmp_path, machine):
    """A month of alice's, one login from elsewhere in it."""
    path = tmp_path / "auth.log"
    path.write_text("".join(line(day, ACCEPTED) for day in range(2, 28)) + line(28, ACCEPTED, address="198.51.100.7"))
    return path


# The real servers' words


@pytest.fixture
def syslog(machine, tmp_path):
    """rsyslogd on /dev/log, in both of its formats."""
    os.rename("/dev/log", "/dev/log.kept")
    classic, iso = tmp_path / "classic.log", tmp_path / "iso.log"
    config = tmp_path / "rsyslog.conf"
    config.write_text(f"""module(load="imuxsock" SysSock.RateLimit.Interval="0")
$WorkDirectory {tmp_path}
*.* action(type="omfile" file="{classic}" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="{iso}" template="RSYSLOG_FileFormat")
""")
    process = subprocess.Popen(["/usr/sbin/rsyslogd", "-n", "-f", config, "-i", tmp_path / "pid"])
    rig.wait_until(lambda: os.path.exists("/dev/log"), "rsyslogd listens")
    yield classic, iso
    process.terminate()
    process.wait()
    Path("/dev/log").unlink(missing_ok=True)
    os.rename("/dev/log.kept", "/dev/log")


def test_what_sshd_sudo_and_su_write_by_rsyslog_is_read(syslog, host):
    """Every login that was made is found with its address and key, every failure, every name that is nobody's; and none that was not."""
    host.fresh((ROOT / "Packaging/policy/starter.toml").read_text())

    def serve(port, *options):
        return subprocess.Popen(["/usr/sbin/sshd", "-D", "-p", str(port), "-o", "PidFile=none", *options])

    # One that takes a key alone, and one as StepUp wants it, whose last word names no key.
    servers = [serve(2222, "-o", "AuthenticationMethods=any", "-o", "PasswordAuthentication=yes"), serve(2223, "-o", "LogLevel=VERBOSE")]
    try:
        time.sleep(0.5)
        for _ in range(2):
            assert host.ssh(options=["-p", "2222"]).ok
        assert host.ssh("bob", options=["-p", "2223"]).ok
        rig.run("sshpass", "-p", "wrong", "ssh", "-F", "none", "-p", "2222", "-o", "PreferredAuthentications=password", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "StrictHostKeyChecking=no", "-o", "NumberOfPasswordPrompts=1", "bob@127.0.0.1", "true", check=False)
        rig.run(*[word.replace("bob@", "nobody-here@") for word in host.ssh_command("bob", options=["-p", "2222", "-o", "BatchMode=yes"])], check=False)
        rig.run("sudo", "-u", "alice", "sudo", "-n", "true", check=False)
        rig.run("su", "-c", "true", "alice")
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    classic, iso = syslog
    rig.wait_until(lambda: "(to alice)" in iso.read_text(), "rsyslogd has written")
    time.sleep(0.5)
    keys = [rig.run("ssh-keygen", "-l", "-f", rig.KEYS / f"{user}.pub").stdout.split()[1] for user in ("alice", "bob")]
    for path in (classic, iso):
        events = path.with_suffix(".jsonl")
        source = report(path, "--events", events)["sources"][0]
        assert source["kind"] == "syslog" and source["bad_times"] == 0, source
        read = [json.loads(text) for text in events.read_text().splitlines()]
        logins = [(event["user"], event.get("source"), event.get("key")) for event in read if event["kind"] == "accepted"]
        # What root does by sudo and su needs no password, and is no login.
        assert logins == [("alice", "127.0.0.1", keys[0])] * 2 + [("bob", "127.0.0.1", keys[1])], path.read_text()
        failures = [(event["user"], event["method"]) for event in read if event["kind"] == "failed" and event["method"] != "publickey"]
        assert failures == [("bob", "password")] and source["invalid_user"] == 1 and sum(event["kind"] == "closed" and event["service"] == "sshd" for event in read) == 3, path.read_text()
        assert all("nobody-here" not in json.dumps(event) for event in read), "a name that is nobody's may be a password"
        assert not [shape for shape in source["shapes"] if shape["shape"].startswith(("sshd", "sudo", "su:"))], source["shapes"]


def test_what_freeradius_writes_is_read_and_no_password_goes_anywhere(machine, host, tmp_path):
    server = radius_rig.Server("logging", port=2712, stepup=False)
    server.edit("radiusd.conf", r"(?m)^\tauth = no$", "\tauth = yes")
    server.edit("radiusd.conf", r"(?m)^\tauth_badpass = no$", "\tauth_badpass = yes")
    server.start()
    nas = server.nas("127.0.0.5")
    try:
        station = {"NAS_Port": 1, "Calling_Station_Id": "192.0.2.10", "Acct_Session_Id": "one"}
        assert nas.login("alice", server.password("alice"), **station).code == radius.ACCEPT
        assert nas.login("alice", "secret-and-wrong", **station).code == radius.REJECT
        nas.account("Start", "alice", "one", NAS_Port=1, Calling_Station_Id="192.0.2.10")
        nas.account("Stop", "alice", "one", NAS_Port=1, Calling_Station_Id="192.0.2.10")
    finally:
        nas.close()
        server.stop()
    details = sorted(server.logs.rglob("detail-*")) + sorted(server.logs.rglob("auth-detail-*"))
    result = backtest(server.logs / "radius.log", *details, "--events", tmp_path / "events.jsonl", "--format", "json")
    found = json.loads(result.stdout)
    log = found["sources"][0]
    assert (log["kind"], log["accepted"], log["failed"], log["not_understood"]) == ("radius-log", 1, 1, 0), log["shapes"]
    assert [source["kind"] for source in found["sources"][1:]] == ["radius-detail"] * len(details)
    # Told twice, by the log and by accounting; it was one.
    assert found["accepted"] == 1 and found["duplicates"] == 1
    assert "secret-and-wrong" in (server.logs / "radius.log").read_text()
    assert "secret-and-wrong" not in result.stdout + (tmp_path / "events.jsonl").read_text()


def test_the_ledgers_own_logins_are_read(host, alice):
    assert host.ssh(answers=[alice.fresh]).ok
    assert host.ssh().ok
    found = report(rig.LEDGER)
    assert found["sources"][0]["kind"] == "ledger" and found["accepted"] == 2 and found["people"] == 1


# Reports


def test_the_report_counts_what_would_have_been_asked(log):
    found = report(log)
    assert (found["accepted"], found["people"], found["policy"]["prompts"]) == (27, 1, 8)
    rules = {rule["name"]: rule["fired"] for rule in found["policy"]["rules"]}
    # The first login; from elsewhere. Of weekends there are seven days.
    assert rules["new-network"] == 2 and rules["outside-hours"] == 7 and rules["new-device"] == 1
    assert found["policy"]["worst"][0]["name"] == "alice" and sum(day["prompts"] for day in found["policy"]["days"]) == 8
    text = backtest(log).stdout
    assert "27 logins of 1 person" in text and "new-network" in text and "what the history cannot tell" in text


def test_each_login_that_is_asked_can_be_had_with_its_reasons(log, tmp_path):
    asked = tmp_path / "asked.jsonl"
    backtest(log, "--asked", asked)
    rows = [json.loads(text) for text in asked.read_text().splitlines()]
    assert len(rows) == 8 and rows[-1]["rules"] == ["new-network", "outside-hours"] and rows[-1]["login"]["source"] == "198.51.100.7"


def test_two_policies_stand_side_by_side(log):
    found = report(log, "--versus", ROOT / "Packaging/policy/strict.toml")
    assert found["versus"]["prompts"] == 27 and found["policy"]["prompts"] == 8


def test_tags_can_be_given_to_hosts(log):
    found = report(log, "--tag", "trading*=trading")
    assert {rule["name"]: rule["fired"] for rule in found["policy"]["rules"]}["new-network-and-device"] == 1
    assert report(log)["policy"]["hardware"] == 0 and found["policy"]["hardware"] == 1


def test_rotated_logs_are_put_in_order_whatever_order_they_are_named_in(tmp_path, machine):
    text = [f"Dec {day} 08:00:00 h sshd[{day}]: {ACCEPTED.format(user='alice', address='192.0.2.1')}\n" for day in range(10, 32)]
    later = [f"Jan {day:2} 08:00:00 h sshd[{day}]: {ACCEPTED.format(user='alice', address='192.0.2.1')}\n" for day in range(1, 20)]
    (tmp_path / "auth.log").write_text("".join(later[5:]))
    (tmp_path / "auth.log.1").write_text("".join(text[10:] + later[:5]))
    with gzip.open(tmp_path / "auth.log.2.gz", "wt") as file:
        file.write("".join(text[:10]))
    stamp = time.mktime((2026, 1, 19, 12, 0, 0, 0, 0, 0))
    for name, age in (("auth.log", 0), ("auth.log.1", 14 * 86400), ("auth.log.2.gz", 31 * 86400)):
        os.utime(tmp_path / name, (stamp - age, stamp - age))
    found = report(*sorted(tmp_path.iterdir()))
    assert found["first"] == "2025-12-10T08:00:00.000Z" and found["last"] == "2026-01-19T08:00:00.000Z" and found["accepted"] == 41
    assert found["policy"]["rules"][0]["fired"] == 1
    # The same once more adds nothing.
    twice = report(*sorted(tmp_path.iterdir()), tmp_path / "auth.log")
    assert twice["accepted"] == 41 and twice["duplicates"] == 14


# What can be wrong with a log


def test_a_log_that_cannot_be_read_is_told_and_the_others_are_read(log, tmp_path):
    missing, folder, binary, packed = tmp_path / "missing", tmp_path / "folder", tmp_path / "binary", tmp_path / "auth.log.xz"
    folder.mkdir()
    binary.write_bytes(os.urandom(100_000))
    packed.write_bytes(b"\xfd7zXZ\0" + os.urandom(1000))
    result = backtest(log, missing, folder, binary, packed, "--format", "json", check=False)
    found = json.loads(result.stdout)
    assert result.returncode == 3 and found["accepted"] == 27
    for word in ["missing: No such file", "is a folder; name the logs in it", "binary is no log that is known", "xz -dc"]:
        assert word in result.stderr, result.stderr
    assert sum(bool(source["problems"]) for source in found["sources"]) == 4
    nothing = backtest(missing, check=False)
    assert nothing.returncode == 1 and "none of these logs could be read" in nothing.stderr


def test_who_may_not_read_a_log_is_told_what_to_do(log):
    log.chmod(0o600)
    for folder in (log.parent, *log.parent.parents):
        if folder != Path("/"):
            os.chmod(folder, 0o755)
    result = rig.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "stepupctl", "backtest", "--policy", "/usr/share/stepup/policy/back-office.toml", log, check=False)
    assert result.returncode == 1 and "Permission denied; read it as root, or as a member of the group adm" in result.stderr, result.stderr


def test_gzip_that_is_cut_or_damaged_is_read_as_far_as_it_goes(tmp_path, machine):
    text = "".join(line(day, ACCEPTED, process=f"sshd[{n}]", user=f"user{n}") for day in range(1, 29) for n in range(400)).encode()
    whole = gzip.compress(text)
    cut, flipped, two = tmp_path / "cut.gz", tmp_path / "flipped.gz", tmp_path / "two.gz"
    cut.write_bytes(whole[:len(whole) // 2])
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xff
    flipped.write_bytes(damaged)
    two.write_bytes(whole + gzip.compress(text))
    found = report(cut, code=3)
    assert 1000 < found["accepted"] < 11_200 and "the gzip data ends before its end" in found["sources"][0]["problems"][0]
    found = report(flipped, code=3)
    assert "gzip" in found["sources"][0]["problems"][0]
    assert report(two)["accepted"] == 22_400


def test_a_line_without_end_and_bytes_that_are_none_do_not_hurt(tmp_path, machine):
    path = tmp_path / "auth.log"
    with open(path, "wb") as file:
        file.write(line(2, ACCEPTED).encode())
        for _ in range(256):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + b"\0" * 5000 + b"\n\xff\xfe\n" + line(3, ACCEPTED).encode())
        # Cut within the last line.
        file.write(line(4, ACCEPTED).encode()[:60])
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    found = report(path)
    source = found["sources"][0]
    assert source["accepted"] == 2 and source["too_long"] == 1 and source["bad_times"] == 2 and source["not_understood"] == 1, source
    assert max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) < 250 * 1024 or before > 250 * 1024


def test_a_fifo_is_read_and_one_that_nobody_writes_to_is_told(log, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(log.read_bytes()))
    writer.start()
    assert report(fifo)["accepted"] == 27
    writer.join()
    started = time.monotonic()
    result = backtest(fifo, check=False)
    assert result.returncode == 1 and "nobody has written to it in 10 seconds" in result.stderr and time.monotonic() - started < 20
    with open(log) as file:
        assert json.loads(backtest("-", "--format", "json", stdin=file).stdout)["accepted"] == 27
    device = backtest("/dev/zero", check=False)
    assert device.returncode == 1 and "is a device" in device.stderr


def test_a_clock_that_jumps_is_told(tmp_path, machine):
    path = tmp_path / "auth.log"
    path.write_text(line(5, ACCEPTED) + line(2, ACCEPTED) + line(6, ACCEPTED))
    source = report(path)["sources"][0]
    assert source["backwards"] == 1 and source["farthest_back_s"] == 3 * 86400
    assert "went back by more than a minute" in backtest(path).stdout


def test_names_and_files_that_attack_the_terminal_are_shown_as_text(tmp_path, machine):
    path = tmp_path / "a\x1b[31m.log"
    path.write_text(line(2, ACCEPTED, user="x\x1b]0;evil\x07") + line(2, "what \x1b[2J is that"))
    result = backtest(path)
    assert "\x1b" not in result.stdout and "\x07" not in result.stdout and "x\\" in result.stdout


def test_a_full_disk_is_told(log):
    result = backtest(log, "--html", "/dev/full", check=False)
    # What was found is there all the same.
    assert result.returncode == 1 and "/dev/full could not be written whole" in result.stderr and "27 logins of 1 person" in result.stdout
    nowhere = backtest(log, "--html", "/nowhere/x", check=False)
    assert nowhere.returncode == 1 and nowhere.stdout == "" and "/nowhere/x: No such file" in nowhere.stderr


# Suggestions and made-up logins


def test_a_suggestion_loads_and_keeps_its_budget(tmp_path, machine):
    log, policy = tmp_path / "auth.log", tmp_path / "suggested.toml"
    log.write_text(rig.run("stepupctl", "generate", "--people", "8", "--days", "30").stdout)
    policy.write_text(rig.run("stepupctl", "policy", "suggest", "--at-most", "1", "per", "user", "per", "week", "--zone", "Europe/Zurich", "--from", log).stdout)
    assert rig.run("stepupctl", "policy", "check", policy).returncode == 0
    found = json.loads(rig.run("stepupctl", "backtest", "--policy", policy, "--zone", "Europe/Zurich", "--format", "json", log).stdout)
    assert found["policy"]["prompts_per_person_and_week_hundredths"]["p95"] <= 100 and found["synthetic"]
    text = policy.read_text()
    assert "# Budget: at most 1 per user per week" in text and "# Not taken:" in text and "It would have stopped" in text
    refused = rig.run("stepupctl", "policy", "suggest", "--at-most", "often", "--from", log, check=False)
    assert refused.returncode == 64 and "1 per user per week" in refused.stderr


def test_what_is_generated_is_the_same_again_and_says_what_it_is(tmp_path, machine):
    first = rig.run("stepupctl", "generate", "--people", "5", "--days", "9").stdout
    assert first == rig.run("stepupctl", "generate", "--people", "5", "--days", "9").stdout and "stepup-generate[1]: synthetic logins, seed 1" in first.splitlines()[0]
    path = tmp_path / "logins.csv"
    path.write_text(rig.run("stepupctl", "generate", "--people", "5", "--days", "9", "--format", "csv").stdout)
    assert all("StepUp-synthetic/1" in row for row in path.read_text().splitlines()[1:])
    found = report(path)
    assert found["synthetic"] and found["sources"][0]["kind"] == "rba"
    assert "synthetic" in backtest(path).stdout.splitlines()[0]


def test_a_long_reading_shows_how_far_it_is_on_a_terminal_alone(tmp_path, machine):
    import pexpect

    path = tmp_path / "auth.log"
    block = "".join(line(day, FAILED, process=f"sshd[{n}]") for day in range(1, 29) for n in range(300))
    path.write_text(block * 8)
    child = pexpect.spawn("stepupctl", ["backtest", "--policy", str(BACK_OFFICE), str(path)], encoding="utf-8", timeout=60)
    child.expect(r"\[#* *\] \d+ %")
    child.expect(pexpect.EOF)
    assert "\r" not in backtest(path).stderr
