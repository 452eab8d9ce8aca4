"""What must hold of a ledger, whatever happened to the daemon."""

from collections import Counter


def hold(host, attempts=(), sources=()):
    """No record, no login; a code is good once; every hash and every decision come out again.

    `attempts` are the ids that clients were allowed under; `sources` the addresses, each used for one login, that got in.
    """
    host.sound()
    events = host.events()
    ends = [event for event in events if event.code == "SU1004"]
    twice = [attempt for attempt, count in Counter(event.attempt for event in ends).items() if count > 1]
    assert not twice, f"ended twice: {twice}"
    allowed = {event.attempt for event in ends if event.data["outcome"] == "allowed"}
    lost = [attempt for attempt in attempts if attempt not in allowed]
    assert not lost, f"allowed, and the ledger does not know: {lost}"
    assert len(attempts) == len(set(attempts)), "one attempt was allowed to two clients"

    known = {event.data["attempt"]["source"].get("known") for event in events
             if event.code == "SU1001" and event.attempt in allowed and isinstance(event.data["attempt"]["source"], dict)}
    unknown = [source for source in sources if source not in known]
    assert not unknown, f"let in, and the ledger does not know: {unknown}"

    accepted = [event for event in events if event.code == "SU1003" and event.data["result"] == "accepted"]
    codes = Counter((event.data["token"], event.data["counter"]) for event in accepted)
    again = [code for code, count in codes.items() if count > 1]
    assert not again, f"accepted twice: {again}"
    proved = {event.attempt for event in ends if event.data["proved"] != "none"}
    assert proved == {event.attempt for event in accepted}, "what was proved is what was accepted"
    return events
