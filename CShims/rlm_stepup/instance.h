#pragma once

// One `stepup { }` of the server's configuration: what it says, and what is looked up once.

#include "breaker.h"
#include "facts.h"
#include "server.h"

// What outsiders can bring about before the first factor must not stand in the way of what comes after it.
enum stepup_breaker_use {
    STEPUP_BREAKER_BEGIN,  // after the first factor
    STEPUP_BREAKER_ANSWER, // anybody can send a State
    STEPUP_BREAKER_OTHER,  // before the first factor, and accounting
    STEPUP_BREAKERS,
};

struct stepup_instance {
    // As they are configured
    char const *socket;
    char const *spool;
    char const *service;
    char const *timeout;
    char const *unavailable;
    bool append;

    // What was made of it
    char const *name;
    unsigned timeout_ms;
    bool first_factor_suffices; // unavailable = first_factor
    fr_ipaddr_t *insecure;      // networks of clients that may leave Message-Authenticator out
    size_t insecure_count;
    DICT_ATTR const *verdict;      // StepUp-Verdict
    DICT_ATTR const *attempt;      // StepUp-Attempt
    DICT_ATTR const *conversation; // StepUp-Conversation
    uint32_t auth_type;            // of our name, 0 where no section has it
    struct stepup_fact_table facts;
    struct stepup_breaker breakers[STEPUP_BREAKERS];
};

/// Reads what is configured. -1, and a line in the log that says what to do, when it cannot be used.
int stepup_instance_make(CONF_SECTION *section, void *instance);

int stepup_instance_end(void *instance);
