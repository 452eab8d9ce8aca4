#pragma once

// What happens when `begin` got no reply at all (S02): the only decision the module makes, and the admin made it
// before.

#include "call.h"

/// Decides between PAM_IGNORE and a denial, writes the spool record first, logs a warning.
/// `result` is what `stepup_call_begin` came to.
int stepup_fallback(struct stepup_call *call, enum stepup_phase phase, enum stepup_result result);
