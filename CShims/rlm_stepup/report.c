#include "call.h"
#include "methods.h"
#include "reply.h"
#include "verdict.h"

#include <ctype.h>
#include <string.h>

#define CLASS       "stepup:"
#define ULID_LENGTH 26

// What Acct-Status-Type says (RFC 2866, 5.1).
enum {
    START = 1,
    STOP = 2,
    INTERIM_UPDATE = 3,
};

// EAP types whose inner request is the one that is about somebody.
enum {
    TTLS = 21,
    PEAP = 25,
    FAST = 43,
    TEAP = 55,
};

static bool report(struct stepup_instance *instance, REQUEST *request, const char *event, const char *attempt) {
    struct stepup_call *call = stepup_call_make(instance, request);
    if (call == NULL) {
        return false;
    }
    stepup_call_start(call, "report");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_EVENT, event);
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_ATTEMPT, attempt);
    call->used = call->writer.length;
    enum stepup_result answered = stepup_call_exchange(call, STEPUP_BREAKER_OTHER);
    bool recorded = answered == STEPUP_ANSWERED && call->verdict == STEPUP_VERDICT_IGNORE;
    if (!recorded) {
        char reason[STEPUP_CLIENT_DESCRIPTION];
        stepup_call_describe(call, answered, reason);
        STEPUP_WARN(request, "stepupd did not take the report %s: %s", event, reason);
    }
    stepup_call_free(call);
    return recorded;
}

static bool is_tunnel(REQUEST *request) {
    const VALUE_PAIR *type = fr_pair_find_by_num(request->packet->vps, PW_EAP_TYPE, 0, TAG_ANY);
    return type != NULL && (type->vp_integer == TTLS || type->vp_integer == PEAP || type->vp_integer == FAST ||
                            type->vp_integer == TEAP);
}

rlm_rcode_t stepup_post_auth(void *data, REQUEST *request) {
    struct stepup_instance *instance = data;
    bool refuses = request->packet->code == PW_CODE_ACCESS_REQUEST && request->reply->code == PW_CODE_ACCESS_ACCEPT &&
                   !stepup_verdict_lets_in(instance, request);
    if (refuses) {
        stepup_verdict_refuse(instance, request);
    }
    // A verdict of ours: then the first factor had not failed. Around a tunnel, the request within has told.
    bool told = fr_pair_find_by_da(request->config, instance->verdict, TAG_ANY) != NULL || is_tunnel(request);
    if (request->reply->code == PW_CODE_ACCESS_REJECT && !told) {
        (void)report(instance, request, "first_factor_failed", NULL);
        stepup_verdict_mark(instance, request, "deny", NULL); // once, however often the server comes by
    }
    if (request->parent == NULL && !stepup_reply_sign(request)) {
        return RLM_MODULE_FAIL;
    }
    if (refuses) {
        return RLM_MODULE_REJECT;
    }
    return request->parent == NULL ? RLM_MODULE_UPDATED : RLM_MODULE_NOOP;
}

// The attempt that the accept's Class named, in `attempt`.
static bool find_attempt(const REQUEST *request, char attempt[ULID_LENGTH + 1]) {
    const size_t prefix = sizeof CLASS - 1;
    for (const VALUE_PAIR *pair = request->packet->vps; pair != NULL; pair = pair->next) {
        if (pair->da->vendor != 0 || pair->da->attr != PW_CLASS || pair->vp_length != prefix + ULID_LENGTH ||
            memcmp(pair->vp_octets, CLASS, prefix) != 0) {
            continue;
        }
        memcpy(attempt, pair->vp_octets + prefix, ULID_LENGTH);
        attempt[ULID_LENGTH] = '\0';
        for (size_t i = 0; i < ULID_LENGTH; i++) {
            if (!isalnum((unsigned char)attempt[i])) {
                return false;
            }
        }
        return true;
    }
    return false;
}

rlm_rcode_t stepup_accounting(void *data, REQUEST *request) {
    struct stepup_instance *instance = data;
    const VALUE_PAIR *status = fr_pair_find_by_num(request->packet->vps, PW_ACCT_STATUS_TYPE, 0, TAG_ANY);
    const char *event = NULL;
    char attempt[ULID_LENGTH + 1];
    switch (status == NULL ? 0 : status->vp_integer) {
    case START:
        event = "session_opened";
        break;
    case STOP:
        event = "session_closed";
        break;
    case INTERIM_UPDATE:
        event = "session_alive";
        break;
    default:
        return RLM_MODULE_NOOP;
    }
    const VALUE_PAIR *user = fr_pair_find_by_num(request->packet->vps, PW_USER_NAME, 0, TAG_ANY);
    if (user != NULL && memchr(user->vp_octets, '\0', user->vp_length) != NULL) {
        // It could never be taken, and would come again for ever.
        STEPUP_WARN(request, "%s is not reported: User-Name holds a NUL byte (S14)", event);
        return RLM_MODULE_OK;
    }
    // Without an answer the NAS sends it again, until the daemon has taken it.
    return report(instance, request, event, find_attempt(request, attempt) ? attempt : NULL) ? RLM_MODULE_OK
                                                                                             : RLM_MODULE_FAIL;
}
