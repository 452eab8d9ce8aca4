"""The wall clock set while stepupd runs."""

import time

import pytest
import rig
from invariants import hold
from wire import answer, begin, exchange, opened

HOUR = 3600


@pytest.fixture
def phone(host, interposed):
    """alice's TOTP, on a device that goes with the host's clock; the code of this time step is not used yet."""
    while time.time() % 30 > 28:
        time.sleep(0.1)
    token = host.enrol("alice", confirm=False)
    token.now = interposed.now
    rig.run("stepupctl", "enrol", "--confirm", token.id, input=token.code(-1) + "\n")
    return token


def login(code):
    return exchange(answer(exchange(begin()), code))


def ends(host, reply):
    return [event.data["outcome"] for event in host.events("--attempt", reply["attempt"]) if event.code == "SU1004"]


@pytest.mark.parametrize("step", [HOUR, -HOUR, 90, -90])
def test_s16_no_code_is_good_twice_and_the_log_says_how_far_the_clock_moved(host, phone, interposed, step):
    used = []
    for moved in (0, step, 0, step, 0):
        interposed.set_clock(moved)
        time_step, code = interposed.now() // 30, phone.code()
        used.append((time_step, login(code)["verdict"]))
        assert login(code)["verdict"] != "allow", "used just now, or before"
    steps = [event.data["by_ms"] for event in host.events("--code", "SU4003")]
    wanted = [step * 1000, -step * 1000] * 2
    assert len(steps) == 4 and all(abs(found - want) < 100 for found, want in zip(steps, wanted)), steps
    # The latest time step that was used is the floor, however often the clock goes back before it.
    floor = 0
    for time_step, verdict in used:
        assert (verdict == "allow") == (time_step > floor), used
        floor = max(floor, time_step)
    hold(host)


def test_s16_after_a_step_back_codes_are_good_again_once_the_used_step_has_passed(host, phone, interposed):
    assert login(phone.code())["verdict"] == "allow"
    interposed.set_clock(-HOUR)
    assert login(phone.code())["verdict"] != "allow"
    interposed.set_clock(60)
    assert login(phone.code())["verdict"] == "allow"
    hold(host)


@pytest.mark.parametrize("step", [HOUR, -HOUR, 60, -60])
def test_s06_a_grace_ends_when_the_clock_is_set(host, phone, interposed, step):
    rig.run("stepupctl", "policy", "load", "-", input=rig.ASK_ALWAYS.replace("version = 1", 'version = 1\ngrace = "5m"'))
    first = login(phone.code())
    assert first["verdict"] == "allow"
    assert exchange(begin())["verdict"] == "allow" and host.decision()["basis"] == "grace"
    interposed.set_clock(step)
    assert exchange(begin())["verdict"] == "challenge", "the very first login after it is asked"
    interposed.set_clock(0)
    assert exchange(begin())["verdict"] == "challenge", "and the grace does not come back with the time"
    hold(host, [first["attempt"]])


def test_s16_after_a_step_back_a_prompt_still_ends_by_the_clock_that_nobody_sets(host, phone, interposed):
    reply = exchange(begin())
    interposed.set_clock(-HOUR)
    interposed.set_boot_clock(121)
    assert exchange(answer(reply, phone.code()))["verdict"] == "deny"
    assert ends(host, reply) == ["abandoned"]


def test_s16_after_a_step_back_a_prompt_that_nobody_answers_has_its_final_event_in_time(host, phone, interposed):
    reply = exchange(begin())
    interposed.set_clock(-HOUR)
    interposed.set_boot_clock(121)
    rig.wait_until(lambda: ends(host, reply) == ["abandoned"], "the sweep ends it", 4)


def test_s20_a_login_whose_clock_is_set_ahead_before_its_session_opens_is_still_a_login(host, phone, interposed):
    reply = login(phone.code())
    interposed.set_clock(HOUR)
    # The sweep comes by.
    time.sleep(1.5)
    assert exchange(opened(reply["attempt"]))["code"] == "recorded"
    assert [event.code for event in host.events("--attempt", reply["attempt"])][-1] == "SU1005"
