// Asks a daemon as many modules at once would: load SOCKET IN-FLIGHT COUNT < FRAME
//
// Each exchange is a connection of its own: connect, one frame there, one back, close. `request=` of the frame is made
// another one each time. Prints exchanges a second, then the median and the 99th percentile of an exchange in
// microseconds. A connection that ends without a reply ends the run.
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_FRAME      65540
#define MAX_IN_FLIGHT  1024
#define REQUEST_DIGITS 32

static char frame[MAX_FRAME];
static size_t frame_length;
static char *request;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int fail(const char *what) {
    perror(what);
    exit(1);
}

static int begin(int poll, int slot, unsigned long number, double *started) {
    char digits[REQUEST_DIGITS + 1];
    (void)snprintf(digits, sizeof digits, "%016lx%016lx", (unsigned long)getpid(), number);
    memcpy(request, digits, REQUEST_DIGITS);
    *started = now_us();
    int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer < 0 || connect(peer, (struct sockaddr *)&address, sizeof address) != 0) {
        return fail("connect");
    }
    if (write(peer, frame, frame_length) != (ssize_t)frame_length) {
        return fail("write");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (unsigned long)slot};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, peer, &event) != 0) {
        return fail("epoll");
    }
    return peer;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int peers[MAX_IN_FLIGHT];
    double started[MAX_IN_FLIGHT];
    struct epoll_event events[MAX_IN_FLIGHT];
    char reply[MAX_FRAME];
    if (argc != 4) {
        (void)fprintf(stderr, "usage: load SOCKET IN-FLIGHT COUNT < FRAME\n");
        return 64;
    }
    int in_flight = atoi(argv[2]);
    unsigned long count = strtoul(argv[3], NULL, 10);
    in_flight = in_flight < 1 || in_flight > MAX_IN_FLIGHT ? 1 : in_flight;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    frame_length = fread(frame, 1, sizeof frame, stdin);
    request = memmem(frame, frame_length, "request=", strlen("request="));
    double *took = calloc(count, sizeof *took);
    int poll = epoll_create1(0);
    if (request == NULL || took == NULL || poll < 0) {
        return fail("no frame with a request, or no memory");
    }
    request += strlen("request=");
    unsigned long sent = 0;
    unsigned long done = 0;
    double start = now_us();
    for (int slot = 0; slot < in_flight && sent < count; slot++) {
        peers[slot] = begin(poll, slot, sent++, &started[slot]);
    }
    while (done < count) {
        int ready = epoll_wait(poll, events, in_flight, 30000);
        if (ready <= 0) {
            return fail("nothing came within 30 s");
        }
        for (int index = 0; index < ready; index++) {
            int slot = (int)events[index].data.u64;
            if (read(peers[slot], reply, sizeof reply) <= 4) {
                return fail("an exchange without a reply");
            }
            (void)close(peers[slot]);
            took[done++] = now_us() - started[slot];
            if (sent < count) {
                peers[slot] = begin(poll, slot, sent++, &started[slot]);
            }
        }
    }
    double seconds = (now_us() - start) / 1e6;
    qsort(took, count, sizeof *took, compare);
    (void)printf("%.0f %.1f %.1f\n", (double)count / seconds, took[count / 2], took[count * 99 / 100]);
    free(took);
    return 0;
}
