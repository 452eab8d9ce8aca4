#pragma once

// One exchange with the daemon: a frame made of a request, and the reply to it.

#include "instance.h"
#include "stepup_client.h"
#include "stepup_text.h"
#include "stepup_wire.h"

enum stepup_verdict {
    STEPUP_VERDICT_DENY, // what a zeroed verdict is
    STEPUP_VERDICT_ALLOW,
    STEPUP_VERDICT_IGNORE,
    STEPUP_VERDICT_CHALLENGE,
};

/// What an exchange came to.
enum stepup_result {
    STEPUP_ANSWERED,   // `verdict` and `reply` hold it
    STEPUP_UNANSWERED, // no valid reply: `failure` says why
    STEPUP_UNASKED,    // the frame could not be made, which is never the daemon's fault
};

struct stepup_call {
    struct stepup_instance *instance;
    REQUEST *request;
    enum stepup_verdict verdict;
    struct stepup_wire_frame reply; // points into `buffer`
    struct stepup_client_failure failure;
    enum stepup_breaker_use use;   // of the last exchange
    struct stepup_passage passage; // through its breaker
    struct stepup_wire_writer writer;
    size_t attributes_length;
    char name[STEPUP_REQUEST_SIZE]; // of this call, random
    char client[INET6_ADDRSTRLEN];
    char attributes[STEPUP_FACTS_MAX_TEXT];
    size_t used; // of `buffer`, to be wiped
    uint8_t buffer[STEPUP_WIRE_MAX_FRAME];
};

/// A call about `request`, or NULL, with a line in the log. End it with `stepup_call_free`.
struct stepup_call *stepup_call_make(struct stepup_instance *instance, REQUEST *request);

/// Wipes the call and frees it; NULL does nothing.
void stepup_call_free(struct stepup_call *call);

/// Starts a frame of `op` with who this is about; more goes in with the wire's own functions, on `call->writer`.
void stepup_call_start(struct stepup_call *call, const char *op);

/// Adds one field from a pair; NULL adds nothing.
void stepup_call_put_pair(struct stepup_call *call, enum stepup_wire_key key, const VALUE_PAIR *pair);

/// Sends the frame, through the breaker of its use, and takes the reply. Ends within the instance's timeout.
enum stepup_result stepup_call_exchange(struct stepup_call *call, enum stepup_breaker_use use);

/// Why the exchange that came to `result` has no reply: for the log, and for what is spooled.
void stepup_call_describe(const struct stepup_call *call, enum stepup_result result,
                          char text[STEPUP_CLIENT_DESCRIPTION]);

/// A value of the reply, "-" where it has none: for the log.
const char *stepup_call_text(const struct stepup_call *call, enum stepup_wire_key key);
