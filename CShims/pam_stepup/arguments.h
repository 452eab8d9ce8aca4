#pragma once

// The words behind `pam_stepup.so` in a line of /etc/pam.d. Docs/Pam.md describes them.

#include <security/pam_modules.h>
#include <stdbool.h>

enum stepup_first_factor {
    STEPUP_FIRST_FACTOR_SSH,    // SSH_AUTH_INFO_0 must tell of one
    STEPUP_FIRST_FACTOR_STACK,  // a requisite module before us saw to it
    STEPUP_FIRST_FACTOR_FAILED, // it failed: report, and fail
};

struct stepup_arguments {
    const char *socket;
    const char *spool;
    unsigned timeout_ms;
    enum stepup_first_factor first_factor;
    const char *ssh_methods;
    bool ignore_when_unavailable;
    bool record; // account=record
    bool debug;
};

/// Reads the words; they stay the caller's. On false a line in the log says which word is wrong, and the call must
/// fail.
bool stepup_arguments_parse(const pam_handle_t *pamh, int count, const char **words,
                            struct stepup_arguments *arguments);
