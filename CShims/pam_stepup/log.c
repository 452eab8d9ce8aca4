#include "log.h"

#include "stepup_text.h"

#include <security/pam_ext.h>

#define MAX_TEXT 200

void stepup_log(const pam_handle_t *pamh, int priority, const char *line) {
    pam_syslog(pamh, priority, "%s", line);
}

void stepup_log_text(const pam_handle_t *pamh, int priority, const char *line, const void *text, size_t length) {
    char escaped[MAX_TEXT];
    stepup_text_escape(text, length, escaped, sizeof escaped);
    pam_syslog(pamh, priority, "%s: %s", line, escaped);
}
