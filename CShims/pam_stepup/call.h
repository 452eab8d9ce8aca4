#pragma once

// One call into the module: its arguments, its facts, and what it says to the daemon.

#include "arguments.h"
#include "facts.h"
#include "stepup_client.h"
#include "stepup_wire.h"

#include <security/pam_modules.h>
#include <stdbool.h>

enum stepup_verdict_kind {
    STEPUP_VERDICT_DENY, // what a zeroed verdict is
    STEPUP_VERDICT_ALLOW,
    STEPUP_VERDICT_IGNORE,
    STEPUP_VERDICT_CHALLENGE,
};

/// A reply, copied out of the buffer it came in.
struct stepup_verdict {
    enum stepup_verdict_kind kind;
    bool max_tries;
    bool echo;
    char attempt[129];
    char state[257];
    char prompt[512];
};

struct stepup_call {
    pam_handle_t *pamh;
    struct stepup_arguments arguments;
    struct stepup_facts facts;
    struct stepup_verdict verdict;
    struct stepup_client_failure failure;
    uint8_t buffer[STEPUP_WIRE_MAX_FRAME]; // the request, then its reply; wiped after each exchange
};

enum stepup_phase {
    STEPUP_PHASE_AUTH,
    STEPUP_PHASE_ACCOUNT,
};

/// What an exchange came to.
enum stepup_result {
    STEPUP_ANSWERED,   // `verdict` holds the reply
    STEPUP_UNANSWERED, // no valid reply: `failure` says why
    STEPUP_UNASKED,    // the request could not be made, which is never the daemon's fault
};

/// A call, or NULL without memory. End it with `stepup_call_free`.
struct stepup_call *stepup_call_make(pam_handle_t *pamh, const struct stepup_arguments *arguments);

/// Wipes the call and frees it; NULL does nothing.
void stepup_call_free(struct stepup_call *call);

enum stepup_result stepup_call_begin(struct stepup_call *call, enum stepup_phase phase);

/// Answers the challenge in `verdict`; its reply takes the challenge's place.
enum stepup_result stepup_call_answer(struct stepup_call *call, const char *answer);

/// Tells of something that happened. With `cancelled` the challenge in `verdict` is named. Failing is only logged.
void stepup_call_report(struct stepup_call *call, const char *event, const char *attempt);
