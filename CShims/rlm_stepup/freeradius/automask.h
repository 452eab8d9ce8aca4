#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out; `make check-abi` compares.
// autoconf.h describes the server's build; these names would describe it in ours, too.

#undef PACKAGE_BUGREPORT
#undef PACKAGE_NAME
#undef PACKAGE_STRING
#undef PACKAGE_TARNAME
#undef PACKAGE_URL
#undef PACKAGE_VERSION

// radiusd.h counts on both.
#include <stdarg.h>
#include <stddef.h>
