#pragma once

// What the module knows of a login: read once, passed on, never judged here.

#include "arguments.h"
#include "stepup_text.h"
#include "stepup_wire.h"

#include <security/pam_modules.h>
#include <stdbool.h>

// A longer name is refused: cut, it would be somebody else's.
#define STEPUP_MAX_NAME 4096

struct stepup_facts {
    const char *service;
    const char *user;
    const char *ruser;
    const char *rhost;
    const char *tty;
    const char *ssh_connection;
    const char *ssh_auth_info;
    char uid[12];
    char request[STEPUP_REQUEST_SIZE]; // random, so that late replies and fallbacks can be joined
};

/// Collects the facts; the strings stay PAM's. `user` is NULL when PAM knows none yet.
/// PAM_SUCCESS, PAM_AUTH_ERR for a name that is too long, PAM_SYSTEM_ERR without randomness.
int stepup_facts_gather(pam_handle_t *pamh, struct stepup_facts *facts);

/// Adds who this is about: channel, request, service, user.
void stepup_facts_put_who(const struct stepup_facts *facts, struct stepup_wire_writer *writer);

/// Adds where it comes from. A fact beyond its limit is cut; of SSH_AUTH_INFO_0 only whole lines are kept.
void stepup_facts_put_source(const struct stepup_facts *facts, struct stepup_wire_writer *writer);

/// Adds `command`, argv of this process joined by blanks: advisory (S12), left out when it cannot be read.
void stepup_facts_put_command(struct stepup_wire_writer *writer);

/// S01: whether SSH_AUTH_INFO_0 holds a line whose first word is in `methods`.
bool stepup_facts_has_method(const struct stepup_facts *facts, const char *methods);
