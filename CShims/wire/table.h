#pragma once

// The closed table, for decode.c and encode.c. Not part of the public header.

#include "stepup_wire.h"

/// The op with this name, or STEPUP_WIRE_OP_NONE.
enum stepup_wire_op stepup_wire_op_find(const uint8_t *name, size_t length);

/// Takes one field into the row: allowed, not seen before, within its limit, of its form.
enum stepup_wire_error stepup_wire_row_admit(struct stepup_wire_row *row, enum stepup_wire_key key,
                                             const uint8_t *value, size_t length);

/// Whether all is there that must be, and nothing that must not.
enum stepup_wire_error stepup_wire_row_finish(const struct stepup_wire_row *row);
