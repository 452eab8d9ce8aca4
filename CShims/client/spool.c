#define _GNU_SOURCE
#include "stepup_spool.h"

#include "stepup_client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int64_t milliseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void put_milliseconds(struct stepup_wire_writer *writer, enum stepup_wire_key key, int64_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    stepup_wire_put_text(writer, key, text);
}

// The boot id, or `unknown`: without /proc the record still says what happened.
static void put_boot_id(struct stepup_wire_writer *writer) {
    char text[64];
    ssize_t length = -1;
    int descriptor =
        stepup_client_above_stdio(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (descriptor >= 0) {
        length = read(descriptor, text, sizeof text);
        (void)close(descriptor);
    }
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    if (length > 0) {
        stepup_wire_put(writer, STEPUP_WIRE_KEY_BOOT_ID, text, (size_t)length);
    } else {
        stepup_wire_put_text(writer, STEPUP_WIRE_KEY_BOOT_ID, "unknown");
    }
}

int64_t stepup_spool_stamp(struct stepup_wire_writer *writer) {
    int64_t time_ms = milliseconds(CLOCK_REALTIME);
    put_milliseconds(writer, STEPUP_WIRE_KEY_TIME, time_ms);
    put_milliseconds(writer, STEPUP_WIRE_KEY_BOOTTIME, milliseconds(CLOCK_BOOTTIME));
    put_boot_id(writer);
    return time_ms;
}

static bool fail(struct stepup_spool_failure *failure, const char *step, int error) {
    failure->step = step;
    failure->error = error;
    return false;
}

static bool open_directory(const char *path, int *directory, struct stepup_spool_failure *failure) {
    struct stat status;
    *directory = stepup_client_above_stdio(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (*directory < 0) {
        return fail(failure, "open the directory", errno);
    }
    if (fstat(*directory, &status) != 0) {
        return fail(failure, "look at the directory", errno);
    }
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail(failure, "trust the directory: it must be ours alone to write", EPERM);
    }
    return true;
}

// Whether there is room for one more. Unfinished files count: they too take space.
static bool has_room(int directory, struct stepup_spool_failure *failure) {
    int copy = stepup_client_above_stdio(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (copy < 0) {
        return fail(failure, "open the directory to count", errno);
    }
    DIR *list = fdopendir(copy);
    if (list == NULL) {
        int error = errno;
        (void)close(copy);
        return fail(failure, "list the directory", error);
    }
    size_t count = 0;
    errno = 0;
    for (const struct dirent *entry = readdir(list); entry != NULL && count < STEPUP_SPOOL_MAX_FILES;
         entry = readdir(list)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    int error = errno;
    (void)closedir(list);
    if (error != 0) {
        return fail(failure, "list the directory", error);
    }
    return count < STEPUP_SPOOL_MAX_FILES || fail(failure, "find room: the directory is full", ENOSPC);
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(descriptor, bytes, length);
        if (count > 0) {
            bytes += count;
            length -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            errno = count == 0 ? EIO : errno;
            return false;
        }
    }
    return true;
}

static bool write_file(int directory, const char *name, const uint8_t *frame, size_t length,
                       struct stepup_spool_failure *failure) {
    bool done = false;
    int descriptor = stepup_client_above_stdio(
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (descriptor < 0) {
        return fail(failure, "create the file", errno);
    }
    if (!write_all(descriptor, frame, length)) {
        (void)fail(failure, "write the file", errno);
    } else if (fsync(descriptor) != 0) {
        (void)fail(failure, "sync the file", errno);
    } else {
        done = true;
    }
    if (close(descriptor) != 0 && errno != EINTR && done) {
        done = fail(failure, "close the file", errno);
    }
    return done;
}

bool stepup_spool_write(const char *directory, int64_t time_ms, const char *request, const uint8_t *frame,
                        size_t length, struct stepup_spool_failure *failure) {
    bool done = false;
    int place = -1;
    char name[96];
    char unfinished[104];
    memset(failure, 0, sizeof *failure);
    int size = snprintf(name, sizeof name, "%" PRId64 "-%s.frame", time_ms, request);
    if (size < 0 || (size_t)size >= sizeof name || strchr(request, '/') != NULL) {
        return fail(failure, "name the file", EINVAL);
    }
    (void)snprintf(unfinished, sizeof unfinished, ".%s.tmp", name);

    if (!open_directory(directory, &place, failure) || !has_room(place, failure)) {
        goto done;
    }
    if (!write_file(place, unfinished, frame, length, failure)) {
        if (failure->error != EEXIST) {
            (void)unlinkat(place, unfinished, 0);
        }
        goto done;
    }
    if (renameat(place, unfinished, place, name) != 0) {
        (void)fail(failure, "rename the file", errno);
        (void)unlinkat(place, unfinished, 0);
        goto done;
    }
    if (fsync(place) != 0) {
        // The record may or may not survive, and the fallback it tells of will not be taken.
        (void)fail(failure, "sync the directory", errno);
        (void)unlinkat(place, name, 0);
        goto done;
    }
    done = true;

done:
    if (place >= 0) {
        (void)close(place);
    }
    return done;
}
