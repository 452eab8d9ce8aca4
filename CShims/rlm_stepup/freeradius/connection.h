#pragma once

// Own declarations in place of a header that Debian's libfreeradius-dev leaves out: nothing of it is used.
