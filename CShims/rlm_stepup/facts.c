#include "facts.h"

#include "stepup_text.h"

#include <arpa/inet.h>
#include <string.h>

// Never a secret: no password of any method, no EAP-Message, no State, no Message-Authenticator.
//
// In the order in which they are written: what address, device and conversation are made of comes first, so that
// nothing that stands often can leave them no room.
static const char *const names[STEPUP_FACTS_NAMES] = {
    // Where from, by what device, and which conversation
    "Calling-Station-Id",
    "Tunnel-Client-Endpoint",
    "PaloAlto-Client-Source-IP",
    "NAS-Port",
    "Acct-Session-Id",
    "TLS-Client-Cert-Serial",
    "TLS-Client-Cert-Issuer",
    "TLS-Client-Cert-Subject",
    "TLS-Client-Cert-Common-Name",
    "TLS-Client-Cert-Subject-Alt-Name-Email",
    "TLS-Client-Cert-Subject-Alt-Name-Upn",
    "NAS-Identifier",
    "NAS-IP-Address",
    "NAS-IPv6-Address",
    "NAS-Port-Id",
    "NAS-Port-Type",
    // Over what, and how
    "Called-Station-Id",
    "Framed-IP-Address",
    "Framed-IPv6-Address",
    "Framed-Protocol",
    "Service-Type",
    "Connect-Info",
    // The session
    "Acct-Status-Type",
    "Acct-Terminate-Cause",
    "Acct-Session-Time",
    // The device, as vendors tell of it
    "ASA-TunnelGroupName",
    "PaloAlto-Client-OS",
    "PaloAlto-Client-Hostname",
    "PaloAlto-GlobalProtect-Client-Version",
    "Fortinet-Access-Profile",
    "MS-RAS-Client-Name",
    "MS-RAS-Client-Version",
    "MS-Network-Access-Server-Type",
    "Cisco-AVPair",
    "Fortinet-Host-Port-AVPair",
};

void stepup_facts_look_up(struct stepup_fact_table *table) {
    for (size_t i = 0; i < STEPUP_FACTS_NAMES; i++) {
        table->attributes[i] = dict_attrbyname(names[i]);
    }
}

struct text {
    char *bytes;
    size_t length;
    size_t count;
};

static void append(struct text *text, const char *name, const VALUE_PAIR *pair) {
    const uint8_t *value = NULL;
    ssize_t length = rad_vp2data(&value, pair);
    size_t size = strlen(name);
    if (length < 0 || text->count == STEPUP_FACTS_MAX_COUNT ||
        // A comma, the name, a colon, the value, a NUL
        text->length + size + 2 * (size_t)length + 3 > STEPUP_FACTS_MAX_TEXT) {
        return;
    }
    if (text->count++ > 0) {
        text->bytes[text->length++] = ',';
    }
    memcpy(text->bytes + text->length, name, size);
    text->length += size;
    text->bytes[text->length++] = ':';
    stepup_text_hex(value, (size_t)length, text->bytes + text->length);
    text->length += 2 * (size_t)length;
}

// The last one in a request: the server appends its own to what came.
static const VALUE_PAIR *last(const REQUEST *request, unsigned attribute, unsigned vendor) {
    const VALUE_PAIR *found = NULL;
    for (const VALUE_PAIR *pair = request->packet->vps; pair != NULL; pair = pair->next) {
        if (pair->da->attr == attribute && pair->da->vendor == vendor) {
            found = pair;
        }
    }
    return found;
}

// What the server says of a request within a tunnel; all else in there is the supplicant's to choose.
static void append_tunnel(struct text *text, const REQUEST *request) {
    const VALUE_PAIR *proxied = NULL;
    const VALUE_PAIR *type = NULL;
    for (const REQUEST *source = request; source != NULL; source = source->parent) {
        // Over the network anybody could claim it.
        if (proxied == NULL && source->parent != NULL) {
            proxied = last(source, PW_FREERADIUS_PROXIED_TO, VENDORPEC_FREERADIUS);
        }
        if (type == NULL && last(source, PW_EAP_MESSAGE, 0) != NULL) {
            type = last(source, PW_EAP_TYPE, 0);
        }
    }
    if (proxied != NULL) {
        append(text, "FreeRADIUS-Proxied-To", proxied);
    }
    if (type != NULL) {
        append(text, "EAP-Type", type);
    }
}

size_t stepup_facts_write(const struct stepup_fact_table *table, REQUEST *request, char *bytes) {
    struct text text = {.bytes = bytes};
    const REQUEST *outer = stepup_outermost(request);
    append_tunnel(&text, request);
    for (size_t i = 0; i < STEPUP_FACTS_NAMES; i++) {
        for (const VALUE_PAIR *pair = outer->packet->vps; pair != NULL; pair = pair->next) {
            if (pair->da == table->attributes[i]) {
                append(&text, names[i], pair);
            }
        }
    }
    return text.length;
}

bool stepup_facts_client(REQUEST *request, char text[INET6_ADDRSTRLEN]) {
    const fr_ipaddr_t *address = &stepup_outermost(request)->packet->src_ipaddr;
    return inet_ntop(address->af, &address->ipaddr, text, INET6_ADDRSTRLEN) != NULL;
}
