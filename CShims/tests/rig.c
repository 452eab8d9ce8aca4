#define _GNU_SOURCE
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int passed, failed;
static const char *promise = "";

void rig_promise(const char *name) {
    promise = name;
}

void rig_check(bool good, const char *file, int line, const char *text) {
    if (good) {
        passed++;
        return;
    }
    failed++;
    fprintf(stderr, "%s:%d: %s\n    %s\n", file, line, promise, text);
}

void rig_check_is(long actual, long expected, const char *file, int line, const char *text) {
    char message[256];
    (void)snprintf(message, sizeof message, "%s is %ld, expected %ld", text, actual, expected);
    rig_check(actual == expected, file, line, message);
}

int rig_finish(void) {
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

int64_t rig_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int rig_slowness(void) {
    const char *text = getenv("SLOW");
    int slow = text == NULL ? 1 : atoi(text);
    return slow < 1 ? 1 : slow;
}

int rig_count_files(const char *folder) {
    int count = 0;
    DIR *list = opendir(folder);
    if (list == NULL) {
        return -1;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(list);
    return count;
}

int rig_count_descriptors(void) {
    return rig_count_files("/proc/self/fd") - 1; // the list's own
}

const char *rig_make_folder(void) {
    static char folder[64];
    // In memory where that can be had: thousands of fsyncs, and none of them has to outlive a crash.
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(folder, sizeof folder, "%s/stepup-test-XXXXXX", place);
    if (mkdtemp(folder) == NULL) {
        perror("mkdtemp");
        exit(2);
    }
    return folder;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void rig_remove_folder(const char *folder) {
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

long rig_read_only_frame(const char *folder, uint8_t *bytes, unsigned long size) {
    char path[PATH_MAX] = "";
    int found = 0;
    DIR *list = opendir(folder);
    if (list == NULL) {
        return 0;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        size_t length = strlen(entry->d_name);
        if (length > 6 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 6, ".frame") == 0) {
            found++;
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        }
    }
    (void)closedir(list);
    if (found != 1) {
        return 0;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, bytes, size);
    if (file >= 0) {
        (void)close(file);
    }
    return length;
}
