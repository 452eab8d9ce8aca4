// Preloaded into FreeRADIUS: makes the n-th call that rlm_stepup.so makes of a function fail. Which, a test writes to
// the file $STEPUP_FAULT, which is mapped here (Tests/EndToEnd/radius_faults.py); calls from anywhere else go through
// untouched.

#define _GNU_SOURCE
#undef _FORTIFY_SOURCE // its inline functions would stand where ours are defined
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// As radius_faults.py writes it.
struct fault {
    char function[32]; // empty: none
    int32_t error;
    int32_t lasting;      // all later calls fail, too
    int64_t result;       // NULL for a pointer; a positive number is how much is moved of what was given
    _Atomic int32_t left; // calls until it strikes
    _Atomic int32_t struck;
};

static struct fault *fault;

__attribute__((constructor)) static void map(void) {
    const char *path = getenv("STEPUP_FAULT");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        abort();
    }
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (fault == MAP_FAILED) {
        abort();
    }
    (void)close(file);
}

static bool is_module(const void *caller) {
    Dl_info info;
    return dladdr(caller, &info) != 0 && info.dli_fname != NULL && strstr(info.dli_fname, "/rlm_stepup.so") != NULL;
}

// Whether this call is to fail; then errno and `*result` are as the fault wants them.
static bool strikes(const char *function, const void *caller, long *result) {
    int error = errno;
    bool strikes = fault != NULL && strcmp(function, fault->function) == 0 && is_module(caller);
    if (strikes) {
        int32_t left = atomic_fetch_sub(&fault->left, 1);
        strikes = left == 1 || (left < 1 && fault->lasting);
    }
    errno = error;
    if (strikes) {
        fault->struck = 1;
        errno = fault->error;
        *result = (long)fault->result;
    }
    return strikes;
}

#include "../fails.h"

// A function that fails, or moves only some of the bytes.
#define FAILS_SHORT(function, parameters, arguments)                                                                   \
    ssize_t function parameters {                                                                                      \
        long result = 0;                                                                                               \
        if (strikes(#function, CALLER, &result)) {                                                                     \
            if (result <= 0) {                                                                                         \
                return (ssize_t)result;                                                                                \
            }                                                                                                          \
            length = (size_t)result < length ? (size_t)result : length;                                                \
        }                                                                                                              \
        return NEXT(function) arguments;                                                                               \
    }

// FreeRADIUS opens its modules with RTLD_DEEPBIND, and they would not see what stands here.
void *dlopen(const char *file, int mode) {
    return NEXT(dlopen)(file, mode & ~RTLD_DEEPBIND);
}

// libtalloc's and the server's, as far as their arguments have to be passed on.
void *talloc_named_const(const void *context, size_t size, const char *name);
FAILS(void *, talloc_named_const, (const void *context, size_t size, const char *name), (context, size, name))
void *fr_pair_afrom_da(void *context, const void *attribute);
FAILS(void *, fr_pair_afrom_da, (void *context, const void *attribute), (context, attribute))
void *fr_pair_afrom_num(void *context, unsigned attribute, unsigned vendor);
FAILS(void *, fr_pair_afrom_num, (void *context, unsigned attribute, unsigned vendor), (context, attribute, vendor))
int request_data_add(void *request, void *key, int number, void *data, bool frees);
FAILS(int, request_data_add, (void *request, void *key, int number, void *data, bool frees),
      (request, key, number, data, frees))
ssize_t rad_vp2data(const uint8_t **out, const void *pair);
FAILS(ssize_t, rad_vp2data, (const uint8_t **out, const void *pair), (out, pair))
ssize_t data2vp(void *context, void *packet, const void *original, const char *secret, const void *attribute,
                const uint8_t *start, size_t length, size_t left, void **pair);
FAILS(ssize_t, data2vp,
      (void *context, void *packet, const void *original, const char *secret, const void *attribute,
       const uint8_t *start, size_t length, size_t left, void **pair),
      (context, packet, original, secret, attribute, start, length, left, pair))

FAILS(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAILS(int, connect, (int descriptor, const struct sockaddr *address, socklen_t size), (descriptor, address, size))
FAILS(int, poll, (struct pollfd * entries, nfds_t count, int timeout), (entries, count, timeout))
FAILS(int, fstat, (int descriptor, struct stat *status), (descriptor, status))
FAILS(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
FAILS(int, fsync, (int descriptor), (descriptor))
FAILS(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
FAILS(const char *, inet_ntop, (int family, const void *address, char *text, socklen_t size),
      (family, address, text, size))
FAILS(DIR *, fdopendir, (int descriptor), (descriptor))
FAILS(struct dirent *, readdir, (DIR * list), (list))

FAILS_SHORT(send, (int descriptor, const void *bytes, size_t length, int flags), (descriptor, bytes, length, flags))
FAILS_SHORT(recv, (int descriptor, void *bytes, size_t length, int flags), (descriptor, bytes, length, flags))
FAILS_SHORT(read, (int descriptor, void *bytes, size_t length), (descriptor, bytes, length))
FAILS_SHORT(write, (int descriptor, const void *bytes, size_t length), (descriptor, bytes, length))
FAILS_SHORT(getrandom, (void *bytes, size_t length, unsigned flags), (bytes, length, flags))
