#include "log.h"

#include <security/pam_ext.h>
#include <stdint.h>
#include <string.h>

#define MAX_TEXT 200

// Printable ASCII as it is, all else as \xHH: line feeds, terminal controls, bidi marks.
static void escape(const uint8_t *text, size_t length, char *line, size_t size) {
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < length && at + 5 < size; i++) {
        if (text[i] >= ' ' && text[i] < 0x7f && text[i] != '\\') {
            line[at++] = (char)text[i];
        } else {
            line[at++] = '\\';
            line[at++] = 'x';
            line[at++] = digits[text[i] >> 4];
            line[at++] = digits[text[i] & 15];
        }
    }
    line[at] = '\0';
}

void stepup_log(const pam_handle_t *pamh, int priority, const char *line) {
    pam_syslog(pamh, priority, "%s", line);
}

void stepup_log_text(const pam_handle_t *pamh, int priority, const char *line, const void *text, size_t length) {
    char escaped[MAX_TEXT];
    escape(text, length, escaped, sizeof escaped);
    pam_syslog(pamh, priority, "%s: %s", line, escaped);
}
