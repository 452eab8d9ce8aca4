/* What Glibc's Swift overlay hides. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/** Credentials of a Unix socket's peer, as SO_PEERCRED gives them (unix(7)). */
struct clinux_ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};


/** Takes an exclusive lock on an open file without waiting (flock(2)). Returns 0, or -1 with errno. */
int clinux_lock_exclusive(int fd);

/** Opens PATH for writing, making it 0600; a symbolic link at its end is refused. Returns a descriptor, or -1 with errno. */
int clinux_open_lock(const char *path);
