#define _GNU_SOURCE
#include "fake_daemon.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct request {
    uint8_t *payload;
    size_t length;
    struct stepup_wire_frame frame;
    char op[STEPUP_WIRE_MAX_OP + 1];
    bool good;
};

struct fake_daemon {
    pthread_t thread;
    int listener, stop;
    const struct fake_step *steps;
    size_t count, taken, extra;
    int stalled[FAKE_MAX_REQUESTS];
    size_t stalls;
    struct request requests[FAKE_MAX_REQUESTS];
    size_t request_count;
};

static void fatal(const char *what) {
    perror(what);
    exit(2);
}

static bool read_exactly(int peer, uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = recv(peer, bytes, length, 0);
        if (count <= 0) {
            return false;
        }
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

static void read_request(struct fake_daemon *daemon, int peer) {
    struct request *request = &daemon->requests[daemon->request_count];
    uint8_t header[STEPUP_WIRE_HEADER_LENGTH];
    size_t length = 0;
    if (!read_exactly(peer, header, sizeof header) || stepup_wire_read_header(header, &length) != STEPUP_WIRE_OK) {
        return;
    }
    request->payload = malloc(length);
    request->length = length;
    if (request->payload == NULL || !read_exactly(peer, request->payload, length)) {
        return;
    }
    request->good = stepup_wire_decode(request->payload, length, &request->frame) == STEPUP_WIRE_OK;
    if (request->good) {
        memcpy(request->op, request->frame.op_name.bytes, request->frame.op_name.length);
    }
    daemon->request_count++;
}

static void put_header(uint8_t *bytes, size_t payload) {
    for (size_t i = 0; i < STEPUP_WIRE_HEADER_LENGTH; i++) {
        bytes[i] = (uint8_t)(payload >> (24 - 8 * i));
    }
}

// Frames `verdict=allow|attempt=a1` by hand: replies that no encoder would make have to be possible.
static size_t build(const char *fields, uint8_t *bytes) {
    static const char head[] = "stepup=1\0op=reply";
    size_t at = STEPUP_WIRE_HEADER_LENGTH;
    memcpy(bytes + at, head, sizeof head);
    at += sizeof head;
    for (const char *from = fields; *from != '\0';) {
        size_t length = strcspn(from, "|");
        memcpy(bytes + at, from, length);
        at += length;
        bytes[at++] = '\0';
        from += length;
        from += *from == '|';
    }
    put_header(bytes, at - STEPUP_WIRE_HEADER_LENGTH);
    return at;
}

static void pause_ms(int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    (void)nanosleep(&time, NULL);
}

static void push(int peer, const void *bytes, size_t length) {
    (void)send(peer, bytes, length, MSG_NOSIGNAL);
}

// True when the peer is to be kept open, saying nothing more.
static bool act(struct fake_daemon *daemon, int peer, const struct fake_step *step) {
    uint8_t reply[STEPUP_WIRE_MAX_FRAME];
    size_t length = 0;
    if (step->act != FAKE_SLAM) {
        read_request(daemon, peer);
    }
    if (step->delay_ms > 0) {
        pause_ms(step->delay_ms);
    }
    if (step->fields != NULL) {
        length = build(step->fields, reply);
    }
    switch (step->act) {
    case FAKE_REPLY:
        push(peer, reply, length);
        break;
    case FAKE_REPLY_SLOW:
        for (size_t i = 0; i < length; i++) {
            push(peer, reply + i, 1);
            pause_ms(1);
        }
        break;
    case FAKE_REPLY_TWICE:
        memmove(reply + length, reply, length);
        push(peer, reply, 2 * length);
        break;
    case FAKE_HALF_CLOSE:
        push(peer, reply, length / 2);
        break;
    case FAKE_HALF_STALL:
        push(peer, reply, length / 2);
        return true;
    case FAKE_PAYLOAD:
        put_header(reply, step->raw_length);
        push(peer, reply, STEPUP_WIRE_HEADER_LENGTH);
        push(peer, step->raw, step->raw_length);
        break;
    case FAKE_RAW:
        push(peer, step->raw, step->raw_length);
        break;
    case FAKE_STALL:
        return true;
    case FAKE_CLOSE:
    case FAKE_SLAM:
        break;
    }
    return false;
}

static void *run(void *argument) {
    struct fake_daemon *daemon = argument;
    for (;;) {
        struct pollfd entries[2] = {{.fd = daemon->listener, .events = POLLIN}, {.fd = daemon->stop, .events = POLLIN}};
        if (poll(entries, 2, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            fatal("poll");
        }
        if ((entries[0].revents & POLLIN) == 0) {
            return NULL; // stopped, and nobody waits
        }
        int peer = accept4(daemon->listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer < 0) {
            continue;
        }
        if (daemon->taken == daemon->count) {
            daemon->extra++;
            (void)close(peer);
        } else if (act(daemon, peer, &daemon->steps[daemon->taken++])) {
            daemon->stalled[daemon->stalls++] = peer;
        } else {
            (void)close(peer);
        }
    }
}

struct fake_daemon *fake_daemon_start(const char *path, const struct fake_step *steps, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct fake_daemon *daemon = calloc(1, sizeof *daemon);
    if (daemon == NULL || count > FAKE_MAX_REQUESTS) {
        fatal("fake daemon");
    }
    daemon->steps = steps;
    daemon->count = count;
    (void)unlink(path);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    daemon->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    daemon->stop = eventfd(0, EFD_CLOEXEC);
    if (daemon->listener < 0 || daemon->stop < 0 ||
        bind(daemon->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(daemon->listener, 16) != 0 || pthread_create(&daemon->thread, NULL, run, daemon) != 0) {
        fatal("fake daemon");
    }
    return daemon;
}

bool fake_daemon_stop(struct fake_daemon *daemon) {
    uint64_t one = 1;
    if (write(daemon->stop, &one, sizeof one) != (ssize_t)sizeof one) {
        fatal("eventfd");
    }
    (void)pthread_join(daemon->thread, NULL);
    for (size_t i = 0; i < daemon->stalls; i++) {
        (void)close(daemon->stalled[i]);
    }
    (void)close(daemon->listener);
    (void)close(daemon->stop);
    return daemon->taken == daemon->count && daemon->extra == 0;
}

size_t fake_daemon_requests(const struct fake_daemon *daemon) {
    return daemon->request_count;
}

const char *fake_daemon_op(const struct fake_daemon *daemon, size_t index) {
    return index < daemon->request_count && daemon->requests[index].good ? daemon->requests[index].op : NULL;
}

const char *fake_daemon_value(const struct fake_daemon *daemon, size_t index, enum stepup_wire_key key) {
    return index < daemon->request_count && daemon->requests[index].good
               ? (const char *)daemon->requests[index].frame.values[key].bytes
               : NULL;
}

void fake_daemon_free(struct fake_daemon *daemon) {
    for (size_t i = 0; i < FAKE_MAX_REQUESTS; i++) {
        free(daemon->requests[i].payload);
    }
    free(daemon);
}
