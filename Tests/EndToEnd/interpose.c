/* Preloaded into stepupd by the tests: the wall clock and the disk as a test wants them, while it runs.
 *
 * libfaketime is no help there: it moves the deadlines of timerfd_settime on CLOCK_MONOTONIC along with the wall clock,
 * so that after a step back of an hour every timer of the daemon is an hour late. Here a clock moves alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* interpose.py writes it. */
struct wishes {
    int64_t wall_ahead;   /* CLOCK_REALTIME, seconds */
    int64_t boot_ahead;   /* CLOCK_BOOTTIME, seconds */
    int32_t write_error;  /* errno of pwrite, which then writes nothing; 0: none */
    int32_t sync_error;   /* errno of fdatasync and fsync, which then have synced all the same; 0: none */
    int64_t unlock_delay; /* microseconds that each fcntl that unlocks takes: others write between two reads */
};

static const volatile struct wishes none;
static const volatile struct wishes *wishes = &none;

__attribute__((constructor)) static void stepup_interpose_open(void) {
    const char *path = getenv("STEPUP_INTERPOSE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *map = mmap(NULL, sizeof *wishes, PROT_READ, MAP_SHARED, file, 0);
    if (map != MAP_FAILED)
        wishes = map;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long status = syscall(SYS_clock_gettime, clock, time);
    if (status == 0 && clock == CLOCK_REALTIME)
        time->tv_sec += wishes->wall_ahead;
    if (status == 0 && clock == CLOCK_BOOTTIME)
        time->tv_sec += wishes->boot_ahead;
    return (int)status;
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
    if (wishes->write_error != 0) {
        errno = wishes->write_error;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, size, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
    return pwrite64(file, bytes, size, offset);
}

int fcntl64(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    long status = syscall(SYS_fcntl, file, command, argument);
    if (wishes->unlock_delay != 0 && command == F_SETLK && ((const struct flock *)argument)->l_type == F_UNLCK)
        usleep((useconds_t)wishes->unlock_delay);
    return (int)status;
}

static int synced(long status) {
    if (status == 0 && wishes->sync_error != 0) {
        errno = wishes->sync_error;
        return -1;
    }
    return (int)status;
}

int fdatasync(int file) {
    return synced(syscall(SYS_fdatasync, file));
}

int fsync(int file) {
    return synced(syscall(SYS_fsync, file));
}
