#pragma once

// Keeps a daemon that hangs from holding all of the server's threads. At most STEPUP_BREAKER_CALLS calls at a time wait
// longer than STEPUP_BREAKER_SLOW_MS; while that many do, or after that many in a row got no reply, it is open: calls
// end at once, but for one probe at a time. Any reply closes it. A call that is cut says nothing of the daemon; only
// that many in a row that failed by themselves mean that it is silent, and not merely slow.
//
// Time is a parameter. Any thread may call; the mutex is held for a few instructions.

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define STEPUP_BREAKER_CALLS    4
#define STEPUP_BREAKER_SLOW_MS  100
#define STEPUP_BREAKER_PROBE_MS 500

struct stepup_breaker {
    pthread_mutex_t mutex;
    unsigned slow;   // calls that wait and have waited long
    unsigned failed; // calls in a row without a reply
    bool open;
    bool probing;
    int64_t probe_ms; // no probe before
};

/// One call's way through the breaker.
struct stepup_passage {
    bool probe;
    bool slow;
    bool turned_away; // not let in, or not to wait on
    bool silent;      // and then, whether the daemon was silent
};

enum stepup_breaker_result {
    STEPUP_BREAKER_REPLY,   // something came
    STEPUP_BREAKER_SILENCE, // the daemon is not there
    STEPUP_BREAKER_UNKNOWN, // the call failed by itself, and says nothing of the daemon
};

enum stepup_breaker_change {
    STEPUP_BREAKER_SAME,
    STEPUP_BREAKER_OPENED,
    STEPUP_BREAKER_CLOSED,
};

void stepup_breaker_init(struct stepup_breaker *breaker);
void stepup_breaker_destroy(struct stepup_breaker *breaker);

/// Whether a call may be made. On true it must end with `stepup_breaker_leave`.
bool stepup_breaker_enter(struct stepup_breaker *breaker, struct stepup_passage *passage, int64_t now_ms);

/// Whether a call that has waited STEPUP_BREAKER_SLOW_MS may wait on.
bool stepup_breaker_wait(struct stepup_breaker *breaker, struct stepup_passage *passage, int64_t now_ms,
                         enum stepup_breaker_change *change);

enum stepup_breaker_change stepup_breaker_leave(struct stepup_breaker *breaker, const struct stepup_passage *passage,
                                                enum stepup_breaker_result result, int64_t now_ms);
