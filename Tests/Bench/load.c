// Asks a daemon as many modules at once would: load SOCKET IN-FLIGHT COUNT < FRAMES
//
// Each exchange is a connection of its own: connect, one frame there, one back, close. The frames are sent in turn; in
// each, wherever 32 zeros stand, as in `request=`, there is another number each time. Prints exchanges a second, then
// the median and the 99th percentile of an exchange in microseconds. A connection that ends without a reply ends the
// run.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_FRAME     65540
#define MAX_FRAMES    (16 << 20)
#define MAX_IN_FLIGHT 1024
#define MAX_NUMBERS   4
#define NUMBER        "00000000000000000000000000000000"
#define DIGITS        (sizeof NUMBER - 1)

struct frame {
    char *bytes;
    size_t length;
    char *numbers[MAX_NUMBERS]; // where another number goes each time
};

static struct frame *frames;
static size_t frame_count;
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
    char digits[DIGITS + 1];
    const struct frame *frame = &frames[number % frame_count];
    (void)snprintf(digits, sizeof digits, "%016lx%016lx", (unsigned long)getpid(), number);
    for (size_t index = 0; index < MAX_NUMBERS && frame->numbers[index] != NULL; index++) {
        memcpy(frame->numbers[index], digits, DIGITS);
    }
    *started = now_us();
    int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer < 0 || connect(peer, (struct sockaddr *)&address, sizeof address) != 0) {
        return fail("connect");
    }
    if (write(peer, frame->bytes, frame->length) != (ssize_t)frame->length) {
        return fail("write");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (unsigned long)slot};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, peer, &event) != 0) {
        return fail("epoll");
    }
    return peer;
}

// One frame after the other; whatever they hold is the caller's affair.
static void read_frames(void) {
    static char bytes[MAX_FRAMES];
    size_t length = fread(bytes, 1, sizeof bytes, stdin);
    for (size_t at = 0; at + 4 <= length; frame_count++) {
        uint32_t payload = 0;
        memcpy(&payload, bytes + at, sizeof payload);
        struct frame frame = {.bytes = bytes + at, .length = sizeof payload + ntohl(payload)};
        frames = reallocarray(frames, frame_count + 1, sizeof *frames);
        if (frames == NULL || at + frame.length > length) {
            (void)fail("no memory, or half a frame");
        }
        char *from = frame.bytes;
        char *end = frame.bytes + frame.length;
        for (size_t index = 0; index < MAX_NUMBERS; index++) {
            frame.numbers[index] = memmem(from, (size_t)(end - from), NUMBER, DIGITS);
            if (frame.numbers[index] == NULL) {
                break;
            }
            from = frame.numbers[index] + DIGITS;
        }
        frames[frame_count] = frame;
        at += frame.length;
    }
    if (frame_count == 0) {
        (void)fail("no frame");
    }
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
        (void)fprintf(stderr, "usage: load SOCKET IN-FLIGHT COUNT < FRAMES\n");
        return 64;
    }
    int in_flight = atoi(argv[2]);
    unsigned long count = strtoul(argv[3], NULL, 10);
    in_flight = in_flight < 1 || in_flight > MAX_IN_FLIGHT ? 1 : in_flight;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    read_frames();
    double *took = calloc(count, sizeof *took);
    int poll = epoll_create1(0);
    if (took == NULL || poll < 0) {
        return fail("no memory");
    }
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
