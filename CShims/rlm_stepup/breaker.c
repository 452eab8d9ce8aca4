#include "breaker.h"

void stepup_breaker_init(struct stepup_breaker *breaker) {
    *breaker = (struct stepup_breaker){0};
    (void)pthread_mutex_init(&breaker->mutex, NULL);
}

void stepup_breaker_destroy(struct stepup_breaker *breaker) {
    (void)pthread_mutex_destroy(&breaker->mutex);
}

static enum stepup_breaker_change open_it(struct stepup_breaker *breaker, int64_t now_ms) {
    if (breaker->open) {
        return STEPUP_BREAKER_SAME;
    }
    breaker->open = true;
    breaker->probe_ms = now_ms + STEPUP_BREAKER_PROBE_MS;
    return STEPUP_BREAKER_OPENED;
}

static void turn_away(const struct stepup_breaker *breaker, struct stepup_passage *passage) {
    passage->turned_away = true;
    passage->silent = breaker->failed == STEPUP_BREAKER_CALLS;
}

bool stepup_breaker_enter(struct stepup_breaker *breaker, struct stepup_passage *passage, int64_t now_ms) {
    *passage = (struct stepup_passage){0};
    (void)pthread_mutex_lock(&breaker->mutex);
    bool enters = !breaker->open;
    if (!enters && !breaker->probing && now_ms >= breaker->probe_ms) {
        enters = true;
        passage->probe = true;
        breaker->probing = true;
    }
    if (!enters) {
        turn_away(breaker, passage);
    }
    (void)pthread_mutex_unlock(&breaker->mutex);
    return enters;
}

bool stepup_breaker_wait(struct stepup_breaker *breaker, struct stepup_passage *passage, int64_t now_ms,
                         enum stepup_breaker_change *change) {
    *change = STEPUP_BREAKER_SAME;
    (void)pthread_mutex_lock(&breaker->mutex);
    bool waits = passage->probe || breaker->slow < STEPUP_BREAKER_CALLS;
    if (waits && !passage->probe) {
        passage->slow = true;
        breaker->slow++;
    }
    if (!waits) {
        turn_away(breaker, passage);
    }
    if (breaker->slow >= STEPUP_BREAKER_CALLS) {
        *change = open_it(breaker, now_ms);
    }
    (void)pthread_mutex_unlock(&breaker->mutex);
    return waits;
}

enum stepup_breaker_change stepup_breaker_leave(struct stepup_breaker *breaker, const struct stepup_passage *passage,
                                                enum stepup_breaker_result result, int64_t now_ms) {
    enum stepup_breaker_change change = STEPUP_BREAKER_SAME;
    (void)pthread_mutex_lock(&breaker->mutex);
    breaker->slow -= passage->slow;
    if (passage->probe) {
        breaker->probing = false;
        breaker->probe_ms = now_ms + STEPUP_BREAKER_PROBE_MS;
    }
    if (result == STEPUP_BREAKER_REPLY) {
        change = breaker->open ? STEPUP_BREAKER_CLOSED : STEPUP_BREAKER_SAME;
        breaker->open = false;
        breaker->failed = 0;
    } else if (result == STEPUP_BREAKER_SILENCE && !passage->turned_away) {
        breaker->failed += breaker->failed < STEPUP_BREAKER_CALLS;
        if (breaker->failed == STEPUP_BREAKER_CALLS) {
            change = open_it(breaker, now_ms);
        }
    }
    (void)pthread_mutex_unlock(&breaker->mutex);
    return change;
}
