"""Logins through other people's programs, in their defaults: what each sees when nobody is asked, when a code is asked for, and
when it cannot answer. Docs/Callers.md is the table of it. OpenSSH at a terminal is in test_ssh.py."""

import contextlib
import os
import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko
import pexpect
import pytest
import rig

HOME = Path("/home/alice")
NOTHING_TYPED = ["malformed", "repeated", "repeated"]


@pytest.fixture
def alice(host):
    """alice's hardware token: it needs no clock, so that no test waits for the next code."""
    return host.enrol("alice", "--hotp")


@pytest.fixture
def known(host, alice):
    """alice has logged in from here before, and is not asked again."""
    return host.known("alice", alice)


@pytest.fixture
def exemption(host):
    """deploy is in the group stepup-automation and has an exemption."""
    rig.run("stepupctl", "exempt", "add", "deploy", "--service", "sshd", "--source", "127.0.0.1", "--owner", "carol",
            "--reason", "nightly", "--expires", "1d")


@pytest.fixture
def content():
    """A file of bytes that no terminal would leave alone, and a new name for it on the other side."""
    path = Path("/root/content")
    path.write_bytes(bytes(range(256)) + secrets.token_bytes(300_000))
    return path, HOME / f"copy-{secrets.token_hex(4)}"


def options(host):
    """What this host needs, and else the client's defaults."""
    words = host.ssh_command(command=None)[1:-1]
    pairs = zip(words[::2], words[1::2])
    return [word for pair in pairs if pair[0] != "-b" and not pair[1].startswith("Preferred") for word in pair]


def without_terminal(*command, **settings):
    if "input" not in settings:
        settings["stdin"] = subprocess.DEVNULL
    return rig.run(*command, check=False, start_new_session=True, timeout=20, **settings)


def at_terminal(host, answers, command, **prompt):
    child = pexpect.spawn(str(command[0]), [str(word) for word in command[1:]], encoding="utf-8", timeout=20)
    return host.converse(child, answers, **prompt)


def ssh(host, *words):
    return ["ssh", *options(host), *words]


def results(host):
    return [event.data["result"] for event in host.attempt() if event.code == "SU1003"]


def ask_always(grace="0s"):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS.replace("version = 1", f'version = 1\ngrace = "{grace}"'))


def askpass(*lines, name="SSH_ASKPASS"):
    """An environment whose askpass program is these lines of shell."""
    path = Path("/usr/local/bin/askpass")
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)
    return {**os.environ, name: str(path), "SSH_ASKPASS_REQUIRE": "force"}


# OpenSSH's own


def test_ssh_without_a_terminal_types_nothing_and_passes_only_when_not_asked_without_a_byte_added(host, alice):
    assert without_terminal(*ssh(host, "alice@127.0.0.1", "true")).returncode == 255
    assert results(host) == NOTHING_TYPED and host.outcome() == "denied"
    host.known("alice", alice)
    login = without_terminal(*ssh(host, "alice@127.0.0.1", "printf '%s' exact"))
    assert (login.returncode, login.stdout, login.stderr) == (0, "exact", "")


@pytest.mark.parametrize("client", [["ssh", "-o", "BatchMode=yes"], ["sftp", "-b", "/dev/null"]])
def test_batch_mode_is_refused_even_when_not_asked_and_pam_hears_nothing_of_it(host, known, client):
    before = len(host.events("--code", "SU1001"))
    login = without_terminal(*client, *options(host), "alice@127.0.0.1")
    assert login.returncode == 255 and "Permission denied (keyboard-interactive)" in login.stderr
    assert len(host.events("--code", "SU1001")) == before


def test_ssh_askpass_gets_the_prompt_and_gives_the_code(host, alice):
    asked = Path("/root/asked")

    def login(*lines):
        asked.write_text("")
        return without_terminal(*ssh(host, "alice@127.0.0.1", "echo in"), env=askpass(f'echo "$1" >>{asked}', *lines))

    assert login("exit 1").returncode == 255, "a helper that gives up is nothing typed"
    assert results(host) == NOTHING_TYPED
    assert login(f"echo {alice.wrong()}").returncode == 255
    assert results(host) == ["wrong", "repeated", "repeated"]
    assert login(f"echo {alice.press()}").stdout == "in\n"
    assert asked.read_text() == "(alice@127.0.0.1) Verification code: \n"
    assert login("exit 1").stdout == "in\n" and asked.read_text() == "", "not asked: the helper is not called"


def test_sshpass_types_one_code_and_gives_up_at_the_second_prompt(host, alice):
    def login(code):
        return without_terminal("sshpass", "-P", "code:", "-p", code, *ssh(host, "alice@127.0.0.1", "echo in"))

    assert login(alice.wrong()).returncode == 5
    assert results(host) == ["wrong"] and host.outcome() is None, "it left: abandoned when the challenge expires"
    assert login(alice.press()).stdout == "in\n"
    assert login("000000").stdout == "in\n", "not asked: nothing is typed"


def test_a_master_connection_asks_once_and_carries_batch_mode_and_sftp_without_pam(host, alice, content):
    ask_always()
    source, copy = content
    path = f"/root/{copy.name}"
    through = ["-o", f"ControlPath={path}", "-o", "BatchMode=yes", "alice@127.0.0.1"]
    with subprocess.Popen(ssh(host, "-M", "-S", path, "-N", "alice@127.0.0.1"), stdin=subprocess.DEVNULL,
                          env=askpass(f"echo {alice.press()}")) as master:
        rig.wait_until(lambda: os.path.exists(path), "the master is up")
        assert without_terminal(*ssh(host, *through, "echo in")).stdout == "in\n"
        assert without_terminal("sftp", *options(host), *through, input=f"put {source} {copy}\n").returncode == 0
        master.terminate()
    assert copy.read_bytes() == source.read_bytes()
    assert len(host.events("--code", "SU1001")) == 1


# Files


@pytest.mark.parametrize("tool", ["scp", "scp -O", "sftp", "rsync"])
def test_a_file_arrives_unharmed_or_not_at_all_and_nothing_is_printed_when_not_asked(host, alice, content, tool):
    source, copy = content
    remote = f"alice@127.0.0.1:{copy}"
    commands = {"scp": ["scp", *options(host), source, remote], "scp -O": ["scp", "-O", *options(host), source, remote],
                "sftp": ["sftp", "-q", *options(host), "alice@127.0.0.1"], "rsync": ["rsync", "-e", " ".join(ssh(host)), source, remote]}
    typed = [f"put {source} {copy}", "bye"] if tool == "sftp" else []
    without = {"input": "\n".join(typed)}
    assert without_terminal(*commands[tool], **without).returncode != 0
    assert results(host) == NOTHING_TYPED and not copy.exists()
    asked = at_terminal(host, [alice.wrong(), alice.press, *typed], commands[tool], prompt=r"[^\r\n]*(?:ode: |sftp> )$")
    assert asked.ok and results(host) == ["wrong", "accepted"] and copy.read_bytes() == source.read_bytes()
    copy.unlink()
    done = without_terminal(*commands[tool], **without)
    echo = "".join(f"sftp> {line}\n" for line in typed)
    assert (done.returncode, done.stdout, done.stderr) == (0, echo, ""), done
    assert copy.read_bytes() == source.read_bytes()


def test_fifty_sftp_sessions_at_once_pass_under_one_code_and_a_grace(host, alice, content):
    ask_always(grace="2m")
    source, _ = content
    assert host.ssh("alice", [alice.press]).ok

    def put(number):
        copy = HOME / f"parallel-{number}"
        done = without_terminal("sftp", "-q", *options(host), "alice@127.0.0.1", input=f"put {source} {copy}\n")
        return done.returncode == 0 and copy.read_bytes() == source.read_bytes()

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(put, range(50)))
    bases = [event.data["decision"]["basis"] for event in host.events("--code", "SU1001")]
    assert bases.count("grace") == 50


# Libraries


def test_paramiko_goes_on_to_auth_interactive_after_the_key(host, alice):
    asked = []

    def login(*answers, handler=None):
        left = list(answers)
        with paramiko.Transport(("127.0.0.1", 22)) as transport:
            transport.connect()
            key = paramiko.Ed25519Key.from_private_key_file(str(rig.KEYS / "alice"))
            assert transport.auth_publickey("alice", key) == ["keyboard-interactive"], "the key is half of it"
            with contextlib.suppress(paramiko.AuthenticationException):
                transport.auth_interactive("alice", handler or (lambda *words: asked.append(words[2]) or [left.pop(0) for _ in words[2]]))
            return transport.is_authenticated()

    assert not login(alice.wrong(), alice.wrong(1), alice.wrong(2))
    assert results(host) == ["wrong"] * 3 and host.outcome() == "denied"
    assert not login(handler=lambda *_: []) and results(host) == [], "no answer to a prompt is no wrong code"
    assert login(alice.wrong(), alice.press())
    asked.clear()
    assert login() and asked == [[]], "not asked: one round without prompts"


def test_paramiko_client_passes_its_password_on_as_the_code(host, alice):
    def connects(**settings):
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            try:
                client.connect("127.0.0.1", username="alice", key_filename=str(rig.KEYS / "alice"), look_for_keys=False,
                               allow_agent=False, **settings)
                return client.exec_command("echo in")[1].read() == b"in\n"
            except paramiko.SSHException:
                return False

    assert not connects(password=alice.wrong()) and results(host) == ["wrong", "repeated", "repeated"]
    assert connects(password=alice.press())
    assert connects(), "not asked: the key is enough"


def test_curl_and_libssh2_take_a_proved_key_that_is_not_enough_for_a_wrong_one(host, known, exemption):
    def get(user):
        key = rig.KEYS / user
        return without_terminal("curl", "-sS", "--insecure", "-u", f"{user}:", "--key", key, "--pubkey", f"{key}.pub",
                                f"sftp://127.0.0.1/home/{user}/.profile")

    before = host.latest("SU1001").attempt
    assert get("alice").returncode == 67, "although nobody would have been asked"
    assert host.latest("SU1001").attempt == before, "it never came to PAM"
    assert get("deploy").stdout == Path("/home/deploy/.profile").read_text()
    assert host.decision()["basis"] == "exemption"


def ansible(user, **environment):
    inventory = Path("/root/inventory")
    inventory.write_text(f"host ansible_host=127.0.0.1 ansible_user={user} ansible_ssh_private_key_file={rig.KEYS / user} "
                         "ansible_python_interpreter=/usr/bin/python3\n")
    return without_terminal("ansible", "-i", inventory, "host", "-m", "raw", "-a", "echo in",
                            env={**os.environ, "ANSIBLE_HOST_KEY_CHECKING": "False", **environment})


def test_ansible_refuses_keyboard_interactive_and_passes_by_group_and_exemption_or_ssh_args(host, known, exemption):
    refused = ansible("alice")
    assert refused.returncode == 4 and "Permission denied (keyboard-interactive)" in refused.stdout
    assert ansible("deploy").returncode == 0 and host.decision()["basis"] == "exemption"
    # For people, by its ssh_args: let in as long as nobody is asked.
    allowed = "-o KbdInteractiveAuthentication=yes -o PreferredAuthentications=publickey,keyboard-interactive"
    assert ansible("alice", ANSIBLE_SSH_ARGS=allowed).returncode == 0
    ask_always()
    assert ansible("alice", ANSIBLE_SSH_ARGS=allowed).returncode == 4 and results(host) == NOTHING_TYPED


# On the host itself


def sudo(*words, **settings):
    return without_terminal("runuser", "-u", "alice", "--", "sudo", *words, "id", "-u", **settings)


def test_sudo_reads_password_and_code_from_wherever_it_reads_the_password(host, alice):
    ask_always()
    assert sudo("-S", input=f"password of alice\n{alice.wrong()}\n{alice.press()}\n").stdout == "0\n"
    assert results(host) == ["wrong", "accepted"]
    helper = askpass(f'case "$1" in *ode*) echo {alice.press()};; *) echo password of alice;; esac', name="SUDO_ASKPASS")
    assert sudo("-A", env=helper).stdout == "0\n"
    login = at_terminal(host, ["password of alice", alice.press], ["runuser", "-u", "alice", "--", "sudo", "id", "-u"])
    assert login.ok and login.output.split()[-1] == "0"


def test_sudo_that_cannot_answer_is_refused_and_not_as_a_wrong_code(host, alice):
    ask_always()
    assert sudo("-S", input="password of alice\n").returncode == 1
    assert results(host) == [] and host.outcome() == "cancelled"
    assert sudo("-n").returncode == 1, "-n does not even ask for the password"


@pytest.mark.parametrize("name", ["su", "login"])
def test_su_and_login_ask_for_a_code_after_the_password(host, alice, name):
    stack = Path(f"/etc/pam.d/{name}")
    original = stack.read_text()

    def login(*answers):
        command = {"su": ["runuser", "-u", "bob", "--", "su", "alice"], "login": ["login", "alice"]}[name]
        return at_terminal(host, ["password of alice", *answers], command, prompt=r"(?:assword: |ode: |\$ |login: )$")

    try:
        host.service(name, "auth requisite pam_unix.so", "auth required pam_stepup.so first_factor=stack",
                     "account required pam_stepup.so account=record", "account required pam_permit.so", "session required pam_permit.so")
        assert len(login("id -un; exit").prompts) == 2, "the password and the shell"
        ask_always()
        asked = login(alice.wrong(), alice.press, "id -un; exit")
        assert asked.ok and "alice" in asked.output and results(host) == ["wrong", "accepted"]
        assert host.attempt()[0].data["attempt"]["service"] == name and host.outcome() == "allowed"
        refused = login("1", "2", "3")
        assert refused.prompts[-1] == "ode: " and host.outcome() == "denied"
    finally:
        stack.write_text(original)
