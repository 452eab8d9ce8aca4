#include "call.h"
#include "fallback.h"
#include "methods.h"
#include "password.h"
#include "reply.h"
#include "verdict.h"

// An Access-Challenge reaches a person only outside EAP: in a tunnel, or after EAP's own success, nobody could answer.
static bool can_challenge(REQUEST *request) {
    return request->parent == NULL && fr_pair_find_by_num(request->packet->vps, PW_EAP_MESSAGE, 0, TAG_ANY) == NULL;
}

static rlm_rcode_t deny(struct stepup_call *call) {
    STEPUP_INFO(call->request, "denied: code=%s attempt=%s request=%s", stepup_call_text(call, STEPUP_WIRE_KEY_CODE),
                stepup_call_text(call, STEPUP_WIRE_KEY_ATTEMPT), call->name);
    return RLM_MODULE_REJECT;
}

// What the daemon said, as FreeRADIUS says it.
static rlm_rcode_t conclude(struct stepup_call *call) {
    static const char *const names[] = {"deny", "allow", "deny", "challenge"};
    const char *attempt = (const char *)call->reply.values[STEPUP_WIRE_KEY_ATTEMPT].bytes;
    stepup_verdict_mark(call->instance, call->request, names[call->verdict], attempt);
    switch (call->verdict) {
    case STEPUP_VERDICT_ALLOW:
        stepup_reply_add(call);
        return RLM_MODULE_OK;
    case STEPUP_VERDICT_CHALLENGE:
        if (can_challenge(call->request) && stepup_reply_challenge(call)) {
            return RLM_MODULE_HANDLED;
        }
        STEPUP_WARN(call->request,
                    "stepupd asks for a code, and nobody can be asked within EAP, or there was no memory: "
                    "set `append = yes`, so that the code can follow the password");
        stepup_verdict_mark(call->instance, call->request, "deny", attempt);
        return deny(call);
    case STEPUP_VERDICT_DENY:
    case STEPUP_VERDICT_IGNORE: // never sent to us
        break;
    }
    stepup_reply_add(call);
    return deny(call);
}

static rlm_rcode_t answer(struct stepup_call *call, const VALUE_PAIR *state) {
    REQUEST *request = call->request;
    const VALUE_PAIR *password = fr_pair_find_by_num(request->packet->vps, PW_USER_PASSWORD, 0, TAG_ANY);
    char reason[STEPUP_CLIENT_DESCRIPTION];
    char hex[2 * 64 + 1];
    const size_t prefix = sizeof STEPUP_STATE_PREFIX - 1;
    if (password == NULL) {
        STEPUP_ERROR(request, "an answer without User-Password; the client must send it with PAP");
        stepup_verdict_mark(call->instance, request, "deny", NULL);
        return RLM_MODULE_REJECT;
    }
    stepup_text_hex(state->vp_octets + prefix, state->vp_length - prefix, hex);
    stepup_call_start(call, "answer");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_STATE, hex);
    stepup_call_put_pair(call, STEPUP_WIRE_KEY_ANSWER, password);
    enum stepup_result answered = stepup_call_exchange(call, STEPUP_BREAKER_ANSWER);
    if (answered == STEPUP_ANSWERED) {
        return conclude(call);
    }
    // S02: once a challenge is out, only deny is left.
    stepup_call_describe(call, answered, reason);
    STEPUP_WARN(request, "stepupd gave no answer (%s) to an answer, request=%s: denied", reason, call->name);
    stepup_verdict_mark(call->instance, request, "unavailable", NULL);
    return RLM_MODULE_FAIL;
}

static rlm_rcode_t begin(struct stepup_call *call) {
    const struct stepup_password *password = stepup_password_kept(call->request);
    stepup_call_start(call, "begin");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_PHASE, "auth");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_FIRST_FACTOR, "radius");
    if (password != NULL && password->split) {
        stepup_wire_put(&call->writer, STEPUP_WIRE_KEY_ANSWER, password->bytes, password->length);
        call->used = call->writer.length;
    }
    enum stepup_result answered = stepup_call_exchange(call, STEPUP_BREAKER_BEGIN);
    if (answered == STEPUP_ANSWERED) {
        return conclude(call);
    }
    rlm_rcode_t result = stepup_fallback(call, answered);
    const char *verdict = answered == STEPUP_UNANSWERED ? "unavailable" : "deny";
    stepup_verdict_mark(call->instance, call->request, result == RLM_MODULE_OK ? "fallback" : verdict, NULL);
    return result;
}

// Whether our own name is the Auth-Type: then no section with a first factor has called us.
static bool stands_alone(const struct stepup_instance *instance, REQUEST *request) {
    const VALUE_PAIR *type = fr_pair_find_by_num(request->config, PW_AUTH_TYPE, 0, TAG_ANY);
    return type != NULL && instance->auth_type != 0 && type->vp_integer == instance->auth_type;
}

rlm_rcode_t stepup_authenticate(void *data, REQUEST *request) {
    struct stepup_instance *instance = data;
    const VALUE_PAIR *state = stepup_reply_state(request);
    if (state == NULL && stands_alone(instance, request)) {
        STEPUP_ERROR(
            request,
            "Auth-Type is %s and there is no State of ours, so nobody has checked a first factor: set Auth-Type "
            "to the first factor's, and call %s in its section after it said ok (policy stepup_pap)",
            instance->name, instance->name);
        stepup_verdict_mark(instance, request, "deny", NULL);
        return RLM_MODULE_REJECT;
    }
    if (fr_pair_find_by_num(request->packet->vps, PW_USER_NAME, 0, TAG_ANY) == NULL) {
        STEPUP_ERROR(request, "a request without User-Name; the client must send one");
        stepup_verdict_mark(instance, request, "deny", NULL);
        return RLM_MODULE_REJECT;
    }
    struct stepup_call *call = stepup_call_make(instance, request);
    if (call == NULL) {
        return RLM_MODULE_FAIL;
    }
    rlm_rcode_t result = state != NULL ? answer(call, state) : begin(call);
    stepup_call_free(call);
    return result;
}
