#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.

#include <freeradius/listen.h>

typedef enum fr_state_action_t {
    FR_ACTION_INVALID,
} fr_state_action_t;

typedef int (*RAD_REQUEST_FUNP)(REQUEST *request);
typedef void (*fr_request_process_t)(REQUEST *request, int action);
