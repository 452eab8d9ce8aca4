// Times connect, one frame there, one frame back, and close on a Unix socket whose other end only echoes:
// round_trip COUNT BYTES, prints microseconds, one line a round. What no login through a daemon can be faster than.
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static bool transfer(int descriptor, char *bytes, size_t length, bool is_sending) {
    for (size_t done = 0; done < length;) {
        ssize_t count =
            is_sending ? write(descriptor, bytes + done, length - done) : read(descriptor, bytes + done, length - done);
        if (count <= 0) {
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

static void echo_for_ever(int listener, char *bytes, size_t length) {
    for (;;) {
        int peer = accept(listener, NULL, NULL);
        if (peer >= 0) {
            if (transfer(peer, bytes, length, false)) {
                (void)transfer(peer, bytes, length, true);
            }
            (void)close(peer);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        (void)fprintf(stderr, "usage: round_trip COUNT BYTES\n");
        return 64;
    }
    int status = 1;
    int rounds = atoi(argv[1]);
    size_t length = (size_t)atoi(argv[2]);
    char *bytes = calloc(1, length);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    // An abstract address: the kernel chooses it, nothing is left behind.
    socklen_t size = sizeof(sa_family_t);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bytes == NULL || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0) {
        perror("listen");
        return 1;
    }
    size = sizeof address;
    (void)getsockname(listener, (struct sockaddr *)&address, &size);
    pid_t child = fork();
    if (child == 0) {
        echo_for_ever(listener, bytes, length);
    }
    for (int round = 0; round < rounds; round++) {
        double start = now_us();
        int peer = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(peer, (struct sockaddr *)&address, size) != 0 || !transfer(peer, bytes, length, true) ||
            !transfer(peer, bytes, length, false)) {
            perror("echo");
            goto done;
        }
        (void)close(peer);
        (void)printf("%.1f\n", now_us() - start);
    }
    status = 0;

done:
    (void)kill(child, SIGKILL);
    free(bytes);
    return status;
}
