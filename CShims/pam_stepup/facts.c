#define _GNU_SOURCE
#include "facts.h"

#include "stepup_client.h"

#include <errno.h>
#include <fcntl.h>
#include <security/pam_ext.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_COMMAND 1024
#define MAX_FACT    1024
#define MAX_INFO    8192

static const char *item(const pam_handle_t *pamh, int type) {
    const void *value = NULL;
    return pam_get_item(pamh, type, &value) == PAM_SUCCESS ? value : NULL;
}

int stepup_facts_gather(pam_handle_t *pamh, struct stepup_facts *facts) {
    *facts = (struct stepup_facts){
        .service = item(pamh, PAM_SERVICE),
        .user = item(pamh, PAM_USER),
        .ruser = item(pamh, PAM_RUSER),
        .rhost = item(pamh, PAM_RHOST),
        .tty = item(pamh, PAM_TTY),
        // From PAM's environment, which the application fills; the process's own is the user's to set.
        .ssh_connection = pam_getenv(pamh, "SSH_CONNECTION"),
        .ssh_auth_info = pam_getenv(pamh, "SSH_AUTH_INFO_0"),
    };
    (void)snprintf(facts->uid, sizeof facts->uid, "%u", (unsigned)getuid());
    if (facts->service == NULL || strlen(facts->service) > STEPUP_MAX_NAME ||
        (facts->user != NULL && strlen(facts->user) > STEPUP_MAX_NAME)) {
        return PAM_AUTH_ERR;
    }
    return stepup_text_request(facts->request) ? PAM_SUCCESS : PAM_SYSTEM_ERR;
}

void stepup_facts_put_who(const struct stepup_facts *facts, struct stepup_wire_writer *writer) {
    stepup_wire_put_text(writer, STEPUP_WIRE_KEY_CHANNEL, "pam");
    stepup_wire_put_text(writer, STEPUP_WIRE_KEY_REQUEST, facts->request);
    stepup_wire_put_text(writer, STEPUP_WIRE_KEY_SERVICE, facts->service);
    stepup_wire_put_text(writer, STEPUP_WIRE_KEY_USER, facts->user == NULL ? "" : facts->user);
}

static void put_cut(struct stepup_wire_writer *writer, enum stepup_wire_key key, const char *text) {
    if (text != NULL) {
        stepup_wire_put(writer, key, text, strnlen(text, MAX_FACT));
    }
}

// Half a line could be half a key, or the name of another method.
static size_t whole_lines(const char *text) {
    size_t length = strnlen(text, MAX_INFO + 1);
    if (length <= MAX_INFO) {
        return length;
    }
    for (length = MAX_INFO; length > 0 && text[length - 1] != '\n'; length--) {
    }
    return length;
}

void stepup_facts_put_source(const struct stepup_facts *facts, struct stepup_wire_writer *writer) {
    put_cut(writer, STEPUP_WIRE_KEY_RUSER, facts->ruser);
    put_cut(writer, STEPUP_WIRE_KEY_RHOST, facts->rhost);
    put_cut(writer, STEPUP_WIRE_KEY_TTY, facts->tty);
    stepup_wire_put_text(writer, STEPUP_WIRE_KEY_UID, facts->uid);
    put_cut(writer, STEPUP_WIRE_KEY_SSH_CONNECTION, facts->ssh_connection);
    if (facts->ssh_auth_info != NULL) {
        stepup_wire_put(writer, STEPUP_WIRE_KEY_SSH_AUTH_INFO, facts->ssh_auth_info, whole_lines(facts->ssh_auth_info));
    }
}

void stepup_facts_put_command(struct stepup_wire_writer *writer) {
    char text[MAX_COMMAND];
    size_t length = 0;
    ssize_t count = 1;
    int descriptor = stepup_client_above_stdio(open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC));
    if (descriptor < 0) {
        return;
    }
    while (length < sizeof text && count != 0) {
        count = read(descriptor, text + length, sizeof text - length);
        if (count > 0) {
            length += (size_t)count;
        } else if (count < 0 && errno != EINTR) {
            break;
        }
    }
    (void)close(descriptor);
    while (length > 0 && text[length - 1] == '\0') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] == '\0' ? ' ' : text[i];
    }
    if (length > 0) {
        stepup_wire_put(writer, STEPUP_WIRE_KEY_COMMAND, text, length);
    }
}

static bool is_listed(const char *word, size_t length, const char *list) {
    for (const char *at = list; length > 0 && *at != '\0';) {
        size_t size = strcspn(at, ",");
        if (size == length && memcmp(at, word, length) == 0) {
            return true;
        }
        at += size;
        at += *at == ',';
    }
    return false;
}

bool stepup_facts_has_method(const struct stepup_facts *facts, const char *methods) {
    const char *line = facts->ssh_auth_info;
    while (line != NULL && *line != '\0') {
        if (is_listed(line, strcspn(line, " \n"), methods)) {
            return true;
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return false;
}
