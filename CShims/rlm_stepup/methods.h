#pragma once

// What the server calls. Each ends within the instance's timeout, but for the fsync of a spool record.

#include "instance.h"

/// Refuses what must not be judged at all; recognises an answer to a challenge of ours; has a code taken off the
/// password where `append = yes`.
rlm_rcode_t stepup_authorize(void *instance, REQUEST *request);

/// After the first factor said ok: is it enough? Or, with a State of ours: is this the answer?
rlm_rcode_t stepup_authenticate(void *instance, REQUEST *request);

/// An accept that nobody decided is refused; a first factor that failed is reported; Message-Authenticator comes first
/// in every reply.
rlm_rcode_t stepup_post_auth(void *instance, REQUEST *request);

/// Start, interim and stop of a session are reported.
rlm_rcode_t stepup_accounting(void *instance, REQUEST *request);
