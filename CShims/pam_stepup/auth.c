#define _GNU_SOURCE
#include "auth.h"

#include "fallback.h"
#include "log.h"
#include "outcome.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

// The daemon counts tries; this only keeps a broken one from holding a login for ever.
#define MAX_ROUNDS 8

// Asks the person. PAM_CONV_ERR when nothing came back: that is no wrong code.
static int prompt(struct stepup_call *call, char **response) {
    int style = call->verdict.echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
    int result = pam_prompt(call->pamh, style, response, "%s", call->verdict.prompt);
    return result == PAM_SUCCESS && *response != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

static void wipe(char **response) {
    if (*response != NULL) {
        explicit_bzero(*response, strlen(*response));
        free(*response);
        *response = NULL;
    }
}

// Goes through the challenges until the daemon has decided. From here on every failure denies (S02), with codes that no
// stack has a reason to overlook.
static int converse(struct stepup_call *call) {
    int result = PAM_AUTH_ERR;
    char *response = NULL;
    for (int round = 0; call->verdict.kind == STEPUP_VERDICT_CHALLENGE; round++) {
        result = round < MAX_ROUNDS ? prompt(call, &response) : PAM_MAXTRIES;
        if (result != PAM_SUCCESS) {
            stepup_call_report(call, "cancelled", call->verdict.attempt);
            goto done;
        }
        result = PAM_AUTH_ERR;
        enum stepup_result answered = stepup_call_answer(call, response);
        wipe(&response);
        if (answered != STEPUP_ANSWERED) {
            if (answered == STEPUP_UNASKED) {
                stepup_call_report(call, "cancelled", call->verdict.attempt);
            } else {
                char reason[STEPUP_CLIENT_DESCRIPTION];
                stepup_client_describe(&call->failure, reason);
                pam_syslog(call->pamh, LOG_WARNING, "stepupd left after its challenge (%s), request=%s: denied", reason,
                           call->facts.request);
            }
            goto done;
        }
    }
    result = PAM_SUCCESS; // decided, not allowed: the verdict says which

done:
    wipe(&response);
    return result;
}

// What a final verdict means for PAM; `refusal` is the phase's word for no.
static int conclude(struct stepup_call *call, int refusal) {
    enum stepup_outcome outcome = STEPUP_OUTCOME_NONE;
    int result = refusal;
    switch (call->verdict.kind) {
    case STEPUP_VERDICT_ALLOW:
        outcome = STEPUP_OUTCOME_ALLOWED;
        result = PAM_SUCCESS;
        break;
    case STEPUP_VERDICT_IGNORE:
        outcome = STEPUP_OUTCOME_IGNORED;
        result = PAM_IGNORE;
        break;
    case STEPUP_VERDICT_DENY:
        return call->verdict.max_tries && refusal == PAM_AUTH_ERR ? PAM_MAXTRIES : refusal;
    case STEPUP_VERDICT_CHALLENGE:
        return refusal;
    }
    if (!stepup_outcome_name_attempt(call->pamh, call->verdict.attempt) ||
        !stepup_outcome_leave(call->pamh, outcome, call->facts.user)) {
        stepup_log(call->pamh, LOG_ERR, "out of memory");
        return PAM_BUF_ERR;
    }
    return result;
}

static int report_first_factor(struct stepup_call *call) {
    if (stepup_facts_gather(call->pamh, &call->facts) == PAM_SUCCESS) {
        stepup_call_report(call, "first_factor_failed", NULL);
    }
    return PAM_AUTH_ERR;
}

int stepup_auth(struct stepup_call *call) {
    const char *user = NULL;
    int result = PAM_AUTH_ERR;
    enum stepup_result answered;
    if (call->arguments.first_factor == STEPUP_FIRST_FACTOR_FAILED) {
        return report_first_factor(call);
    }
    result = pam_get_user(call->pamh, &user, NULL);
    if (result != PAM_SUCCESS || user == NULL) {
        return result == PAM_CONV_ERR ? PAM_CONV_ERR : PAM_AUTH_ERR;
    }
    result = stepup_facts_gather(call->pamh, &call->facts);
    if (result != PAM_SUCCESS || call->facts.user == NULL) {
        stepup_log(call->pamh, LOG_ERR, "denied: a name is missing or too long, or there is no randomness");
        return result == PAM_SUCCESS ? PAM_AUTH_ERR : result;
    }
    // Whatever an earlier try on this handle left, this one starts as denied.
    if (!stepup_outcome_leave(call->pamh, STEPUP_OUTCOME_DENIED, call->facts.user) ||
        !stepup_outcome_name_attempt(call->pamh, "")) {
        stepup_log(call->pamh, LOG_ERR, "out of memory");
        return PAM_BUF_ERR;
    }
    answered = stepup_call_begin(call, STEPUP_PHASE_AUTH);
    if (answered != STEPUP_ANSWERED) {
        result = stepup_fallback(call, STEPUP_PHASE_AUTH, answered);
        if (result == PAM_IGNORE && !stepup_outcome_leave(call->pamh, STEPUP_OUTCOME_IGNORED, call->facts.user)) {
            return PAM_BUF_ERR;
        }
        return result;
    }
    result = converse(call);
    return result == PAM_SUCCESS ? conclude(call, PAM_AUTH_ERR) : result;
}

int stepup_account(struct stepup_call *call) {
    int result = stepup_facts_gather(call->pamh, &call->facts);
    if (result != PAM_SUCCESS || call->facts.user == NULL) {
        stepup_log(call->pamh, LOG_ERR, "denied: a name is missing or too long, or there is no randomness");
        return PAM_PERM_DENIED;
    }
    switch (stepup_outcome_find(call->pamh, call->facts.user)) {
    case STEPUP_OUTCOME_ALLOWED:
        return PAM_SUCCESS;
    case STEPUP_OUTCOME_IGNORED:
        return PAM_IGNORE;
    case STEPUP_OUTCOME_DENIED:
        return PAM_PERM_DENIED;
    case STEPUP_OUTCOME_NONE:
        break;
    }
    enum stepup_result answered = stepup_call_begin(call, STEPUP_PHASE_ACCOUNT);
    if (answered != STEPUP_ANSWERED) {
        result = stepup_fallback(call, STEPUP_PHASE_ACCOUNT, answered);
        return result == PAM_AUTH_ERR ? PAM_PERM_DENIED : result;
    }
    if (call->verdict.kind == STEPUP_VERDICT_CHALLENGE) {
        // Nobody can be asked in this phase.
        stepup_call_report(call, "cancelled", call->verdict.attempt);
        return PAM_PERM_DENIED;
    }
    return conclude(call, PAM_PERM_DENIED);
}
