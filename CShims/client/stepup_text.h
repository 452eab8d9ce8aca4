#pragma once

/// Text that every module makes alike: the name of a request, and foreign bytes for a log line.

#include <stdbool.h>
#include <stddef.h>

#define STEPUP_REQUEST_SIZE 33

/// 32 random hex digits, by which late replies and fallbacks are joined. False without randomness.
bool stepup_text_request(char request[STEPUP_REQUEST_SIZE]);

/// Bytes that came from outside, for a log line (S29): printable ASCII as it is, all else as \xHH, cut to `size`.
void stepup_text_escape(const void *bytes, size_t length, char *line, size_t size);

/// Lower-case hex of `length` bytes, ended by NUL: 2 * length + 1 bytes at `hex`.
void stepup_text_hex(const void *bytes, size_t length, char *hex);
