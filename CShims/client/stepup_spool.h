#pragma once

/// The record of a fallback, written before the fallback is taken (S02, S28). Specification: Docs/Protocol.md, The
/// spool.

#include "stepup_wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// More files than this and nothing is spooled.
#define STEPUP_SPOOL_MAX_FILES 4096

struct stepup_spool_failure {
    const char *step; ///< what could not be done: a constant
    int error;        ///< errno
};

/// Adds `time`, `boot_id` and `boottime`; returns the time in milliseconds since the epoch, for the file's name.
int64_t stepup_spool_stamp(struct stepup_wire_writer *writer);

/// Writes one frame as `<time_ms>-<request>.frame` into `directory`.
///
/// On true the file and its name are on disk (fsync of both). On false no file of that name is left, as far as that
/// could be had, and `*failure` says what went wrong. The directory must be the caller's (geteuid) and writable by
/// nobody else. Not bounded in time: fsync takes as long as the disk does.
bool stepup_spool_write(const char *directory, int64_t time_ms, const char *request, const uint8_t *frame,
                        size_t length, struct stepup_spool_failure *failure);
