// Preloaded into stepupd: how often it waits for the disk, and how long, as two 64-bit counters (calls, nanoseconds) in
// the file BENCH_SYNCS.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct syncs {
    uint64_t calls;
    uint64_t nanoseconds;
};

static struct syncs nobody_reads;
static struct syncs *syncs = &nobody_reads;

__attribute__((constructor)) static void open_counters(void) {
    const char *path = getenv("BENCH_SYNCS");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    void *map = mmap(NULL, sizeof *syncs, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) {
        syncs = map;
    }
    (void)close(file);
}

static uint64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int timed(long call, int file) {
    uint64_t start = now_ns();
    long result = syscall(call, file);
    (void)__atomic_fetch_add(&syncs->calls, 1, __ATOMIC_RELAXED);
    (void)__atomic_fetch_add(&syncs->nanoseconds, now_ns() - start, __ATOMIC_RELAXED);
    return (int)result;
}

int fdatasync(int file) {
    return timed(SYS_fdatasync, file);
}

int fsync(int file) {
    return timed(SYS_fsync, file);
}
