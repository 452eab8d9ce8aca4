#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.

typedef struct xlat_exp xlat_exp_t;
