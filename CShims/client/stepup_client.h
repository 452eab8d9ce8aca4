#pragma once

/// One request and its reply over the daemon's socket, for every module. No state of its own: any thread may call it.

#include "stepup_wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How far an exchange came before it failed.
enum stepup_client_stage {
    STEPUP_CLIENT_CONNECT,
    STEPUP_CLIENT_SEND,
    STEPUP_CLIENT_RECEIVE,
    STEPUP_CLIENT_TIMEOUT,
    STEPUP_CLIENT_FRAME,
};

struct stepup_client_failure {
    enum stepup_client_stage stage;
    int error;                    ///< errno; 0 where the daemon closed the connection, and with STEPUP_CLIENT_FRAME
    enum stepup_wire_error frame; ///< with STEPUP_CLIENT_FRAME
    /// The fault lies with this process, not with the daemon: no descriptor or memory left, or it was stopped while the
    /// deadline passed. Whoever started the process can bring that about, so it must never count as "unavailable".
    bool own;
    /// Something of a reply did come: the daemon is there, so this never counts as "unavailable" either.
    bool replied;
};

/// What a description needs at most.
#define STEPUP_CLIENT_DESCRIPTION 64

/// Sends `frame` (`length` bytes, with header) to the Unix socket at `path`, waits for one `op=reply`.
///
/// All of it, connecting included, ends within `timeout_ms` of the call: waiting is by poll against one deadline of
/// CLOCK_MONOTONIC, every descriptor is non-blocking, close-on-exec and above 2, no signal is raised.
///
/// `buffer` takes the reply (STEPUP_WIRE_MAX_FRAME bytes); it may be the buffer that `frame` lies in. `*used` is how
/// much of it was written, also on failure: what to wipe. On true, `*reply` points into it. On false `*failure` says
/// why.
bool stepup_client_exchange(const char *path, unsigned timeout_ms, const uint8_t *frame, size_t length,
                            uint8_t buffer[STEPUP_WIRE_MAX_FRAME], size_t *used, struct stepup_wire_frame *reply,
                            struct stepup_client_failure *failure);

/// When to ask, once, whether it is worth waiting longer: for hosts whose threads others wait for.
struct stepup_client_patience {
    unsigned after_ms;            ///< of waiting; beyond the deadline nobody is asked
    bool (*go_on)(void *context); ///< false ends the exchange: `timeout ECANCELED`
    void *context;
};

/// The same, with a patience that may be NULL.
bool stepup_client_exchange_patiently(const char *path, unsigned timeout_ms,
                                      const struct stepup_client_patience *patience, const uint8_t *frame,
                                      size_t length, uint8_t buffer[STEPUP_WIRE_MAX_FRAME], size_t *used,
                                      struct stepup_wire_frame *reply, struct stepup_client_failure *failure);

/// `connect ECONNREFUSED`, `receive EOF`, `timeout ETIMEDOUT`, `frame duplicate_key`: as in the spool's `reason`.
void stepup_client_describe(const struct stepup_client_failure *failure, char text[STEPUP_CLIENT_DESCRIPTION]);

/// Moves a descriptor that took the place of a closed stdin, stdout or stderr out of it: else what the host prints
/// would go there. Takes `descriptor` over; -1 and errno on failure.
int stepup_client_above_stdio(int descriptor);
