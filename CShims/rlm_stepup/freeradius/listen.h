#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.

typedef struct rad_listen rad_listen_t;

typedef enum RAD_LISTEN_TYPE {
    RAD_LISTEN_MAX = 9,
} RAD_LISTEN_TYPE;
