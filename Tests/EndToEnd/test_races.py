"""Two things at once: answers, codes, policies, admins, restarts."""

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import rig
from interpose import Interpose
from invariants import hold
from wire import answer, begin, connect, exchange, receive

# Half of them with a wrong code: ten in an hour from an unknown client throttle the token (S23).
ROUNDS = 18


@pytest.fixture
def presses(host):
    """alice's HOTP token, under a policy that always asks."""
    host.fresh(rig.ASK_ALWAYS)
    return host.enrol("alice", "--hotp")


def at_once(*frames):
    """The replies to these, sent over connections that were all there before the first was."""
    peers = [connect() for _ in frames]
    for peer, data in zip(peers, frames):
        peer.sendall(data)
    replies = [receive(peer) for peer in peers]
    for peer in peers:
        peer.close()
    return replies


def allowed(replies):
    return [reply["attempt"] for reply in replies if reply["verdict"] == "allow"]


def test_s15_of_two_answers_to_one_challenge_exactly_one_is_looked_at(host, presses):
    attempts = []
    for number in range(ROUNDS):
        reply, code = exchange(begin()), presses.press()
        both = [answer(reply, code), answer(reply, presses.wrong(number))]
        replies = at_once(*(both if number % 2 else reversed(both)))
        assert [one.get("code") for one in replies].count("refused") == 1
        looked_at = [event for event in host.events("--attempt", reply["attempt"]) if event.code == "SU1003"]
        assert len(looked_at) == 1 and looked_at[0].data["result"] in ("accepted", "wrong")
        got_in = allowed(replies)
        assert bool(got_in) == (looked_at[0].data["result"] == "accepted")
        if not got_in:
            again = next(one for one in replies if one["verdict"] == "challenge")
            got_in = allowed([exchange(answer(again, code))])
            assert got_in, "the right one was not used up"
        attempts += got_in
    hold(host, attempts)


def test_the_same_code_on_two_challenges_at_once_lets_one_in(host, presses):
    attempts = []
    for _ in range(ROUNDS):
        challenges, code = [exchange(begin()) for _ in range(3)], presses.press()
        got_in = allowed(at_once(*(answer(challenge, code) for challenge in challenges)))
        assert len(got_in) == 1
        attempts += got_in
    hold(host, attempts)


def test_s22_each_decision_names_the_policy_it_was_made_under_while_policies_change(host):
    texts = [rig.ASK_NEVER, rig.ASK_ALWAYS, rig.NEW_ADDRESS]
    verdicts, ended = {}, threading.Event()

    def person(number):
        while not ended.is_set():
            reply = exchange(begin(source=f"127.0.5.{number + 1}"))
            verdicts[reply["attempt"]] = reply["verdict"]

    with ThreadPoolExecutor(50) as pool:
        people = [pool.submit(person, number) for number in range(50)]
        for number in range(12):
            text = texts[number % 3] + f"# {number}\n"
            if number % 2:
                rig.run("stepupctl", "policy", "load", "-", input=text)
            else:
                temporary = rig.POLICY.with_suffix(".new")
                temporary.write_text(text)
                os.replace(temporary, rig.POLICY)
                host.signal(signal.SIGHUP)
            time.sleep(0.03)
        ended.set()
        for one in people:
            one.result()
    in_force, under = None, Counter()
    for event in hold(host, [attempt for attempt, verdict in verdicts.items() if verdict == "allow"]):
        if event.code == "SU3001":
            in_force = event.data["policy"]
        elif event.code == "SU1001":
            assert event.data["policy"] == in_force
            assert verdicts[event.attempt] == event.data["decision"]["verdict"]
            under[in_force] += 1
    print(f"{sum(under.values())} decisions under {len(under)} policies")
    assert len(under) > 6 and set(verdicts.values()) == {"allow", "challenge"}


@pytest.mark.parametrize("action", ["disable", "remove"])
def test_a_token_that_goes_between_prompt_and_answer_proves_nothing(host, presses, action):
    reply, code = exchange(begin()), presses.press()
    assert reply["verdict"] == "challenge"
    rig.run("stepupctl", "token", action, presses.id, input="yes\n")
    while reply["verdict"] == "challenge":
        reply = exchange(answer(reply, code))
    assert reply["verdict"] == "deny" and host.outcome() == "denied"
    assert {event.data["result"] for event in host.attempt() if event.code == "SU1003"} <= {"no_token", "repeated"}
    hold(host)


def test_a_token_that_goes_while_answers_arrive_proves_only_what_came_before(host):
    host.fresh(rig.ASK_ALWAYS)
    for number in range(6):
        token = host.enrol("alice", "--hotp")
        reply, code = exchange(begin()), token.press()
        with ThreadPoolExecutor(2) as pool:
            gone = pool.submit(rig.run, "stepupctl", "token", "disable", token.id)
            time.sleep(0.004 * number)
            final = exchange(answer(reply, code))
            gone.result()
        events = host.events()
        disabled = next(index for index, event in enumerate(events)
                        if event.code == "SU2001" and event.data["token"] == token.id and event.data["action"] == "disabled")
        accepted = [index for index, event in enumerate(events) if event.code == "SU1003" and event.attempt == reply["attempt"]
                    and event.data["result"] == "accepted"]
        assert bool(accepted) == (final["verdict"] == "allow") and all(index < disabled for index in accepted)
    hold(host)


@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_s02_a_hundred_prompts_outlive_a_restart_and_each_can_be_answered(host, presses, way):
    pending = [exchange(begin()) for _ in range(100)]
    host.stop() if way == "stopped" else host.kill()
    host.start()
    replies = [exchange(answer(reply, presses.press())) for reply in pending]
    assert len(allowed(replies)) == 100
    hold(host, allowed(replies))


def test_s16_prompts_that_expired_while_it_was_away_are_ended_and_answered_by_nobody(host, presses):
    pending = [exchange(begin()) for _ in range(300)]
    host.kill()
    interpose = Interpose()
    interpose.set_clock(121)
    host.start(interpose.environment)
    assert exchange(answer(pending[0], presses.press()))["verdict"] == "deny"
    rig.wait_until(lambda: len([event for event in host.events("--code", "SU1004") if event.data["outcome"] == "abandoned"]) == 300,
                   "each one has its final event")
    assert exchange(answer(pending[-1], presses.press()))["verdict"] == "deny"
    hold(host)
    host.stop()
    host.start()
