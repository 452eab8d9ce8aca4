#pragma once

// What auth leaves on the handle for account (S03), and in the environment for open_session, which sshd calls in
// another process.

#include "call.h"

#include <security/pam_modules.h>
#include <stdbool.h>

#define STEPUP_ATTEMPT_VARIABLE "STEPUP_ATTEMPT"

enum stepup_outcome {
    STEPUP_OUTCOME_NONE, // auth was skipped, or was about somebody else
    STEPUP_OUTCOME_DENIED,
    STEPUP_OUTCOME_ALLOWED,
    STEPUP_OUTCOME_IGNORED, // by verdict or by fallback
};

/// Leaves an outcome for `user` on the handle, in place of an earlier one.
bool stepup_outcome_leave(pam_handle_t *pamh, enum stepup_outcome outcome, const char *user);

/// The outcome that auth left for `user` on this handle.
enum stepup_outcome stepup_outcome_find(const pam_handle_t *pamh, const char *user);

/// The attempt that this session belongs to: at open what STEPUP_ATTEMPT says, kept on the handle for close, because
/// modules between the two let people write into the environment (pam_env). NULL if there is none.
const char *stepup_outcome_session_attempt(pam_handle_t *pamh);

/// Sets STEPUP_ATTEMPT, or takes it away when there is no attempt.
bool stepup_outcome_name_attempt(pam_handle_t *pamh, const char *attempt);
