#include "reply.h"

#include <string.h>

#define PREFIX_LENGTH (sizeof STEPUP_STATE_PREFIX - 1)
#define MAX_STATE     64
#define MAX_VALUE     253

const VALUE_PAIR *stepup_reply_state(const REQUEST *request) {
    const VALUE_PAIR *state = NULL;
    if (request->parent != NULL) {
        return NULL; // within a tunnel there is no second round
    }
    for (const VALUE_PAIR *pair = request->packet->vps; pair != NULL; pair = pair->next) {
        if (pair->da->vendor == 0 && pair->da->attr == PW_STATE) {
            if (state != NULL) {
                return NULL;
            }
            state = pair;
        }
    }
    return state != NULL && state->vp_length > PREFIX_LENGTH && state->vp_length <= MAX_STATE &&
                   memcmp(state->vp_octets, STEPUP_STATE_PREFIX, PREFIX_LENGTH) == 0
               ? state
               : NULL;
}

// A new pair in `list`, which belongs to `parent`.
static VALUE_PAIR *make(TALLOC_CTX *parent, VALUE_PAIR **list, unsigned attribute) {
    VALUE_PAIR *pair = fr_pair_afrom_num(parent, attribute, 0);
    if (pair != NULL) {
        fr_pair_add(list, pair);
    }
    return pair;
}

static unsigned digit(uint8_t hex) {
    return hex <= '9' ? (unsigned)(hex - '0') : (unsigned)(hex - 'a') + 10;
}

// `length` bytes from lower-case hex, as the codec has checked it.
static void read_hex(const uint8_t *hex, size_t length, uint8_t *bytes) {
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
}

bool stepup_reply_challenge(const struct stepup_call *call) {
    const struct stepup_wire_span state = call->reply.values[STEPUP_WIRE_KEY_STATE];
    const struct stepup_wire_span prompt = call->reply.values[STEPUP_WIRE_KEY_PROMPT];
    RADIUS_PACKET *reply = call->request->reply;
    uint8_t value[MAX_STATE] = STEPUP_STATE_PREFIX;
    char text[MAX_VALUE];
    size_t length = prompt.length < sizeof text ? prompt.length : sizeof text;
    if (PREFIX_LENGTH + state.length / 2 > sizeof value) {
        STEPUP_ERROR(call->request,
                     "stepupd's State is longer than RADIUS has room for; module and daemon must be of the "
                     "same version");
        return false;
    }
    read_hex(state.bytes, state.length / 2, value + PREFIX_LENGTH);
    for (size_t i = 0; i < length; i++) {
        text[i] = prompt.bytes[i] >= ' ' && prompt.bytes[i] < 0x7f ? (char)prompt.bytes[i] : '?';
    }
    // What an accept would have carried is for later.
    fr_pair_list_free(&reply->vps);
    VALUE_PAIR *pairs[] = {make(reply, &reply->vps, PW_STATE), make(reply, &reply->vps, PW_REPLY_MESSAGE),
                           make(reply, &reply->vps, PW_PROMPT)};
    if (pairs[0] == NULL || pairs[1] == NULL || pairs[2] == NULL) {
        return false;
    }
    fr_pair_value_memcpy(pairs[0], value, PREFIX_LENGTH + state.length / 2);
    fr_pair_value_bstrncpy(pairs[1], text, length);
    pairs[2]->vp_integer = stepup_wire_span_is(call->reply.values[STEPUP_WIRE_KEY_ECHO], "on"); // No-Echo 0, Echo 1
    pairs[2]->vp_length = sizeof pairs[2]->vp_integer;
    reply->code = PW_CODE_ACCESS_CHALLENGE;
    return true;
}

// These are the server's, or ours, to send.
static bool is_reserved(const DICT_ATTR *attribute) {
    return attribute->vendor == 0 && (attribute->attr == PW_STATE || attribute->attr == PW_MESSAGE_AUTHENTICATOR ||
                                      attribute->attr == PW_EAP_MESSAGE || attribute->attr == PW_USER_PASSWORD ||
                                      attribute->attr == PW_PROXY_STATE);
}

// Adds one attribute: `name`, and `length` bytes of its value.
static bool add_one(REQUEST *request, const char *name, const uint8_t *value, size_t length) {
    const DICT_ATTR *attribute = dict_attrbyname(name);
    VALUE_PAIR *pair = NULL;
    if (attribute == NULL || is_reserved(attribute) || attribute->flags.encrypt != FLAG_ENCRYPT_NONE) {
        return false;
    }
    if (length == 0) {
        return true; // the server does not send it
    }
    if (data2vp(request->reply, request->reply, NULL, NULL, attribute, value, length, length, &pair) < 0 ||
        pair == NULL) {
        return false;
    }
    if (pair->da->flags.is_unknown) {
        fr_pair_list_free(&pair); // the value was none of its type
        return false;
    }
    fr_pair_add(&request->reply->vps, pair);
    return true;
}

void stepup_reply_add(const struct stepup_call *call) {
    const struct stepup_wire_span text = call->reply.values[STEPUP_WIRE_KEY_ATTRIBUTES];
    const uint8_t *at = text.bytes;
    const uint8_t *end = text.bytes == NULL ? NULL : text.bytes + text.length;
    while (at < end) {
        const uint8_t *colon = memchr(at, ':', (size_t)(end - at));
        const uint8_t *comma = memchr(at, ',', (size_t)(end - at));
        const uint8_t *stop = comma == NULL ? end : comma;
        char name[65];
        uint8_t value[MAX_VALUE];
        if (colon == NULL || colon > stop || (size_t)(colon - at) >= sizeof name) {
            return; // the codec lets no such thing in
        }
        memcpy(name, at, (size_t)(colon - at));
        name[colon - at] = '\0';
        size_t length = (size_t)(stop - colon - 1) / 2;
        bool added = length <= sizeof value;
        if (added) {
            read_hex(colon + 1, length, value);
            added = add_one(call->request, name, value, length);
        }
        if (!added) {
            STEPUP_WARN(
                call->request,
                "left out of the reply: stepupd's %s is unknown to this server's dictionaries, has a value that "
                "is none of its type, or is not StepUp's to send; see the attributes in StepUp's policy",
                name);
        }
        at = stop < end ? stop + 1 : end;
    }
}

bool stepup_reply_sign(REQUEST *request) {
    static const uint8_t zeros[AUTH_VECTOR_LEN] = {0};
    VALUE_PAIR *pair = fr_pair_afrom_num(request->reply, PW_MESSAGE_AUTHENTICATOR, 0);
    if (pair == NULL) {
        return false;
    }
    fr_pair_value_memcpy(pair, zeros, sizeof zeros);
    fr_pair_delete_by_num(&request->reply->vps, PW_MESSAGE_AUTHENTICATOR, 0, TAG_ANY);
    fr_pair_prepend(&request->reply->vps, pair);
    return true;
}
