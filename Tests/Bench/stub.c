// A daemon that does nothing: stub SOCKET. Every connection's one frame is answered with an allow, such as stepupd's
// looks.
//
// What the server uses of the processor with the module and this behind it, less what it uses without the module, is
// what the module costs.
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_PAYLOAD 65536

// Each field ends with a NUL, the last one with the literal's own.
static const char reply[] = "stepup=1\0op=reply\0verdict=allow\0attempt=01K9ZZZZZZZZZZZZZZZZZZZZZZ\0code=quiet\0"
                            "attributes=Class:7374657075703a30314b395a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

static int fail(const char *what) {
    perror(what);
    exit(1);
}

static bool receive(int peer, void *bytes, size_t length) {
    return recv(peer, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

static void serve(int peer) {
    static uint8_t payload[MAX_PAYLOAD];
    static uint8_t answer[4 + sizeof reply];
    uint32_t length = 0;
    if (!receive(peer, &length, sizeof length) || ntohl(length) > sizeof payload ||
        !receive(peer, payload, ntohl(length))) {
        return;
    }
    length = htonl(sizeof reply);
    memcpy(answer, &length, sizeof length);
    memcpy(answer + sizeof length, reply, sizeof reply);
    (void)send(peer, answer, sizeof answer, MSG_NOSIGNAL);
}

int main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: stub SOCKET\n");
        return 64;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || chmod(argv[1], 0666) != 0 ||
        listen(listener, 1024) != 0) {
        return fail("socket");
    }
    for (;;) {
        int peer = accept(listener, NULL, NULL);
        if (peer < 0) {
            return fail("accept");
        }
        serve(peer);
        (void)close(peer);
    }
}
