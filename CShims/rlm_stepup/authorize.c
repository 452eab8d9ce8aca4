#include "call.h"
#include "methods.h"
#include "password.h"
#include "reply.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

static size_t count(const REQUEST *request, unsigned attribute) {
    size_t found = 0;
    for (const VALUE_PAIR *pair = request->packet->vps; pair != NULL; pair = pair->next) {
        found += pair->da->vendor == 0 && pair->da->attr == attribute;
    }
    return found;
}

static bool is_insecure(const struct stepup_instance *instance, const fr_ipaddr_t *client) {
    for (size_t i = 0; i < instance->insecure_count; i++) {
        const fr_ipaddr_t *network = &instance->insecure[i];
        fr_ipaddr_t masked = *client;
        if (client->af == network->af) {
            fr_ipaddr_mask(&masked, network->prefix);
            masked.prefix = network->prefix;
            if (fr_ipaddr_cmp(&masked, network) == 0) {
                return true;
            }
        }
    }
    return false;
}

// Why nobody may judge this request, or NULL.
static const char *objection(const struct stepup_instance *instance, const REQUEST *request) {
    const VALUE_PAIR *user = fr_pair_find_by_num(request->packet->vps, PW_USER_NAME, 0, TAG_ANY);
    // Only what came over the network; requests inside a tunnel are the server's own.
    if (request->parent == NULL && count(request, PW_MESSAGE_AUTHENTICATOR) == 0 &&
        !is_insecure(instance, &request->packet->src_ipaddr)) {
        return "the request lacks Message-Authenticator, without which replies can be forged (BlastRADIUS); update or "
               "configure the client, or name it in insecure_clients";
    }
    if (user != NULL && memchr(user->vp_octets, '\0', user->vp_length) != NULL) {
        return "User-Name holds a NUL byte (S14); such a name may mean one person here and another elsewhere";
    }
    if (count(request, PW_USER_NAME) > 1 || count(request, PW_USER_PASSWORD) > 1) {
        return "User-Name or User-Password stands twice; the client must send one";
    }
    return NULL;
}

static rlm_rcode_t recognise(const struct stepup_instance *instance, REQUEST *request) {
    if (instance->auth_type == 0) {
        STEPUP_ERROR(request,
                     "an answer to a challenge, and no section to take it: put the line `%s` into `authenticate`",
                     instance->name);
        stepup_verdict_mark(instance, request, "deny", NULL);
        return RLM_MODULE_REJECT;
    }
    VALUE_PAIR *type = fr_pair_afrom_num(request, PW_AUTH_TYPE, 0);
    if (type == NULL) {
        return RLM_MODULE_FAIL;
    }
    type->vp_integer = instance->auth_type;
    type->vp_length = sizeof type->vp_integer;
    fr_pair_delete_by_num(&request->config, PW_AUTH_TYPE, 0, TAG_ANY);
    fr_pair_add(&request->config, type);
    return RLM_MODULE_UPDATED;
}

// `OFFSET,LENGTH`, as the codec has checked it.
static bool split(const struct stepup_call *call, VALUE_PAIR *field) {
    const char *range = (const char *)call->reply.values[STEPUP_WIRE_KEY_SPLIT].bytes;
    char *comma = NULL;
    if (range == NULL) {
        return false;
    }
    size_t offset = strtoul(range, &comma, 10);
    size_t length = strtoul(comma + 1, NULL, 10);
    return stepup_password_split(call->request, field, offset, length);
}

static rlm_rcode_t ask_for_split(struct stepup_instance *instance, REQUEST *request, VALUE_PAIR *field) {
    rlm_rcode_t result = RLM_MODULE_NOOP;
    struct stepup_call *call = stepup_call_make(instance, request);
    if (call == NULL) {
        return RLM_MODULE_FAIL;
    }
    stepup_call_start(call, "begin");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_PHASE, "split");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_FIRST_FACTOR, "radius");
    stepup_call_put_pair(call, STEPUP_WIRE_KEY_ANSWER, field);
    enum stepup_result answered = stepup_call_exchange(call, STEPUP_BREAKER_OTHER);
    if (answered != STEPUP_ANSWERED) {
        char reason[STEPUP_CLIENT_DESCRIPTION];
        stepup_call_describe(call, answered, reason);
        STEPUP_WARN(request,
                    "stepupd does not say whether a code stands in User-Password (%s): the first factor takes it "
                    "as it is",
                    reason);
    } else if (stepup_wire_span_is(call->reply.values[STEPUP_WIRE_KEY_CODE], "split")) {
        result = RLM_MODULE_OK;
        if (!split(call, field)) {
            STEPUP_ERROR(request,
                         "stepupd's split does not fit User-Password, or there is no memory; module and daemon "
                         "must be of the same version");
            stepup_verdict_mark(instance, request, "deny", NULL);
            result = RLM_MODULE_REJECT;
        }
    } else if (!stepup_password_keep(request)) {
        result = RLM_MODULE_FAIL;
    }
    stepup_call_free(call);
    return result;
}

rlm_rcode_t stepup_authorize(void *data, REQUEST *request) {
    struct stepup_instance *instance = data;
    if (request->packet->code != PW_CODE_ACCESS_REQUEST) {
        return RLM_MODULE_NOOP;
    }
    stepup_verdict_renew(instance, request);
    const char *refused = objection(instance, request);
    if (refused != NULL) {
        char client[INET6_ADDRSTRLEN] = "?";
        (void)stepup_facts_client(request, client);
        STEPUP_ERROR(request, "refused a request of client %s: %s", client, refused);
        stepup_verdict_mark(instance, request, "deny", NULL);
        return RLM_MODULE_REJECT;
    }
    if (stepup_reply_state(request) != NULL) {
        return recognise(instance, request);
    }
    VALUE_PAIR *field = fr_pair_find_by_num(request->packet->vps, PW_USER_PASSWORD, 0, TAG_ANY);
    if (!instance->append || field == NULL || stepup_password_kept(request) != NULL) {
        return RLM_MODULE_NOOP;
    }
    return ask_for_split(instance, request, field);
}
