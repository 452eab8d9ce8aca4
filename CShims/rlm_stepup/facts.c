#include "facts.h"

#include "stepup_text.h"

#include <arpa/inet.h>
#include <string.h>

// Never a secret: no password of any method, no EAP-Message, no State, no Message-Authenticator.
static const char *const names[STEPUP_FACTS_NAMES] = {
    // Where from, and over which NAS
    "Calling-Station-Id",
    "Called-Station-Id",
    "NAS-Identifier",
    "NAS-IP-Address",
    "NAS-IPv6-Address",
    "NAS-Port",
    "NAS-Port-Id",
    "NAS-Port-Type",
    "Framed-IP-Address",
    "Framed-IPv6-Address",
    "Framed-Protocol",
    "Tunnel-Client-Endpoint",
    "Service-Type",
    "Connect-Info",
    // How
    "EAP-Type",
    "FreeRADIUS-Proxied-To",
    "TLS-Client-Cert-Serial",
    "TLS-Client-Cert-Subject",
    "TLS-Client-Cert-Issuer",
    "TLS-Client-Cert-Common-Name",
    "TLS-Client-Cert-Subject-Alt-Name-Email",
    "TLS-Client-Cert-Subject-Alt-Name-Upn",
    // The session
    "Acct-Session-Id",
    "Acct-Status-Type",
    "Acct-Terminate-Cause",
    "Acct-Session-Time",
    // The device, as vendors tell of it
    "Cisco-AVPair",
    "ASA-TunnelGroupName",
    "PaloAlto-Client-Source-IP",
    "PaloAlto-Client-OS",
    "PaloAlto-Client-Hostname",
    "PaloAlto-GlobalProtect-Client-Version",
    "Fortinet-Host-Port-AVPair",
    "Fortinet-Access-Profile",
    "MS-RAS-Client-Name",
    "MS-RAS-Client-Version",
    "MS-Network-Access-Server-Type",
};

void stepup_facts_look_up(struct stepup_fact_table *table) {
    for (size_t i = 0; i < STEPUP_FACTS_NAMES; i++) {
        table->attributes[i] = dict_attrbyname(names[i]);
    }
}

// The place of an attribute in the list, or STEPUP_FACTS_NAMES.
static size_t find(const struct stepup_fact_table *table, const DICT_ATTR *attribute) {
    size_t index = 0;
    while (index < STEPUP_FACTS_NAMES && table->attributes[index] != attribute) {
        index++;
    }
    return index;
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

size_t stepup_facts_write(const struct stepup_fact_table *table, const REQUEST *request, char *bytes) {
    struct text text = {.bytes = bytes};
    const REQUEST *said[STEPUP_FACTS_NAMES] = {NULL}; // by which request
    for (const REQUEST *source = request; source != NULL; source = source->parent) {
        for (const VALUE_PAIR *pair = source->packet->vps; pair != NULL; pair = pair->next) {
            size_t index = find(table, pair->da);
            if (index == STEPUP_FACTS_NAMES || (said[index] != NULL && said[index] != source)) {
                continue;
            }
            // The server puts this one into inner requests; over the network anybody could claim it.
            if (source->parent == NULL && strcmp(names[index], "FreeRADIUS-Proxied-To") == 0) {
                continue;
            }
            said[index] = source;
            append(&text, names[index], pair);
        }
    }
    return text.length;
}

bool stepup_facts_client(const REQUEST *request, char text[INET6_ADDRSTRLEN]) {
    while (request->parent != NULL) {
        request = request->parent;
    }
    const fr_ipaddr_t *address = &request->packet->src_ipaddr;
    return inet_ntop(address->af, &address->ipaddr, text, INET6_ADDRSTRLEN) != NULL;
}
