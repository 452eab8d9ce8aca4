#include "call.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct stepup_call *stepup_call_make(struct stepup_instance *instance, REQUEST *request) {
    // Not zeroed as a whole: most of it is the buffer.
    struct stepup_call *call = talloc(request, struct stepup_call);
    if (call == NULL) {
        STEPUP_ERROR(request, "out of memory");
        return NULL;
    }
    memset(call, 0, offsetof(struct stepup_call, attributes));
    call->used = 0;
    call->instance = instance;
    call->request = request;
    if (!stepup_text_request(call->name) || !stepup_facts_client(request, call->client)) {
        STEPUP_ERROR(request, "no randomness, or a client without an address");
        stepup_call_free(call);
        return NULL;
    }
    call->attributes_length = stepup_facts_write(&instance->facts, request, call->attributes);
    return call;
}

void stepup_call_free(struct stepup_call *call) {
    if (call != NULL) {
        explicit_bzero(call->buffer, call->used);
        (void)talloc_free(call);
    }
}

void stepup_call_start(struct stepup_call *call, const char *op) {
    const VALUE_PAIR *user = fr_pair_find_by_num(call->request->packet->vps, PW_USER_NAME, 0, TAG_ANY);
    explicit_bzero(call->buffer, call->used);
    stepup_wire_start(&call->writer, call->buffer, sizeof call->buffer, op);
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_CHANNEL, "radius");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_REQUEST, call->name);
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_SERVICE, call->instance->service);
    if (user == NULL) {
        stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_USER, "");
    }
    stepup_call_put_pair(call, STEPUP_WIRE_KEY_USER, user);
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_CLIENT, call->client);
    stepup_wire_put(&call->writer, STEPUP_WIRE_KEY_ATTRIBUTES, call->attributes, call->attributes_length);
    call->used = call->writer.length;
}

void stepup_call_put_pair(struct stepup_call *call, enum stepup_wire_key key, const VALUE_PAIR *pair) {
    if (pair != NULL) {
        stepup_wire_put(&call->writer, key, pair->vp_octets, pair->vp_length);
    }
    call->used = call->writer.length;
}

static void log_change(const struct stepup_call *call, enum stepup_breaker_change change) {
    static const char *const what[STEPUP_BREAKERS] = {
        [STEPUP_BREAKER_BEGIN] = "logins",
        [STEPUP_BREAKER_ANSWER] = "answers",
        [STEPUP_BREAKER_OTHER] = "reports and questions about appended codes",
    };
    if (change == STEPUP_BREAKER_OPENED) {
        STEPUP_WARN(call->request,
                    "stepupd does not answer: until it does, %s end at once without it; see whether "
                    "stepupd runs, its disk works and name lookups are quick",
                    what[call->use]);
    } else if (change == STEPUP_BREAKER_CLOSED) {
        STEPUP_INFO(call->request, "stepupd answers again: %s", what[call->use]);
    }
}

static struct stepup_breaker *breaker_of(const struct stepup_call *call) {
    return &call->instance->breakers[call->use];
}

static bool waits_on(void *context) {
    struct stepup_call *call = context;
    enum stepup_breaker_change change;
    bool waits = stepup_breaker_wait(breaker_of(call), &call->passage, now_ms(), &change);
    log_change(call, change);
    return waits;
}

static void take_reply(struct stepup_call *call) {
    static const char *const words[] = {"deny", "allow", "ignore", "challenge"};
    call->verdict = STEPUP_VERDICT_DENY;
    for (size_t verdict = 0; verdict < sizeof words / sizeof *words; verdict++) {
        if (stepup_wire_span_is(call->reply.values[STEPUP_WIRE_KEY_VERDICT], words[verdict])) {
            call->verdict = (enum stepup_verdict)verdict;
        }
    }
    const struct stepup_wire_span message = call->reply.values[STEPUP_WIRE_KEY_MESSAGE];
    if (message.bytes != NULL && message.length > 0) {
        char escaped[200];
        stepup_text_escape(message.bytes, message.length, escaped, sizeof escaped);
        STEPUP_INFO(call->request, "stepupd: %s", escaped);
    }
    STEPUP_DEBUG(call->request, "stepupd says %s, code=%s attempt=%s", words[call->verdict],
                 stepup_call_text(call, STEPUP_WIRE_KEY_CODE), stepup_call_text(call, STEPUP_WIRE_KEY_ATTEMPT));
}

enum stepup_result stepup_call_exchange(struct stepup_call *call, enum stepup_breaker_use use) {
    call->use = use;
    const struct stepup_client_patience patience = {STEPUP_BREAKER_SLOW_MS, waits_on, call};
    size_t sent = 0;
    size_t received = 0;
    enum stepup_wire_error error = stepup_wire_finish(&call->writer, &sent);
    call->used = call->writer.length;
    call->failure = (struct stepup_client_failure){0};
    call->passage = (struct stepup_passage){0};
    if (error != STEPUP_WIRE_OK) {
        STEPUP_ERROR(call->request, "the request cannot be put to stepupd: %s", stepup_wire_error_name(error));
        return STEPUP_UNASKED;
    }
    if (!stepup_breaker_enter(breaker_of(call), &call->passage, now_ms())) {
        call->failure.error = ECANCELED; // `connect ECANCELED`: nobody tried
        return STEPUP_UNANSWERED;
    }
    bool replied =
        stepup_client_exchange_patiently(call->instance->socket, call->instance->timeout_ms, &patience, call->buffer,
                                         sent, call->buffer, &received, &call->reply, &call->failure);
    call->used = call->used > received ? call->used : received;
    enum stepup_breaker_result result = STEPUP_BREAKER_REPLY;
    if (!replied) {
        result = call->failure.own || call->failure.replied ? STEPUP_BREAKER_UNKNOWN : STEPUP_BREAKER_SILENCE;
    }
    log_change(call, stepup_breaker_leave(breaker_of(call), &call->passage, result, now_ms()));
    if (!replied) {
        return STEPUP_UNANSWERED;
    }
    take_reply(call);
    return STEPUP_ANSWERED;
}

void stepup_call_describe(const struct stepup_call *call, enum stepup_result result,
                          char text[STEPUP_CLIENT_DESCRIPTION]) {
    if (result == STEPUP_UNANSWERED) {
        stepup_client_describe(&call->failure, text);
    } else {
        (void)snprintf(text, STEPUP_CLIENT_DESCRIPTION, "%s", result == STEPUP_ANSWERED ? "refused" : "not asked");
    }
}

const char *stepup_call_text(const struct stepup_call *call, enum stepup_wire_key key) {
    const uint8_t *text = call->reply.values[key].bytes;
    return text == NULL || *text == '\0' ? "-" : (const char *)text;
}
