#define _GNU_SOURCE
#undef _FORTIFY_SOURCE // its inline functions would stand where ours are defined
#include "fail_nth.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static struct {
    const struct fail_nth_fault *fault;
    int left; // calls until it strikes
    bool lasting, struck;
    char trace[64];
    char log[8192];
} state;

void fail_nth_arm(const struct fail_nth_fault *fault, int nth, bool lasting) {
    memset(&state, 0, sizeof state);
    state.left = nth;
    state.lasting = lasting;
    state.fault = fault;
}

bool fail_nth_disarm(void) {
    state.fault = NULL;
    return state.struck;
}

bool fail_nth_has_struck(void) {
    return state.struck;
}

const char *fail_nth_trace(void) {
    return state.trace;
}

bool fail_nth_logged(const char *text) {
    return strstr(state.log, text) != NULL;
}

static bool is_module(const void *caller) {
    static const char name[] = "/pam_stepup.so";
    Dl_info info;
    size_t length = 0;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL) {
        return false;
    }
    length = strlen(info.dli_fname);
    return length >= sizeof name && strcmp(info.dli_fname + length - (sizeof name - 1), name) == 0;
}

// Whether this call is to fail; then errno and `*result` are as the fault wants them.
static bool strikes(const char *function, const void *caller, long *result) {
    const struct fail_nth_fault *fault = state.fault;
    if (fault == NULL || strcmp(function, fault->function) != 0 || !is_module(caller)) {
        return false;
    }
    if (state.struck ? !state.lasting : --state.left > 0) {
        return false;
    }
    state.struck = true;
    errno = fault->error;
    *result = fault->result;
    return true;
}

static void trace(char letter, bool success, const void *caller) {
    size_t length = strlen(state.trace);
    int error = errno;
    if (success && length + 1 < sizeof state.trace && is_module(caller)) {
        state.trace[length] = letter;
    }
    errno = error;
}

#include "fails.h"

// A function that fails, or moves only some of the bytes; a success leaves its letter.
#define FAILS_SHORT(function, letter, parameters, arguments)                                                           \
    EXPORT ssize_t function parameters {                                                                               \
        long result = 0;                                                                                               \
        if (strikes(#function, CALLER, &result)) {                                                                     \
            if (result <= 0) {                                                                                         \
                return result;                                                                                         \
            }                                                                                                          \
            length = (size_t)result < length ? (size_t)result : length;                                                \
        }                                                                                                              \
        ssize_t count = NEXT(function) arguments;                                                                      \
        trace(letter, count > 0, CALLER);                                                                              \
        return count;                                                                                                  \
    }
// A function on files that fails with a number; a success leaves its letter.
#define FAILS_TRACED(function, letter, parameters, arguments)                                                          \
    EXPORT int function parameters {                                                                                   \
        long result = 0;                                                                                               \
        if (strikes(#function, CALLER, &result)) {                                                                     \
            return (int)result;                                                                                        \
        }                                                                                                              \
        int status = NEXT(function) arguments;                                                                         \
        trace(letter, status == 0, CALLER);                                                                            \
        return status;                                                                                                 \
    }

FAILS(void *, malloc, (size_t size), (size))
FAILS(char *, strdup, (const char *text), (text))
FAILS(DIR *, fdopendir, (int descriptor), (descriptor))
FAILS(const char *, pam_getenv, (pam_handle_t * pamh, const char *name), (pamh, name))

FAILS(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAILS(int, connect, (int descriptor, const struct sockaddr *address, socklen_t size), (descriptor, address, size))
FAILS(int, poll, (struct pollfd * entries, nfds_t count, int timeout), (entries, count, timeout))
FAILS(int, fstat, (int descriptor, struct stat *status), (descriptor, status))
FAILS(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
FAILS(int, pam_get_user, (pam_handle_t * pamh, const char **user, const char *prompt), (pamh, user, prompt))
FAILS(int, pam_get_item, (const pam_handle_t *pamh, int type, const void **value), (pamh, type, value))
FAILS(int, pam_get_data, (const pam_handle_t *pamh, const char *name, const void **data), (pamh, name, data))
FAILS(int, pam_set_data,
      (pam_handle_t * pamh, const char *name, void *data, void (*clean)(pam_handle_t *, void *, int)),
      (pamh, name, data, clean))
FAILS(int, pam_putenv, (pam_handle_t * pamh, const char *setting), (pamh, setting))

FAILS_SHORT(send, 's', (int descriptor, const void *bytes, size_t length, int flags),
            (descriptor, bytes, length, flags))
FAILS_SHORT(recv, 'g', (int descriptor, void *bytes, size_t length, int flags), (descriptor, bytes, length, flags))
FAILS_SHORT(read, 0, (int descriptor, void *bytes, size_t length), (descriptor, bytes, length))
FAILS_SHORT(getrandom, 0, (void *bytes, size_t length, unsigned flags), (bytes, length, flags))

FAILS_SHORT(write, 'w', (int descriptor, const void *bytes, size_t length), (descriptor, bytes, length))
FAILS_TRACED(fsync, 'f', (int descriptor), (descriptor))
FAILS_TRACED(renameat, 'r', (int from, const char *old, int to, const char *new), (from, old, to, new))
FAILS(struct dirent *, readdir, (DIR * list), (list))

// Not by the macros.

EXPORT int fcntl(int descriptor, int command, ...) {
    long result = 0;
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return strikes("fcntl", CALLER, &result) ? (int)result : NEXT(fcntl)(descriptor, command, argument);
}

EXPORT int pam_prompt(pam_handle_t *pamh, int style, char **response, const char *format, ...) {
    long result = 0;
    va_list arguments;
    if (strikes("pam_prompt", CALLER, &result)) {
        return (int)result;
    }
    va_start(arguments, format);
    result = pam_vprompt(pamh, style, response, format, arguments);
    va_end(arguments);
    return (int)result;
}

// The log is kept: without a listener on /dev/log libc would try the console.
EXPORT void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...) {
    size_t length = strlen(state.log);
    va_list arguments;
    (void)pamh;
    (void)priority;
    va_start(arguments, format);
    (void)vsnprintf(state.log + length, sizeof state.log - length, format, arguments);
    va_end(arguments);
}
