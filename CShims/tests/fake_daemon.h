#pragma once

// A daemon that does what a script says, one step a connection, and remembers what it was asked.

#include "stepup_wire.h"

#include <stdbool.h>
#include <stddef.h>

enum fake_act {
    FAKE_REPLY,       // read the request, send a reply of these fields
    FAKE_REPLY_SLOW,  // the same, a byte at a time
    FAKE_REPLY_TWICE, // the same reply two times over
    FAKE_HALF_CLOSE,  // half of it, then close
    FAKE_HALF_STALL,  // half of it, then silence
    FAKE_RAW,         // read the request, send `raw`, then close
    FAKE_PAYLOAD,     // the same, with a header before it
    FAKE_STALL,       // read the request, silence
    FAKE_CLOSE,       // read the request, close
    FAKE_SLAM,        // close without reading
};

struct fake_step {
    enum fake_act act;
    const char *fields; // `verdict=allow|attempt=a1`
    const char *raw;    // for FAKE_RAW and FAKE_PAYLOAD
    size_t raw_length;
    int delay_ms; // before anything is sent
};

#define FAKE_MAX_REQUESTS 32

struct fake_daemon;

/// Listens at `path`; ends when all steps were taken and it is stopped.
struct fake_daemon *fake_daemon_start(const char *path, const struct fake_step *steps, size_t count);

/// Ends it; true when every step was used and nobody came for more.
bool fake_daemon_stop(struct fake_daemon *daemon);

size_t fake_daemon_requests(const struct fake_daemon *daemon);

/// The op of request `index`, NULL if there was none or it was not a good frame.
const char *fake_daemon_op(const struct fake_daemon *daemon, size_t index);

/// A value of request `index`, NULL if it is not there.
const char *fake_daemon_value(const struct fake_daemon *daemon, size_t index, enum stepup_wire_key key);

void fake_daemon_free(struct fake_daemon *daemon);
