#pragma once

// The field User-Password where a code may stand in it (append = yes): which part is the password is the daemon's to
// say, before the first factor looks at it. What came is kept with the request, for the daemon's second look.

#include "instance.h"

#include <stdbool.h>

struct stepup_password {
    bool split;
    size_t length;
    uint8_t bytes[]; // the field as it was received, if it was split
};

/// What was kept, NULL if the daemon was not asked yet about this request.
const struct stepup_password *stepup_password_kept(REQUEST *request);

/// Remembers that the field stays as it is. False without memory.
bool stepup_password_keep(REQUEST *request);

/// Keeps the field and leaves `length` bytes from `offset` of it in User-Password. False where the range does not lie
/// within it, or without memory.
bool stepup_password_split(REQUEST *request, VALUE_PAIR *field, size_t offset, size_t length);
