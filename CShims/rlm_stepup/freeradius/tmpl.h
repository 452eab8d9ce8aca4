#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.

typedef struct vp_tmpl_t vp_tmpl_t;
typedef struct pair_list PAIR_LIST;

typedef enum requests {
    REQUEST_CURRENT = 2,
} request_refs_t;

typedef enum pair_lists {
    PAIR_LIST_REQUEST = 1,
} pair_lists_t;
