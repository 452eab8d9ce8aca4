#include "instance.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>

#define CLIENTS "insecure_clients"

// Read here, and not by the server from its table: after a HUP that would read the section that it started with.
static const CONF_PARSER settings[] = {
    {"socket", FR_CONF_OFFSET(PW_TYPE_STRING | PW_TYPE_NOT_EMPTY, struct stepup_instance, socket),
     "/run/stepup/stepup.sock"},
    {"spool", FR_CONF_OFFSET(PW_TYPE_STRING | PW_TYPE_NOT_EMPTY, struct stepup_instance, spool),
     "/var/spool/stepup/radius"},
    {"service", FR_CONF_OFFSET(PW_TYPE_STRING, struct stepup_instance, service), ""},
    {"timeout", FR_CONF_OFFSET(PW_TYPE_STRING, struct stepup_instance, timeout), "3.0"},
    {"unavailable", FR_CONF_OFFSET(PW_TYPE_STRING, struct stepup_instance, unavailable), "deny"},
    {"append", FR_CONF_OFFSET(PW_TYPE_BOOLEAN, struct stepup_instance, append), "no"},
    CONF_PARSER_TERMINATOR};

static bool fail(CONF_SECTION *section, const char *problem) {
    cf_log_err_cs(section, "%s", problem);
    return false;
}

// A word that nobody knows would be a setting that somebody believes in.
static bool knows_all(CONF_SECTION *section) {
    for (CONF_ITEM *item = cf_item_find_next(section, NULL); item != NULL; item = cf_item_find_next(section, item)) {
        const char *name = NULL;
        bool known = false;
        if (cf_item_is_pair(item)) {
            name = cf_pair_attr(cf_item_to_pair(item));
            known = strcmp(name, CLIENTS) == 0;
            for (const CONF_PARSER *entry = settings; entry->name != NULL; entry++) {
                known = known || strcmp(name, entry->name) == 0;
            }
            if (known && strcmp(name, CLIENTS) != 0 &&
                cf_pair_find_next(section, cf_item_to_pair(item), name) != NULL) {
                cf_log_err_cs(section, "`%s` stands twice; leave one of them", name);
                return false;
            }
        } else if (cf_item_is_section(item)) {
            name = cf_section_name1(cf_item_to_section(item));
        }
        if (name != NULL && !known) {
            cf_log_err_cs(section, "`%s` is no setting of stepup; mods-available/stepup names them all", name);
            return false;
        }
    }
    return true;
}

// `3`, `3.0`, `0.25`: seconds, with at most three digits behind the point.
static bool read_timeout(const char *text, unsigned *milliseconds) {
    unsigned whole = 0;
    unsigned part = 0;
    unsigned scale = 1000;
    size_t digits = 0;
    for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++) {
        whole = whole * 10 + (unsigned)(*text - '0');
    }
    if (digits == 0) {
        return false;
    }
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9' && scale > 1; text++) {
            scale /= 10;
            part += (unsigned)(*text - '0') * scale;
        }
    }
    *milliseconds = whole * 1000 + part;
    return *text == '\0' && *milliseconds >= 100 && *milliseconds <= 60000;
}

static bool read_settings(CONF_SECTION *section, struct stepup_instance *instance) {
    if (instance->socket[0] != '/' || strlen(instance->socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        return fail(section, "`socket` must be the absolute path of stepupd's socket, at most 107 bytes long");
    }
    if (instance->spool[0] != '/' || strlen(instance->spool) >= PATH_MAX) {
        return fail(section, "`spool` must be the absolute path of a directory that the server alone may write");
    }
    if (!read_timeout(instance->timeout, &instance->timeout_ms)) {
        return fail(section, "`timeout` must be seconds between 0.1 and 60, such as 3.0");
    }
    instance->first_factor_suffices = strcmp(instance->unavailable, "first_factor") == 0;
    if (!instance->first_factor_suffices && strcmp(instance->unavailable, "deny") != 0) {
        return fail(section, "`unavailable` must be deny or first_factor");
    }
    return true;
}

static bool read_clients(CONF_SECTION *section, struct stepup_instance *instance) {
    size_t count = 0;
    for (CONF_PAIR *pair = cf_pair_find(section, CLIENTS); pair != NULL;
         pair = cf_pair_find_next(section, pair, CLIENTS)) {
        count++;
    }
    if (count == 0) {
        return true;
    }
    // A child of the instance, and so freed with it.
    instance->insecure = talloc_array(instance, fr_ipaddr_t, (unsigned)count);
    if (instance->insecure == NULL) {
        return fail(section, "out of memory");
    }
    for (CONF_PAIR *pair = cf_pair_find(section, CLIENTS); pair != NULL;
         pair = cf_pair_find_next(section, pair, CLIENTS)) {
        fr_ipaddr_t *network = &instance->insecure[instance->insecure_count];
        const char *text = cf_pair_value(pair);
        if (text == NULL || fr_pton(network, text, -1, AF_UNSPEC, false) < 0) {
            cf_log_err_cs(section, "`" CLIENTS " = \"%s\"` is no address and no network; write a client in each line",
                          text == NULL ? "" : text);
            return false;
        }
        instance->insecure_count++;
        (void)radlog(
            L_WARN,
            "stepup (%s): client %s is INSECURE: its requests may lack Message-Authenticator, so that others on "
            "the way can forge replies (BlastRADIUS); update the client and take it out of " CLIENTS,
            instance->name, text);
    }
    return true;
}

static bool look_up(CONF_SECTION *section, struct stepup_instance *instance) {
    instance->verdict = dict_attrbyname("StepUp-Verdict");
    instance->attempt = dict_attrbyname("StepUp-Attempt");
    instance->conversation = dict_attrbyname("StepUp-Conversation");
    if (instance->verdict == NULL || instance->verdict->type != PW_TYPE_STRING || instance->attempt == NULL ||
        instance->attempt->type != PW_TYPE_STRING || instance->conversation == NULL ||
        instance->conversation->type != PW_TYPE_OCTETS) {
        return fail(section,
                    "StepUp-Verdict, StepUp-Attempt and StepUp-Conversation are not in the dictionary; add the "
                    "line `$INCLUDE dictionary.stepup` to /etc/freeradius/3.0/dictionary");
    }
    const DICT_VALUE *type = dict_valbyname(PW_AUTH_TYPE, 0, instance->name);
    instance->auth_type = type == NULL ? 0 : (uint32_t)type->value;
    if (type == NULL) {
        (void)radlog(L_WARN,
                     "stepup (%s): no `authenticate` section has the line `%s`, so nobody can answer a challenge; see "
                     "sites-available/stepup",
                     instance->name, instance->name);
    }
    stepup_facts_look_up(&instance->facts);
    return true;
}

int stepup_instance_make(CONF_SECTION *section, void *data) {
    struct stepup_instance *instance = data;
    for (size_t i = 0; i < STEPUP_BREAKERS; i++) {
        stepup_breaker_init(&instance->breakers[i]);
    }
    instance->name = cf_section_name2(section);
    if (instance->name == NULL) {
        instance->name = cf_section_name1(section);
    }
    if (!knows_all(section) || cf_section_parse(section, instance, settings) < 0) {
        return -1;
    }
    if (instance->service[0] == '\0') {
        instance->service = instance->name;
    }
    return read_settings(section, instance) && read_clients(section, instance) && look_up(section, instance) ? 0 : -1;
}

int stepup_instance_end(void *data) {
    struct stepup_instance *instance = data;
    for (size_t i = 0; i < STEPUP_BREAKERS; i++) {
        stepup_breaker_destroy(&instance->breakers[i]);
    }
    return 0;
}
