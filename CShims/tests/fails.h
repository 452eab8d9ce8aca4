#pragma once

// Functions that fail where a test wants them to, and go through to the real ones elsewhere. The file that includes
// this defines before
//
//     static bool strikes(const char *function, const void *caller, long *result);
//
// which says whether this call is to fail, and sets errno and `*result` then. Include it before any header whose inline
// functions would stand where these are defined, with _FORTIFY_SOURCE undefined.

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

static void *next(const char *function) {
    void *found = dlsym(RTLD_NEXT, function);
    if (found == NULL) {
        abort();
    }
    return found;
}

// The real function of the same name and type.
#define NEXT(function) ((__typeof__(&function))next(#function))

// A function that fails with a number, or with NULL.
#define FAILS(type, function, parameters, arguments)                                                                   \
    EXPORT type function parameters {                                                                                  \
        long result = 0;                                                                                               \
        return strikes(#function, CALLER, &result) ? (type)result : NEXT(function) arguments;                          \
    }

// These take a mode, or do their work though they fail.

// Linux closes the descriptor even when it reports an error.
EXPORT int close(int descriptor) {
    long result = NEXT(close)(descriptor);
    (void)strikes("close", CALLER, &result);
    return (int)result;
}

EXPORT int open(const char *path, int flags, ...) {
    long result = 0;
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return strikes("open", CALLER, &result) ? (int)result : NEXT(open)(path, flags, mode);
}

EXPORT int openat(int directory, const char *path, int flags, ...) {
    long result = 0;
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return strikes("openat", CALLER, &result) ? (int)result : NEXT(openat)(directory, path, flags, mode);
}
