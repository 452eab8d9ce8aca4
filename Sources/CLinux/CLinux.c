#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int clinux_finish_stdout(void) {
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return 0;
    }
    return errno == 0 ? EIO : errno;
}

int clinux_lock_exclusive(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB);
}

int clinux_open_lock(const char *path) {
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int clinux_close_on_exec(int fd) {
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// Fills ADDRESS; its length, or 0 with errno when PATH is too long.
static socklen_t address_of(const char *path, struct sockaddr_un *address) {
    size_t length = strlen(path);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length == 0 || length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return 0;
    }
    memcpy(address->sun_path, path, length);
    if (path[0] == '@') {
        address->sun_path[0] = '\0';
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int failed(int fd) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int clinux_notify(const char *path, const char *message) {
    struct sockaddr_un address;
    socklen_t length = address_of(path, &address);
    if (length == 0) {
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address, length) < 0) {
        return failed(fd);
    }
    return close(fd);
}

int clinux_connect(const char *path, int timeout_ms) {
    struct sockaddr_un address;
    socklen_t length = address_of(path, &address);
    if (length == 0) {
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        connect(fd, (const struct sockaddr *)&address, length) != 0) {
        return failed(fd);
    }
    return fd;
}

int clinux_memory_file(void) {
    return memfd_create("stepup", MFD_CLOEXEC);
}
