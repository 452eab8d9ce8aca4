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

/** Writes out what stdout still holds. Returns 0, or the errno of whatever of it was lost since the program began. */
int clinux_finish_stdout(void);

/** Takes an exclusive lock on an open file without waiting (flock(2)). Returns 0, or -1 with errno. */
int clinux_lock_exclusive(int fd);

/** Opens PATH for writing, making it 0600; a symbolic link at its end is refused. Returns a descriptor, or -1 with
 * errno. */
int clinux_open_lock(const char *path);

/** Sets FD_CLOEXEC. Returns 0, or -1 with errno. */
int clinux_close_on_exec(int fd);

/**
 * Sends MESSAGE to the datagram socket PATH; a leading `@` names an abstract one (sd_notify(3)). Returns 0, or -1 with
 * errno.
 */
int clinux_notify(const char *path, const char *message);

/** Connects to the stream socket PATH within TIMEOUT_MS. Returns a blocking descriptor whose reads and writes time out,
 * or -1. */
int clinux_connect(const char *path, int timeout_ms);

/** An anonymous file in memory (memfd_create(2)), close-on-exec. Returns a descriptor, or -1 with errno. */
int clinux_memory_file(void);
