#pragma once

// What happens when `begin` got no reply at all (S02): the only decision the module makes, and the admin made it
// before.

#include "call.h"

/// RLM_MODULE_OK, where the first factor suffices and the record is on disk; else RLM_MODULE_FAIL.
/// `result` is what the exchange came to.
rlm_rcode_t stepup_fallback(struct stepup_call *call, enum stepup_result result);
