#define _GNU_SOURCE
#include "stepup_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// Linux refuses a non-blocking connect to a full backlog at once, and poll cannot wait for room there.
#define BACKLOG_PAUSE_MS 5

struct deadline {
    int64_t end_ms;
    int64_t ask_ms; // when `patience` is asked, once; INT64_MAX: never
    const struct stepup_client_patience *patience;
    bool cut;          // it said no, and that is the end
    int64_t waited_ms; // of this, how much was really spent in poll
    bool lost;         // the clock failed: the deadline has passed, and not by the daemon's fault
};

static int64_t now_ms(struct deadline *deadline) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        deadline->lost = true;
        return 0;
    }
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// How long may be waited from now on without asking anybody.
static int64_t left_ms(const struct deadline *deadline, int64_t now) {
    int64_t end = deadline->ask_ms < deadline->end_ms ? deadline->ask_ms : deadline->end_ms;
    return deadline->lost || deadline->cut || end < now ? 0 : end - now;
}

// Whether the wait goes on where nothing was left: it does where only the patience was at its end, and is renewed.
static bool goes_on(struct deadline *deadline) {
    if (deadline->lost || deadline->cut || deadline->ask_ms >= deadline->end_ms) {
        return false;
    }
    deadline->ask_ms = INT64_MAX;
    deadline->cut = !deadline->patience->go_on(deadline->patience->context);
    return !deadline->cut;
}

// Waits until the descriptor is ready (0), the deadline passes (ETIMEDOUT) or poll fails (errno). Asks once more after
// the deadline, so that what arrived in time is seen by a process that was stopped meanwhile.
static int wait_ready(int descriptor, short events, struct deadline *deadline) {
    for (;;) {
        int64_t start = now_ms(deadline);
        int64_t left = left_ms(deadline, start);
        struct pollfd entry = {.fd = descriptor, .events = events};
        int ready = poll(&entry, 1, (int)left);
        int error = errno;
        deadline->waited_ms += now_ms(deadline) - start;
        if (ready > 0) {
            return 0;
        }
        if (ready == 0 || (error == EINTR && left == 0)) {
            if (goes_on(deadline)) {
                continue;
            }
            return deadline->cut ? ECANCELED : ETIMEDOUT;
        }
        if (error != EINTR) {
            return error;
        }
    }
}

static int pause_for_backlog(struct deadline *deadline) {
    int64_t start = now_ms(deadline);
    int64_t left = left_ms(deadline, start);
    if (left == 0 && !goes_on(deadline)) {
        return deadline->cut ? ECANCELED : ETIMEDOUT;
    }
    left = left_ms(deadline, start);
    (void)poll(NULL, 0, left < BACKLOG_PAUSE_MS ? (int)left : BACKLOG_PAUSE_MS);
    deadline->waited_ms += now_ms(deadline) - start;
    return 0;
}

int stepup_client_above_stdio(int descriptor) {
    if (descriptor < 0 || descriptor > STDERR_FILENO) {
        return descriptor;
    }
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    (void)close(descriptor);
    errno = error;
    return moved;
}

static int connect_to(const char *path, struct deadline *deadline, int *descriptor) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        return ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, length + 1);

    *descriptor = stepup_client_above_stdio(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (*descriptor < 0) {
        return errno;
    }
    while (connect(*descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (errno == EAGAIN) {
            int error = pause_for_backlog(deadline);
            if (error != 0) {
                return error;
            }
        } else if (errno == EISCONN) {
            break;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static int send_all(int descriptor, const uint8_t *bytes, size_t length, struct deadline *deadline) {
    for (size_t sent = 0; sent < length;) {
        ssize_t count = send(descriptor, bytes + sent, length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            sent += (size_t)count;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            int error = wait_ready(descriptor, POLLOUT, deadline);
            if (error != 0) {
                return error;
            }
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

// Receives until `*used` is at least `wanted`, or more if more is there.
static int receive_until(int descriptor, size_t wanted, uint8_t *buffer, size_t *used, struct deadline *deadline,
                         bool *closed) {
    while (*used < wanted) {
        ssize_t count = recv(descriptor, buffer + *used, STEPUP_WIRE_MAX_FRAME - *used, MSG_DONTWAIT);
        if (count > 0) {
            *used += (size_t)count;
        } else if (count == 0) {
            *closed = true;
            return 0;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            int error = wait_ready(descriptor, POLLIN, deadline);
            if (error != 0) {
                return error;
            }
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static bool receive_reply(int descriptor, uint8_t *buffer, size_t *used, struct deadline *deadline,
                          struct stepup_wire_frame *reply, struct stepup_client_failure *failure) {
    bool closed = false;
    size_t payload = 0;
    failure->stage = STEPUP_CLIENT_RECEIVE;
    failure->error = receive_until(descriptor, STEPUP_WIRE_HEADER_LENGTH, buffer, used, deadline, &closed);
    if (failure->error != 0 || closed) {
        return false;
    }
    failure->frame = stepup_wire_read_header(buffer, &payload);
    if (failure->frame != STEPUP_WIRE_OK) {
        failure->stage = STEPUP_CLIENT_FRAME;
        return false;
    }
    failure->error = receive_until(descriptor, STEPUP_WIRE_HEADER_LENGTH + payload, buffer, used, deadline, &closed);
    if (failure->error != 0 || closed) {
        return false;
    }
    failure->stage = STEPUP_CLIENT_FRAME;
    if (*used > STEPUP_WIRE_HEADER_LENGTH + payload) {
        // Bytes behind the reply: nobody asked for them, so this is not the conversation we think it is.
        failure->frame = STEPUP_WIRE_LENGTH;
        return false;
    }
    failure->frame = stepup_wire_decode(buffer + STEPUP_WIRE_HEADER_LENGTH, payload, reply);
    if (failure->frame == STEPUP_WIRE_OK && reply->op != STEPUP_WIRE_OP_REPLY) {
        failure->frame = STEPUP_WIRE_UNKNOWN_OP;
    }
    return failure->frame == STEPUP_WIRE_OK;
}

static bool is_own(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

bool stepup_client_exchange(const char *path, unsigned timeout_ms, const uint8_t *frame, size_t length,
                            uint8_t buffer[STEPUP_WIRE_MAX_FRAME], size_t *used, struct stepup_wire_frame *reply,
                            struct stepup_client_failure *failure) {
    return stepup_client_exchange_patiently(path, timeout_ms, NULL, frame, length, buffer, used, reply, failure);
}

bool stepup_client_exchange_patiently(const char *path, unsigned timeout_ms,
                                      const struct stepup_client_patience *patience, const uint8_t *frame,
                                      size_t length, uint8_t buffer[STEPUP_WIRE_MAX_FRAME], size_t *used,
                                      struct stepup_wire_frame *reply, struct stepup_client_failure *failure) {
    bool done = false;
    int descriptor = -1;
    struct deadline deadline = {.ask_ms = INT64_MAX, .patience = patience};
    int64_t start = now_ms(&deadline);
    deadline.end_ms = start + timeout_ms;
    if (patience != NULL) {
        deadline.ask_ms = start + patience->after_ms;
    }
    *used = 0;
    memset(failure, 0, sizeof *failure);
    memset(reply, 0, sizeof *reply);

    failure->stage = STEPUP_CLIENT_CONNECT;
    failure->error = connect_to(path, &deadline, &descriptor);
    if (failure->error != 0) {
        goto done;
    }
    failure->stage = STEPUP_CLIENT_SEND;
    failure->error = send_all(descriptor, frame, length, &deadline);
    if (failure->error != 0) {
        goto done;
    }
    done = receive_reply(descriptor, buffer, used, &deadline, reply, failure);

done:
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    failure->replied = *used > 0;
    if (failure->error == ETIMEDOUT || deadline.cut) {
        int64_t had_ms = deadline.cut ? patience->after_ms : timeout_ms;
        failure->stage = STEPUP_CLIENT_TIMEOUT;
        // Most of the time was not spent waiting for the daemon: this process stood still, and SIGSTOP does that.
        failure->own = deadline.lost || deadline.waited_ms < had_ms / 2;
    }
    failure->own = failure->own || is_own(failure->error);
    return done;
}

void stepup_client_describe(const struct stepup_client_failure *failure, char text[STEPUP_CLIENT_DESCRIPTION]) {
    static const char *const stages[] = {
        [STEPUP_CLIENT_CONNECT] = "connect", [STEPUP_CLIENT_SEND] = "send",   [STEPUP_CLIENT_RECEIVE] = "receive",
        [STEPUP_CLIENT_TIMEOUT] = "timeout", [STEPUP_CLIENT_FRAME] = "frame",
    };
    const char *name = "EOF";
    if (failure->stage == STEPUP_CLIENT_FRAME) {
        name = stepup_wire_error_name(failure->frame);
    } else if (failure->error != 0) {
        name = strerrorname_np(failure->error);
    }
    (void)snprintf(text, STEPUP_CLIENT_DESCRIPTION, "%s %s", stages[failure->stage], name == NULL ? "?" : name);
}
