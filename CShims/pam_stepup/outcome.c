#define _GNU_SOURCE
#include "outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_NAME    "pam_stepup_outcome"
#define SESSION_NAME "pam_stepup_session"

struct data {
    enum stepup_outcome outcome;
    char user[];
};

static void clean(pam_handle_t *pamh, void *data, int status) {
    (void)pamh;
    (void)status;
    free(data);
}

bool stepup_outcome_leave(pam_handle_t *pamh, enum stepup_outcome outcome, const char *user) {
    size_t size = strlen(user) + 1;
    struct data *data = malloc(sizeof *data + size);
    if (data == NULL) {
        return false;
    }
    data->outcome = outcome;
    memcpy(data->user, user, size);
    if (pam_set_data(pamh, DATA_NAME, data, clean) != PAM_SUCCESS) {
        free(data);
        return false;
    }
    return true;
}

enum stepup_outcome stepup_outcome_find(const pam_handle_t *pamh, const char *user) {
    const void *found = NULL;
    if (pam_get_data(pamh, DATA_NAME, &found) != PAM_SUCCESS || found == NULL) {
        return STEPUP_OUTCOME_NONE;
    }
    const struct data *data = found;
    return strcmp(data->user, user) == 0 ? data->outcome : STEPUP_OUTCOME_NONE;
}

const char *stepup_outcome_session_attempt(pam_handle_t *pamh) {
    const void *kept = NULL;
    if (pam_get_data(pamh, SESSION_NAME, &kept) == PAM_SUCCESS && kept != NULL) {
        return kept;
    }
    const char *named = pam_getenv(pamh, STEPUP_ATTEMPT_VARIABLE);
    char *copy = named == NULL ? NULL : strdup(named);
    if (copy != NULL && pam_set_data(pamh, SESSION_NAME, copy, clean) != PAM_SUCCESS) {
        free(copy);
        return named;
    }
    return copy;
}

bool stepup_outcome_name_attempt(pam_handle_t *pamh, const char *attempt) {
    char setting[sizeof STEPUP_ATTEMPT_VARIABLE + sizeof((struct stepup_verdict *)NULL)->attempt];
    if (attempt[0] == '\0') {
        return pam_getenv(pamh, STEPUP_ATTEMPT_VARIABLE) == NULL ||
               pam_putenv(pamh, STEPUP_ATTEMPT_VARIABLE) == PAM_SUCCESS;
    }
    (void)snprintf(setting, sizeof setting, "%s=%s", STEPUP_ATTEMPT_VARIABLE, attempt);
    return pam_putenv(pamh, setting) == PAM_SUCCESS;
}
