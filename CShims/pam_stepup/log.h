#pragma once

// Lines for authpriv. Nothing here ever sees an answer or a state.

#include <security/pam_modules.h>
#include <stddef.h>

/// Logs a line that is ours from end to end.
void stepup_log(const pam_handle_t *pamh, int priority, const char *line);

/// Logs `line: text`, with text that came from outside: escaped (S29) and cut to a short line.
void stepup_log_text(const pam_handle_t *pamh, int priority, const char *line, const void *text, size_t length);
