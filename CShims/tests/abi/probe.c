// What of FreeRADIUS's headers our module goes by, a line each. check.sh compiles it against our stand-ins and against
// the real headers: both must print the same.

#include "server.h"

#include <stdio.h>

#define VALUE(name) printf("%s %lld\n", #name, (long long)(name))
#define SIZE(type)  printf("sizeof %s %zu\n", #type, sizeof(type))
#define FIELD(type, member)                                                                                            \
    printf("%s.%s %zu %zu\n", #type, #member, offsetof(type, member), sizeof(((type *)NULL)->member))
#define SIGNATURE(function, ...)                                                                                       \
    printf("%s %d\n", #function, __builtin_types_compatible_p(__typeof__(&function), __VA_ARGS__))

static void structures(void) {
    SIZE(REQUEST);
    FIELD(REQUEST, number);
    FIELD(REQUEST, packet);
    FIELD(REQUEST, reply);
    FIELD(REQUEST, username);
    FIELD(REQUEST, password);
    FIELD(REQUEST, config);
    FIELD(REQUEST, state);
    FIELD(REQUEST, rcode);
    FIELD(REQUEST, priority);
    FIELD(REQUEST, server);
    FIELD(REQUEST, parent);
    FIELD(REQUEST, log);
    FIELD(REQUEST, log.lvl);
    FIELD(REQUEST, options);
    SIZE(RADIUS_PACKET);
    FIELD(RADIUS_PACKET, src_ipaddr);
    FIELD(RADIUS_PACKET, code);
    FIELD(RADIUS_PACKET, vps);
    SIZE(VALUE_PAIR);
    FIELD(VALUE_PAIR, da);
    FIELD(VALUE_PAIR, next);
    FIELD(VALUE_PAIR, length);
    FIELD(VALUE_PAIR, data);
    SIZE(DICT_ATTR);
    FIELD(DICT_ATTR, attr);
    FIELD(DICT_ATTR, type);
    FIELD(DICT_ATTR, vendor);
    FIELD(DICT_ATTR, flags);
    FIELD(DICT_ATTR, flags.encrypt);
    FIELD(DICT_VALUE, value);
    SIZE(fr_ipaddr_t);
    FIELD(fr_ipaddr_t, af);
    FIELD(fr_ipaddr_t, ipaddr);
    FIELD(fr_ipaddr_t, prefix);
    SIZE(CONF_PARSER);
    FIELD(CONF_PARSER, type);
    FIELD(CONF_PARSER, offset);
    FIELD(CONF_PARSER, dflt);
    SIZE(module_t);
    FIELD(module_t, magic);
    FIELD(module_t, type);
    FIELD(module_t, inst_size);
    FIELD(module_t, instantiate);
    FIELD(module_t, detach);
    FIELD(module_t, methods);
}

static void values(void) {
    VALUE(RLM_MODULE_INIT);
    VALUE(MOD_AUTHENTICATE);
    VALUE(MOD_AUTHORIZE);
    VALUE(MOD_ACCOUNTING);
    VALUE(MOD_POST_AUTH);
    VALUE(L_INFO);
    VALUE(L_ERR);
    VALUE(L_WARN);
    VALUE(L_DBG);
    VALUE(L_DBG_LVL_DISABLE);
    VALUE(L_DBG_LVL_OFF);
    VALUE(L_DBG_LVL_1);
    VALUE(L_DBG_LVL_2);
    VALUE(RAD_LISTEN_MAX);
    VALUE(FR_ACTION_INVALID);
    VALUE(REQUEST_CURRENT);
    VALUE(PAIR_LIST_REQUEST);
    SIZE(log_type_t);
    SIZE(log_lvl_t);
    SIZE(RAD_LISTEN_TYPE);
    SIZE(fr_state_action_t);
    SIZE(request_refs_t);
    SIZE(pair_lists_t);
}

int main(void) {
    structures();
    values();
    SIGNATURE(radlog, int (*)(log_type_t, const char *, ...));
    SIGNATURE(radlog_request, void (*)(log_type_t, log_lvl_t, REQUEST *, const char *, ...));
    printf("radlog_func_t %d\n", __builtin_types_compatible_p(
                                     radlog_func_t, void (*)(log_type_t, log_lvl_t, REQUEST *, const char *, va_list)));
    printf("RAD_REQUEST_FUNP %d\n", __builtin_types_compatible_p(RAD_REQUEST_FUNP, int (*)(REQUEST *)));
    printf("fr_request_process_t %d\n", __builtin_types_compatible_p(fr_request_process_t, void (*)(REQUEST *, int)));
    return 0;
}
