#include "verdict.h"

#include <string.h>

#define EAP_SUCCESS       3
#define EAP_FAILURE       4
#define EAP_SUCCESS_BYTES 4

// What rlm_eap leaves alone in its State from round to round (src/modules/rlm_eap/mem.c): random, and so the
// conversation's name. The server takes up session-state by any State of its own that comes back, also with a packet
// that begins another conversation, or that is no EAP at all.
#define STATE_LENGTH 16
static const uint8_t unchanged[] = {0, 1, 2, 3, 7, 8, 9, 10, 11, 13, 14, 15};
#define NAME_LENGTH sizeof unchanged

static VALUE_PAIR *find(VALUE_PAIR *list, unsigned attribute) {
    return fr_pair_find_by_num(list, attribute, 0, TAG_ANY);
}

static bool is_way_in(const char *verdict) {
    return strcmp(verdict, "allow") == 0 || strcmp(verdict, "fallback") == 0;
}

// The EAP conversation that a request from the network belongs to. False where it is in none.
static bool name_conversation(const REQUEST *root, uint8_t name[NAME_LENGTH]) {
    const VALUE_PAIR *state = find(root->packet->vps, PW_STATE);
    if (state == NULL || state->vp_length != STATE_LENGTH || find(root->packet->vps, PW_EAP_MESSAGE) == NULL) {
        return false;
    }
    for (size_t i = 0; i < NAME_LENGTH; i++) {
        name[i] = state->vp_octets[unchanged[i]];
    }
    return true;
}

static void set(TALLOC_CTX *owner, VALUE_PAIR **list, const DICT_ATTR *attribute, const char *text) {
    fr_pair_delete_by_da(list, attribute);
    VALUE_PAIR *pair = fr_pair_afrom_da(owner, attribute);
    if (pair != NULL) {
        fr_pair_value_strcpy(pair, text);
        fr_pair_add(list, pair);
    }
}

static void forget(const struct stepup_instance *instance, REQUEST *root) {
    fr_pair_delete_by_da(&root->state, instance->verdict);
    fr_pair_delete_by_da(&root->state, instance->conversation);
}

// In session-state: the verdict, and the conversation's name with the User-Name that was decided behind it.
static void keep(const struct stepup_instance *instance, REQUEST *request, const char *verdict) {
    REQUEST *root = stepup_outermost(request);
    const VALUE_PAIR *user = find(request->packet->vps, PW_USER_NAME);
    uint8_t name[NAME_LENGTH];
    forget(instance, root);
    if (!is_way_in(verdict) || user == NULL || root->state_ctx == NULL || !name_conversation(root, name)) {
        return;
    }
    VALUE_PAIR *pair = fr_pair_afrom_da(root->state_ctx, instance->conversation);
    if (pair == NULL) {
        return;
    }
    uint8_t *bytes = talloc_array(pair, uint8_t, (unsigned)(NAME_LENGTH + user->vp_length));
    if (bytes == NULL) {
        fr_pair_list_free(&pair);
        return;
    }
    memcpy(bytes, name, NAME_LENGTH);
    memcpy(bytes + NAME_LENGTH, user->vp_octets, user->vp_length);
    fr_pair_value_memsteal(pair, bytes);
    fr_pair_add(&root->state, pair);
    set(root->state_ctx, &root->state, instance->verdict, verdict);
}

void stepup_verdict_mark(const struct stepup_instance *instance, REQUEST *request, const char *verdict,
                         const char *attempt) {
    for (REQUEST *each = request; each != NULL; each = each->parent) {
        set(each, &each->config, instance->verdict, verdict);
        if (attempt != NULL) {
            set(each, &each->config, instance->attempt, attempt);
        }
    }
    keep(instance, request, verdict);
}

// Whether what is kept is of this conversation, and, within a tunnel, about whom this request is about.
static bool is_kept(const struct stepup_instance *instance, REQUEST *request) {
    REQUEST *root = stepup_outermost(request);
    const VALUE_PAIR *verdict = fr_pair_find_by_da(root->state, instance->verdict, TAG_ANY);
    const VALUE_PAIR *kept = fr_pair_find_by_da(root->state, instance->conversation, TAG_ANY);
    const VALUE_PAIR *user = find(request->packet->vps, PW_USER_NAME);
    uint8_t name[NAME_LENGTH];
    if (verdict == NULL || kept == NULL || !is_way_in(verdict->vp_strvalue) || !name_conversation(root, name) ||
        kept->vp_length < NAME_LENGTH || memcmp(kept->vp_octets, name, NAME_LENGTH) != 0) {
        return false;
    }
    return request->parent == NULL || (user != NULL && user->vp_length == kept->vp_length - NAME_LENGTH &&
                                       memcmp(user->vp_octets, kept->vp_octets + NAME_LENGTH, user->vp_length) == 0);
}

void stepup_verdict_renew(const struct stepup_instance *instance, REQUEST *request) {
    // Another round of EAP within the tunnel goes on with whom it was about; anything else begins anew.
    if (request->parent != NULL &&
        (find(request->packet->vps, PW_EAP_MESSAGE) == NULL || !is_kept(instance, request))) {
        forget(instance, stepup_outermost(request));
    }
}

// The EAP-Message with which EAP itself, and no other Auth-Type, ended well.
static VALUE_PAIR *find_success(const REQUEST *request) {
    VALUE_PAIR *message = find(request->reply->vps, PW_EAP_MESSAGE);
    return message != NULL && message->vp_length == EAP_SUCCESS_BYTES && message->vp_octets[0] == EAP_SUCCESS ? message
                                                                                                              : NULL;
}

bool stepup_verdict_lets_in(const struct stepup_instance *instance, REQUEST *request) {
    const VALUE_PAIR *verdict = fr_pair_find_by_da(request->config, instance->verdict, TAG_ANY);
    if (verdict != NULL) {
        return is_way_in(verdict->vp_strvalue);
    }
    return request->proxy == NULL && find_success(request) != NULL && is_kept(instance, request);
}

// Nothing of an accept goes out with a reject: no keys, no addresses.
static void strip(RADIUS_PACKET *reply) {
    VALUE_PAIR **link = &reply->vps;
    while (*link != NULL) {
        VALUE_PAIR *pair = *link;
        if (pair->da->vendor == 0 && (pair->da->attr == PW_PROXY_STATE || pair->da->attr == PW_EAP_MESSAGE)) {
            link = &pair->next;
        } else {
            *link = pair->next;
            (void)talloc_free(pair);
        }
    }
}

static const char *value_name(VALUE_PAIR *list, unsigned attribute) {
    const VALUE_PAIR *pair = find(list, attribute);
    const char *name = pair == NULL ? NULL : dict_valnamebyattr(attribute, 0, (int)pair->vp_integer);
    return name == NULL || *name == '\0' ? "?" : name;
}

void stepup_verdict_refuse(const struct stepup_instance *instance, REQUEST *request) {
    VALUE_PAIR *success = find_success(request);
    if (request->proxy != NULL) {
        STEPUP_ERROR(request, "refused an accept that stepupd has not decided: a home server gave it; do not proxy "
                              "these people, or let `authenticate` of this server check their first factor");
    } else if (success != NULL) {
        STEPUP_ERROR(request,
                     "refused an accept that stepupd has not decided: EAP-Type %s got through without it; in the site "
                     "that checks the password, put policy stepup_pap or stepup_mschap into the section of its "
                     "Auth-Type in place of its module, take other methods out of mods-available/eap, and let TLS "
                     "sessions not be resumed",
                     value_name(request->packet->vps, PW_EAP_TYPE));
    } else {
        STEPUP_ERROR(request,
                     "refused an accept that stepupd has not decided: Auth-Type %s got through without it; in its "
                     "section of `authenticate` put policy stepup_pap, stepup_chap, stepup_mschap, stepup_ldap or "
                     "stepup_pam in place of its module",
                     value_name(request->config, PW_AUTH_TYPE));
    }
    if (success != NULL) {
        const uint8_t failure[EAP_SUCCESS_BYTES] = {EAP_FAILURE, success->vp_octets[1], 0, EAP_SUCCESS_BYTES};
        fr_pair_value_memcpy(success, failure, sizeof failure);
    }
    strip(request->reply);
    stepup_verdict_mark(instance, request, "deny", NULL);
}
