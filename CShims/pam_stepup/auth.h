#pragma once

// The two phases that may keep somebody out.

#include "call.h"

/// pam_sm_authenticate, once the arguments are read.
int stepup_auth(struct stepup_call *call);

/// pam_sm_acct_mgmt, once the arguments are read.
int stepup_account(struct stepup_call *call);
