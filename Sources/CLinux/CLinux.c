#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <sys/file.h>

int clinux_lock_exclusive(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB);
}

int clinux_open_lock(const char *path) {
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}
