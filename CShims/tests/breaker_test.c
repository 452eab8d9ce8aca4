// The breaker on its own; time is a number.

#include "breaker.h"
#include "rig.h"

static struct stepup_breaker breaker;

static struct stepup_passage enter(int64_t now) {
    struct stepup_passage passage;
    CHECK(stepup_breaker_enter(&breaker, &passage, now));
    return passage;
}

static bool refuses(int64_t now) {
    struct stepup_passage passage;
    return !stepup_breaker_enter(&breaker, &passage, now);
}

static enum stepup_breaker_change leave(struct stepup_passage passage, enum stepup_breaker_result result, int64_t now) {
    return stepup_breaker_leave(&breaker, &passage, result, now);
}

static void test_failures(void) {
    rig_promise("four in a row without a reply open it, a reply between them does not");
    stepup_breaker_init(&breaker);
    for (int i = 0; i < 3; i++) {
        CHECK_IS(leave(enter(0), STEPUP_BREAKER_SILENCE, 0), STEPUP_BREAKER_SAME);
    }
    CHECK_IS(leave(enter(0), STEPUP_BREAKER_REPLY, 0), STEPUP_BREAKER_SAME);
    for (int i = 0; i < 3; i++) {
        CHECK_IS(leave(enter(0), STEPUP_BREAKER_SILENCE, 0), STEPUP_BREAKER_SAME);
        CHECK_IS(leave(enter(0), STEPUP_BREAKER_UNKNOWN, 0), STEPUP_BREAKER_SAME);
    }
    CHECK_IS(leave(enter(0), STEPUP_BREAKER_SILENCE, 1000), STEPUP_BREAKER_OPENED);

    rig_promise("open, it lets one probe at a time through, 500 ms apart");
    CHECK(refuses(1499));
    struct stepup_passage probe = enter(1500);
    CHECK(probe.probe);
    CHECK(refuses(1500));
    CHECK(refuses(9000));
    enum stepup_breaker_change change;
    CHECK(stepup_breaker_wait(&breaker, &probe, 1600, &change));
    CHECK_IS(change, STEPUP_BREAKER_SAME);
    CHECK_IS(leave(probe, STEPUP_BREAKER_SILENCE, 4500), STEPUP_BREAKER_SAME);
    CHECK(refuses(4999));
    probe = enter(5000);

    rig_promise("a probe that gets a reply closes it");
    CHECK_IS(leave(probe, STEPUP_BREAKER_REPLY, 5001), STEPUP_BREAKER_CLOSED);
    CHECK_IS(leave(enter(5001), STEPUP_BREAKER_SILENCE, 5001), STEPUP_BREAKER_SAME);
    stepup_breaker_destroy(&breaker);
}

static void test_waiting(void) {
    rig_promise("four may wait long, the fourth opens it, a fifth gives up");
    stepup_breaker_init(&breaker);
    struct stepup_passage calls[6];
    enum stepup_breaker_change change;
    for (int i = 0; i < 6; i++) {
        calls[i] = enter(0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(stepup_breaker_wait(&breaker, &calls[i], 100, &change));
        CHECK_IS(change, i < 3 ? STEPUP_BREAKER_SAME : STEPUP_BREAKER_OPENED);
    }
    CHECK(!stepup_breaker_wait(&breaker, &calls[4], 100, &change));
    CHECK_IS(change, STEPUP_BREAKER_SAME);
    CHECK(calls[4].turned_away && !calls[4].silent);
    CHECK_IS(leave(calls[4], STEPUP_BREAKER_SILENCE, 100), STEPUP_BREAKER_SAME);
    CHECK(refuses(101));
    CHECK_IS(breaker.failed, 0); // a call that is cut says nothing of the daemon

    rig_promise("any reply closes it, and those that waited are counted out");
    CHECK_IS(leave(calls[0], STEPUP_BREAKER_REPLY, 150), STEPUP_BREAKER_CLOSED);
    CHECK(stepup_breaker_wait(&breaker, &calls[5], 160, &change));
    CHECK_IS(change, STEPUP_BREAKER_OPENED);
    CHECK_IS(leave(calls[1], STEPUP_BREAKER_REPLY, 170), STEPUP_BREAKER_CLOSED);
    CHECK_IS(leave(calls[2], STEPUP_BREAKER_REPLY, 170), STEPUP_BREAKER_SAME);
    CHECK_IS(leave(calls[3], STEPUP_BREAKER_REPLY, 170), STEPUP_BREAKER_SAME);
    CHECK_IS(leave(calls[5], STEPUP_BREAKER_REPLY, 170), STEPUP_BREAKER_SAME);
    CHECK_IS(breaker.slow, 0);
    CHECK(!refuses(171));
    stepup_breaker_destroy(&breaker);
}

static bool silent_at(int64_t now) {
    struct stepup_passage passage;
    CHECK(!stepup_breaker_enter(&breaker, &passage, now));
    CHECK(passage.turned_away);
    return passage.silent;
}

static void test_silence(void) {
    rig_promise("a daemon that is slow is not silent; one that four calls in a row got nothing of is");
    stepup_breaker_init(&breaker);
    struct stepup_passage calls[5];
    enum stepup_breaker_change change;
    for (int i = 0; i < 5; i++) {
        calls[i] = enter(0);
    }
    for (int i = 0; i < 5; i++) {
        CHECK_IS(stepup_breaker_wait(&breaker, &calls[i], 100, &change), i < 4);
    }
    CHECK(!silent_at(101));
    for (int i = 0; i < 3; i++) {
        (void)leave(calls[i], STEPUP_BREAKER_SILENCE, 110);
        CHECK(!silent_at(110));
    }
    (void)leave(calls[4], STEPUP_BREAKER_SILENCE, 110);
    CHECK(!silent_at(110));
    (void)leave(calls[3], STEPUP_BREAKER_SILENCE, 110);
    CHECK(silent_at(110));

    rig_promise("any reply, and it is not silent, however slow it is");
    struct stepup_passage probe = enter(1000);
    CHECK(!probe.turned_away);
    CHECK_IS(leave(probe, STEPUP_BREAKER_REPLY, 1000), STEPUP_BREAKER_CLOSED);
    for (int i = 0; i < 5; i++) {
        calls[i] = enter(1000);
    }
    for (int i = 0; i < 5; i++) {
        (void)stepup_breaker_wait(&breaker, &calls[i], 1100, &change);
    }
    CHECK(calls[4].turned_away && !calls[4].silent);
    stepup_breaker_destroy(&breaker);
}

int main(void) {
    test_failures();
    test_waiting();
    test_silence();
    return rig_finish();
}
