#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.

typedef struct radclient RADCLIENT;
typedef struct radclient_list RADCLIENT_LIST;
