// The five entry points. Each reads its arguments, does one thing and wipes what it used; Docs/Pam.md says what comes
// back when.

#include "arguments.h"
#include "auth.h"
#include "call.h"
#include "log.h"
#include "outcome.h"

#include <security/pam_modules.h>
#include <syslog.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    int result = PAM_SERVICE_ERR;
    struct stepup_arguments arguments;
    struct stepup_call *call = NULL;
    (void)flags;
    if (!stepup_arguments_parse(pamh, argc, argv, &arguments)) {
        goto done;
    }
    result = PAM_BUF_ERR;
    call = stepup_call_make(pamh, &arguments);
    if (call != NULL) {
        result = stepup_auth(call);
    }

done:
    stepup_call_free(call);
    return result;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    int result = PAM_SERVICE_ERR;
    struct stepup_arguments arguments;
    struct stepup_call *call = NULL;
    (void)flags;
    if (!stepup_arguments_parse(pamh, argc, argv, &arguments)) {
        goto done;
    }
    if (arguments.first_factor == STEPUP_FIRST_FACTOR_FAILED) {
        stepup_log(pamh, LOG_ERR, "first_factor=failed belongs in an auth line");
        goto done;
    }
    result = PAM_BUF_ERR;
    call = stepup_call_make(pamh, &arguments);
    if (call != NULL) {
        result = stepup_account(call);
    }

done:
    stepup_call_free(call);
    return result;
}

// There are no credentials of ours. PAM_SUCCESS, because with PAM_IGNORE a stack of ours alone would fail; it opens
// nothing: what auth returned decides which modules Linux-PAM counts here.
EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    struct stepup_arguments arguments;
    (void)flags;
    return stepup_arguments_parse(pamh, argc, argv, &arguments) ? PAM_SUCCESS : PAM_CRED_ERR;
}

// The person is in: whatever happens to the report, the session goes on.
static int report_session(pam_handle_t *pamh, int argc, const char **argv, const char *event) {
    int result = PAM_SESSION_ERR;
    struct stepup_arguments arguments;
    struct stepup_call *call = NULL;
    if (!stepup_arguments_parse(pamh, argc, argv, &arguments)) {
        goto done;
    }
    result = PAM_SUCCESS;
    call = stepup_call_make(pamh, &arguments);
    if (call == NULL) {
        goto done;
    }
    if (stepup_facts_gather(pamh, &call->facts) == PAM_SUCCESS) {
        stepup_call_report(call, event, stepup_outcome_session_attempt(pamh));
    } else {
        stepup_log(pamh, LOG_ERR, "no report: a name is missing or too long, or there is no randomness");
    }

done:
    stepup_call_free(call);
    return result;
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    (void)flags;
    return report_session(pamh, argc, argv, "session_opened");
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    (void)flags;
    return report_session(pamh, argc, argv, "session_closed");
}
